# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents whose parts don't fit together, or want something done."""

from documents import WARNED, hostile
from pdf_writer import (Pdf, bomb, deflate, good, one_page, ref, stream,
                        with_font)

# Page trees

def tree(*nodes, catalog=b''):
    """Nodes from object 2 on, and a page that comes last."""
    pdf = Pdf()
    pdf.catalog = catalog
    pdf.n_objects = 1
    for node in nodes:
        pdf.add(node)
    pdf.page()
    return pdf.write()


@hostile('render-failed')
def tree_of_itself():
    return tree(b'<</Type/Pages/Count 1/Kids[2 0 R 2 0 R]>>')


@hostile('ok')
def tree_20k_deep():
    nodes = [b'<</Type/Pages/Count 1/Kids[%s]/Parent %s>>' % (
        ref(number + 1), ref(number - 1)) for number in range(2, 20002)]
    # The page's contents come before the page.
    nodes[-1] = nodes[-1].replace(b'20002 0 R', b'20003 0 R')
    return tree(*nodes)


@hostile('no-pages')
def tree_10pow10():
    """Pages that are listed ten times in a node that is listed ten times…"""
    nodes = [b'<</Type/Pages/Count %d/Kids[%s]>>' % (
        10 ** (11 - level), (ref(level + 2) + b' ') * 10)
        for level in range(1, 11)]
    nodes[-1] = nodes[-1].replace(b'12 0 R', b'13 0 R')
    return tree(*nodes)


@hostile('no-pages')
def count_2e9():
    return tree(b'<</Type/Pages/Count 2000000000/Kids[4 0 R]>>')


@hostile('no-pages')
def count_negative():
    return tree(b'<</Type/Pages/Count -1/Kids[4 0 R]>>')


@hostile('ok', 'render-failed', records=3)
def count_too_many():
    """It has one page, and says that it has three."""
    return tree(b'<</Type/Pages/Count 3/Kids[4 0 R]>>')


@hostile('ok', records=1)
def count_too_few():
    """It has three, and says that it has one: nobody can know."""
    return tree(b'<</Type/Pages/Count 1/Kids[4 0 R 4 0 R 4 0 R]>>')


@hostile('no-pages')
def pages_missing():
    return tree(b'null')


@hostile('render-failed')
def page_is_a_number():
    return tree(b'<</Type/Pages/Count 1/Kids[7]>>')


@hostile('ok', 'too-many-pages', records=21)
def pages_50k():
    """More than anybody wants of one document."""
    pdf = Pdf()
    content = pdf.add(stream(b''))
    for _ in range(50000):
        pdf.page_of(ref(content))
    return pdf.write()


@hostile(WARNED)
def labels_of_themselves():
    return tree(b'<</Type/Pages/Count 1/Kids[5 0 R]>>',
                b'<</Kids[3 0 R 3 0 R]/Nums[0<</S/D>>]>>',
                catalog=b'/PageLabels 3 0 R')


@hostile('crashed')
def labels_50k_deep():
    """A tree of page labels that is one long branch."""
    nodes = [b'<</Kids[%s]>>' % ref(number + 1)
             for number in range(3, 50003)]
    return tree(b'<</Type/Pages/Count 1/Kids[50005 0 R]>>', *nodes,
                b'<</Nums[0<</S/D>>]>>', catalog=b'/PageLabels 3 0 R')


@hostile(WARNED)
def label_of_2e9():
    """In Roman numerals."""
    return tree(b'<</Type/Pages/Count 1/Kids[4 0 R]>>',
                catalog=b'/PageLabels<</Nums[0<</S/R/St 2000000000>>]>>')


@hostile('ok')
def outline_loop():
    return tree(b'<</Type/Pages/Count 1/Kids[5 0 R]>>',
                b'<</Title(x)/First 3 0 R/Last 3 0 R/Next 3 0 R'
                b'/Parent 3 0 R>>',
                catalog=b'/Outlines 3 0 R/Names<</Dests 3 0 R>>'
                b'/StructTreeRoot 3 0 R')


# Where objects are

def with_end(end):
    """A good document, whose objects are listed in another way."""
    pdf = Pdf()
    pdf.page()
    out, places = pdf.write_objects()
    table = pdf.write_end(out, places)
    table = table[len(out):table.index(b'trailer')]
    return out + end(table, len(out))


@hostile('ok')
def xref_loop():
    return with_end(lambda table, place: table + (
        b'trailer<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n' %
        (place, place)))


@hostile('ok')
def xref_missing():
    return with_end(lambda table, place:
                    b'trailer<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n')


@hostile('damaged')
def xref_of_2e9():
    return with_end(lambda table, place: (
        b'xref\n0 2000000000\n0000000000 65535 f \n'
        b'trailer<</Size 2000000000/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' %
        place))


@hostile('ok')
def xref_negative():
    return with_end(lambda table, place: (
        b'xref\n-5 -7\n0000000000 65535 f \n'
        b'trailer<</Size -1/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n' % place))


@hostile('ok')
def xref_20k_updates():
    """As if it had been changed so often."""
    def end(table, place):
        parts = [table + b'trailer<</Size 5/Root 1 0 R>>\n']
        last, at = place, place + len(parts[0])
        for _ in range(20000):
            part = (b'xref\n0 0\ntrailer<</Size 5/Root 1 0 R/Prev %d>>\n' %
                    last)
            parts.append(part)
            last, at = at, at + len(part)
        return b''.join(parts) + b'startxref\n%d\n%%%%EOF\n' % last
    return with_end(end)


@hostile(WARNED)
def length_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, b'<</Length %s>>stream\nx\nendstream' % ref(number))
    pdf.page_of(ref(number))
    return pdf.write()


@hostile(WARNED)
def reference_to_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, ref(number))
    pdf.page_of(ref(number), entries=b'/Rotate %s/UserUnit %s' % (
        ref(number), ref(number)))
    return pdf.write()


@hostile(WARNED)
def references_100k():
    """One after the other."""
    pdf = Pdf()
    last = pdf.add(stream(b''))
    for _ in range(100000):
        last = pdf.add(ref(last))
    pdf.page_of(ref(last))
    return pdf.write()


@hostile(WARNED)
def catalog_300k_deep():
    pdf = Pdf()
    pdf.page()
    pdf.catalog = b'/X ' + b'[' * 300000
    return pdf.write()


@hostile('memory-limit', 'skipped', 'too-many-pages', records=21,
         memory=True)
def linearized_lie():
    pdf = Pdf()
    pdf.page()
    out = pdf.write()
    hints = (b'9 0 obj\n<</Linearized 1/L %010d/H[20 2000000000]/O 4/E 99'
             b'/N 2000000000/T 99>>\nendobj\n')
    out = out.replace(b'1 0 obj', hints % 0 + b'1 0 obj', 1)
    return out.replace(b'/L 0000000000', b'/L %010d' % len(out))


# Boxes

def boxed(box, entries=b''):
    return one_page(b'0 0 99 99 re f', box=box, entries=entries)


@hostile('ok')
def box_of_200_inches():
    return boxed(b'/MediaBox[0 0 14400 14400]')


@hostile('render-failed', read={WARNED})
def box_of_1e308():
    return boxed(b'/MediaBox[0 0 %s %s]' % (2 * (b'1' + b'0' * 308,)))


@hostile('ok')
def box_of_zero():
    """A page of the usual size then."""
    return boxed(b'/MediaBox[0 0 0 0]')


@hostile('ok')
def box_negative():
    return boxed(b'/MediaBox[200 200 -100 -100]')


@hostile('ok')
def box_not_a_number():
    return boxed(b'/MediaBox[nan nan inf nan]')


@hostile('ok')
def box_missing():
    return boxed(b'')


@hostile('degenerate', read={'ok'})
def box_outside():
    return boxed(b'/MediaBox[0 0 200 200]/CropBox[900 900 999 999]')


@hostile('degenerate', read={'ok'})
def box_flat():
    return boxed(b'/MediaBox[0 0 100000 1]')


@hostile('render-failed', read={'ok'})
def box_tiny():
    return boxed(b'/MediaBox[0 0 0.000001 0.000001]')


@hostile('ok')
def unit_1e6():
    return boxed(b'/MediaBox[0 0 200 200]/UserUnit 1000000')


@hostile('ok')
def unit_negative():
    return boxed(b'/MediaBox[0 0 200 200]/UserUnit -1')


@hostile('ok')
def rotate_odd():
    return boxed(b'/MediaBox[0 0 200 200]/Rotate 2147483647')


# What documents want

@hostile(WARNED, read={'ok'})
def actions():
    """Programs to run, places to go to, and what not."""
    pdf = Pdf()
    kinds = [
        b'/JavaScript/JS(app.launchURL("http://127.0.0.1:9/"))',
        b'/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>/NewWindow true',
        b'/URI/URI(http://127.0.0.1:9/)',
        b'/GoToR/F(/etc/passwd)/D[0/Fit]',
        b'/GoToE/F(/etc/passwd)/D[0/Fit]',
        b'/SubmitForm/F(http://127.0.0.1:9/)',
        b'/ImportData/F(/etc/passwd)',
        b'/Rendition/OP 0/JS(app.alert(1))', b'/Sound', b'/Movie',
    ]
    chain = b''
    for kind in kinds:
        chain = b'<</Type/Action/S%s%s>>' % (kind, chain and b'/Next ' + chain)
    pdf.catalog = (b'/OpenAction %s/AA<</WC %s/WS %s/DP %s>>/Names<<'
                   b'/JavaScript<</Names[(x)%s]>>>>' % (5 * (chain,)))
    pdf.page(entries=b'/AA<</O %s/C %s>>/Annots[<</Type/Annot/Subtype/Link'
             b'/Rect[0 0 200 200]/A %s>>]' % (3 * (chain,)))
    return pdf.write()


@hostile(WARNED, records=2)
def external_streams():
    """Nobody reads what they name."""
    pdf = Pdf()
    for spec in b'(/etc/passwd)', b'<</FS/URL/F(http://127.0.0.1:9/)>>':
        pdf.page_of(ref(pdf.add(stream(b'', b'/F ' + spec))))
    return pdf.write()


@hostile(WARNED, read={'ok'})
def attachment_bomb():
    """Which nobody opens."""
    pdf = Pdf()
    file = pdf.add(stream(bomb(4 << 30), b'/Type/EmbeddedFile'
                          b'/Filter/FlateDecode'))
    pdf.catalog = (b'/Names<</EmbeddedFiles<</Names[(x)<</Type/Filespec/F(x)'
                   b'/EF<</F %s>>>>]>>>>/AcroForm<</XFA %s>>/Metadata %s' %
                   (3 * (ref(file),)))
    pdf.page()
    return pdf.write()


# No documents, or not quite

def secured(handler):
    pdf = Pdf()
    pdf.page()
    pdf.trailer = b'/Encrypt %s/ID[<00><00>]' % ref(pdf.add(handler))
    return pdf.write()


@hostile('encrypted')
def encrypted():
    return secured(b'<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>' % (
        b'41' * 32, b'42' * 32))


@hostile('encrypted')
def encrypted_aes():
    return secured(b'<</Filter/Standard/V 5/R 6/P -4/Length 256/O<%s>/U<%s>'
                   b'/OE<%s>/UE<%s>/Perms<%s>/CF<</StdCF<</CFM/AESV3>>>>'
                   b'/StmF/StdCF/StrF/StdCF>>' % (
                       b'41' * 48, b'42' * 48, b'43' * 32, b'44' * 32,
                       b'45' * 16))


@hostile('damaged')
def empty():
    return b''


@hostile('damaged')
def header_only():
    return b'%PDF-1.7\n'


@hostile('damaged')
def web_page():
    return b'<!DOCTYPE html><html><title>404</title><p>Not found</html>\n'


@hostile('damaged')
def noise():
    return b'%PDF-1.7\n' + bytes(
        i * i * 7919 >> 7 & 255 for i in range(1 << 16))


@hostile('ok')
def after_other_bytes():
    """Readers look for the header in the first 1024 bytes."""
    return b'\0' * 900 + good('Shifted')


@hostile('ok')
def before_other_bytes():
    return good('Followed') + b'\0' * 100000


@hostile('crashed', 'skipped', records=14)
def deaths():
    """All of its pages are the end of their worker."""
    pdf = Pdf()
    deep = pdf.add(deflate(b'{' * 1000000, b'/FunctionType 4/Domain[0 1]'
                           b'/Range[0 1]'))
    fonts = (b'/Shading<</S<</ShadingType 2/ColorSpace/DeviceGray'
             b'/Coords[0 0 9 9]/Function %s>>>>' % ref(deep))
    for _ in range(14):
        pdf.page(b'/S sh', fonts)
    return pdf.write()


def truncated(tenths):
    """Ten pages, each in front of what is on it, and what a reader needs to
    find them comes first."""
    pdf = Pdf()
    for number in range(10):
        place = pdf.n_objects + 1
        pdf.pages.append(place)
        pdf.n_objects += 2
        pdf.put(place, b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]'
                b'/Resources<<%s>>/Contents %s>>' % (
                    with_font(b''), ref(place + 1)))
        pdf.put(place + 1, stream(b'BT/F 9 Tf 9 100 Td(Page %d)Tj ET ' %
                                  number + b'0 0 9 9 re f ' * 50))
    out = pdf.write().replace(b'3 0 obj', b'trailer<</Root 1 0 R/Size 23>>\n'
                              b'3 0 obj', 1)
    return out[:len(out) * tenths // 10]


def add_truncated(tenths):
    def write():
        return truncated(tenths)
    write.__name__ = f'truncated_{tenths}0'
    hostile('ok', WARNED, 'render-failed', records=10)(write)


for some in range(1, 10):
    add_truncated(some)

# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Streams that are far larger than they look, and images."""

import struct
import zlib

from documents import WARNED, hostile
from image_writer import jpeg
from pdf_writer import SPACE, Pdf, bomb, deflate, one_page, ref, stream

GIB = 1 << 30


def page_with_stream(body, content=b'', resources=b'%s'):
    pdf = Pdf()
    number = pdf.add(body)
    pdf.page(content, resources % ref(number))
    return pdf.write()


def contents(data, filters):
    pdf = Pdf()
    pdf.page_of(ref(pdf.add(stream(data, b'/Filter' + filters))))
    return pdf.write()


# Contents

@hostile('timeout')
def flate_bomb():
    return contents(bomb(4 * GIB, SPACE), b'/FlateDecode')


@hostile('timeout')
def flate_bomb_nested():
    return contents(zlib.compress(bomb(4 * GIB, SPACE), 9),
                    b'[/FlateDecode/FlateDecode]')


@hostile('timeout')
def filters_100k():
    pdf = Pdf()
    pdf.page_of(ref(pdf.add(stream(
        b'20 >', b'/Filter[%s]' % (b'/ASCIIHexDecode' * 100000)))))
    return pdf.write()


@hostile('timeout')
def contents_1m():
    """The same stream, again and again."""
    pdf = Pdf()
    number = pdf.add(deflate(b' ' * 100000))
    pdf.page_of((ref(number) + b' ') * 1000000)
    return pdf.write()


# Images

def image(width, height, data, entries, content=b'200 0 0 200 0 0 cm/I Do'):
    return page_with_stream(
        stream(data, b'/Type/XObject/Subtype/Image/Width %d/Height %d%s' %
               (width, height, entries)), content, b'/XObject<</I %s>>')


RGB = b'/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode'
GREY = b'/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode'
BITS = b'/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode'


@hostile('memory-limit', read={'ok'}, memory=True)
def image_30k_rgb():
    return image(30000, 30000, bomb(30000 * 30000 * 3), RGB)


@hostile(WARNED, read={'ok'}, memory=True)
def image_100k_bits():
    return image(100000, 100000, bomb(100000 * 100000 // 8), BITS)


@hostile(WARNED, read={'ok'})
def image_2e9():
    return image(2000000000, 2000000000, bomb(1 << 20), RGB)


@hostile(WARNED, read={'ok'})
def image_40k_wide():
    """Cairo has no images that are wider than 32767 pixels."""
    return image(40000, 10, bomb(40000 * 10 * 3), RGB)


@hostile('ok')
def image_of_4_gib():
    """Far more data than pixels."""
    return image(100, 100, bomb(4 * GIB), RGB)


@hostile('ok')
def image_of_nothing():
    return image(1000, 1000, b'', RGB)


@hostile(WARNED, read={'ok'})
def image_negative():
    return image(-100, -100, bomb(1), RGB)


@hostile('memory-limit', read={'ok'}, memory=True)
def image_inline_30k():
    return one_page(b'200 0 0 200 0 0 cm BI/W 30000/H 30000/CS/RGB/BPC 8 ID '
                    + bytes(1000) + b' EI')


@hostile('timeout', read={'ok'}, memory=True)
def image_mask_30k():
    pdf = Pdf()
    mask = pdf.add(stream(bomb(30000 * 30000), GREY +
                          b'/Subtype/Image/Width 30000/Height 30000'))
    number = pdf.add(stream(bomb(1), RGB + b'/Subtype/Image/Width 1/Height 1'
                            b'/SMask ' + ref(mask)))
    pdf.page(b'200 0 0 200 0 0 cm/I Do', b'/XObject<</I %s>>' % ref(number))
    return pdf.write()


@hostile(WARNED, read={'ok'})
def image_mask_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, stream(bomb(1), RGB + b'/Subtype/Image/Width 9/Height 9'
                           b'/SMask ' + ref(number)))
    pdf.page(b'200 0 0 200 0 0 cm/I Do', b'/XObject<</I %s>>' % ref(number))
    return pdf.write()


@hostile('timeout', read={'ok'})
def image_100k_times():
    return image(2000, 2000, bomb(2000 * 2000 * 3), RGB,
                 b'200 0 0 200 0 0 cm ' + b'/I Do ' * 100000)


@hostile('timeout', read={'ok'}, memory=True)
def jbig2_60k():
    size = struct.pack('>II', 60000, 60000)
    page = struct.pack('>IBBBI', 0, 48, 0, 1, 19) + size + bytes(11)
    region = size + bytes(8) + b'\0' + b'\0' + bytes.fromhex(
        '03fffdff02fefefe') + bytes(1000)
    return image(60000, 60000, page + struct.pack('>IBBBI', 1, 38, 0, 1,
                                                  len(region)) + region,
                 b'/ColorSpace/DeviceGray/BitsPerComponent 1'
                 b'/Filter/JBIG2Decode')


@hostile('memory-limit', read={'ok'}, memory=True)
def jbig2_symbols():
    """A dictionary of 2^31 symbols."""
    page = struct.pack('>IBBBI', 0, 48, 0, 1, 19) + struct.pack(
        '>II', 100, 100) + bytes(11)
    symbols = b'\0\0' + bytes.fromhex('03fffdff02fefefe') + struct.pack(
        '>II', 1 << 27, 1 << 27) + bytes(1000)
    return image(100, 100, page + struct.pack('>IBBBI', 1, 0, 0, 1,
                                              len(symbols)) + symbols,
                 b'/ColorSpace/DeviceGray/BitsPerComponent 1'
                 b'/Filter/JBIG2Decode')


def jpx(side, tile, n_levels=0):
    size = struct.pack('>HIIIIIIIIH', 0, side, side, 0, 0, tile, tile, 0, 0,
                       3) + b'\x07\1\1' * 3
    coding = struct.pack('>BBHBBBBBB', 0, 0, 1, 0, n_levels, 4, 4, 0, 1)
    quantization = b'\x40' + b'\x40' * (3 * n_levels + 1)
    return (b'\xff\x4f\xff\x51' + struct.pack('>H', len(size) + 2) + size +
            b'\xff\x52' + struct.pack('>H', len(coding) + 2) + coding +
            b'\xff\x5c' + struct.pack('>H', len(quantization) + 2)
            + quantization +
            b'\xff\x90' + struct.pack('>HHIBB', 10, 0, 0, 0, 1) + b'\xff\x93' +
            bytes(1000) + b'\xff\xd9')


@hostile('memory-limit', 'crashed', read={'ok'}, memory=True)
def jpx_60k():
    return image(60000, 60000, jpx(60000, 60000), b'/Filter/JPXDecode')


@hostile(WARNED, read={'ok'}, memory=True)
def jpx_tiles():
    """2^32 of them."""
    return image(65535, 65535, jpx(65535, 1), b'/Filter/JPXDecode')


@hostile(WARNED, read={'ok'})
def ccitt_100k():
    """One bit says that a row is white like the one before."""
    return image(100000, 100000, b'\xff' * 12500,
                 b'/ColorSpace/DeviceGray/BitsPerComponent 1'
                 b'/Filter/CCITTFaxDecode/DecodeParms'
                 b'<</K -1/Columns 100000/Rows 100000>>')


@hostile(WARNED, read={'ok'})
def dct_65k():
    data = zlib.compress(jpeg(65500, 65500, bytes(16800000)), 9)
    return image(65500, 65500, data, b'/ColorSpace/DeviceGray'
                 b'/BitsPerComponent 8/Filter[/FlateDecode/DCTDecode]')


@hostile('memory-limit', memory=True)
def icc_bomb():
    pdf = Pdf()
    profile = pdf.add(stream(bomb(4 * GIB), b'/N 3/Filter/FlateDecode'))
    pdf.page(b'/C cs 1 0 0 sc 0 0 99 99 re f',
             b'/ColorSpace<</C[/ICCBased %s]>>' % ref(profile))
    return pdf.write()


# What lies in streams by the by

def font(descriptor, entries=b'', subtype=b'TrueType'):
    """A page with a line in a font that is described by `descriptor`."""
    pdf = Pdf()
    file = pdf.add(descriptor)
    describing = pdf.add(
        b'<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1 1]'
        b'/ItalicAngle 0/Ascent 1/Descent 0/CapHeight 1/StemV 1'
        b'/FontFile%s %s>>' % (
            {b'TrueType': b'2', b'Type1': b''}[subtype], ref(file)))
    number = pdf.add(b'<</Type/Font/Subtype/%s/BaseFont/X/FirstChar 0'
                     b'/LastChar 0/Widths[1]/FontDescriptor %s%s>>' % (
                         subtype, ref(describing), entries))
    pdf.page(b'BT/X 20 Tf 20 100 Td(Text)Tj ET',
             b'/Font<</X %s>>' % ref(number))
    return pdf.write()


@hostile('memory-limit', read={WARNED}, memory=True)
def font_bomb():
    return font(stream(bomb(4 * GIB), b'/Filter/FlateDecode'))


@hostile(WARNED, read={'ok'})
def font_truetype_broken():
    return font(stream(b'\0\1\0\0\xff\xff\0\0\0\0\0\0' + b'glyf' +
                       b'\xff' * 4000))


@hostile(WARNED, read={'ok'})
def font_type1_broken():
    return font(stream(b'%!PS-AdobeFont-1.0: X\n/FontMatrix[0 0 0 0 0 0]def\n'
                       b'/Subrs 2000000000 array\ncurrentfile eexec ' +
                       b'\x55' * 4000), subtype=b'Type1')


@hostile('memory-limit', memory=True)
def unicode_map_bomb():
    pdf = Pdf()
    unicode = pdf.add(stream(bomb(4 * GIB, SPACE), b'/Filter/FlateDecode'))
    pdf.page(b'BT/X 20 Tf 20 100 Td(Text)Tj ET',
             b'/Font<</X<</Type/Font/Subtype/Type1/BaseFont/Helvetica'
             b'/ToUnicode %s>>>>' % ref(unicode))
    return pdf.write()


def cid_font(encoding, entries=b'', more=()):
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, encoding(pdf, number))
    font = pdf.add(b'<</Type/Font/Subtype/Type0/BaseFont/X/Encoding %s'
                   b'/DescendantFonts[<</Type/Font/Subtype/CIDFontType2'
                   b'/BaseFont/X/CIDSystemInfo<</Registry(Adobe)'
                   b'/Ordering(Identity)/Supplement 0>>%s>>]>>' % (
                       ref(number), entries))
    pdf.page(b'BT/X 20 Tf 20 100 Td(Text)Tj ET', b'/Font<</X %s>>' % ref(font))
    return pdf.write()


@hostile('crashed')
def cmap_of_itself():
    return cid_font(lambda pdf, number: stream(
        b'', b'/Type/CMap/CMapName/X/UseCMap ' + ref(number)))


@hostile('crashed')
def cmap_chain():
    """Each is based on the next."""
    def chain(pdf, number):
        last = ref(number)
        for _ in range(50000):
            last = ref(pdf.add(stream(
                b'', b'/Type/CMap/CMapName/X/UseCMap ' + last)))
        return stream(b'', b'/Type/CMap/CMapName/X/UseCMap ' + last)
    return cid_font(chain)


@hostile(WARNED, read={'ok'})
def cid_widths():
    return cid_font(lambda pdf, number: b'/Identity-H',
                    b'/W[%s]' % (b'0 2000000000 500 ' * 1000))


@hostile('ok')
def font_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, b'<</Type/Font/Subtype/Type0/BaseFont/X'
            b'/Encoding/Identity-H/DescendantFonts[%s]>>' % ref(number))
    pdf.page(b'BT/X 20 Tf 20 100 Td(Text)Tj ET', b'/Font<</X %s>>'
             % ref(number))
    return pdf.write()


# Streams that are read when the document is opened

def with_object_stream(data, entries):
    """The catalog lies in an object stream."""
    pdf = Pdf()
    pdf.page()
    pdf.put(1, b'null')
    number = pdf.add(stream(data, b'/Type/ObjStm' + entries))
    pdf.trailer = b''
    return compressed(pdf, number)


def compressed(pdf, container, size=0, width=4):
    """With an xref stream that finds the catalog in `container`."""
    out, places = pdf.write_objects()
    number = pdf.reserve()
    rows = [b'\0' + bytes(width) + b'\0\0']
    for i in range(1, number):
        if i == 1 and container:
            rows.append(b'\2' + container.to_bytes(width, 'big') + b'\0\0')
        else:
            rows.append(b'\1' + places[i].to_bytes(width, 'big') + b'\0\0')
    rows.append(b'\1' + len(out).to_bytes(width, 'big') + b'\0\0')
    xref = deflate(b''.join(rows), b'/Type/XRef/W[1 %d 2]/Size %d/Root 1 0 R'
                   % (width, size or number + 1))
    return b'%s%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n' % (
        out, number, xref, len(out))


@hostile('damaged', memory=True, endless=True)
def object_stream_bomb():
    return with_object_stream(bomb(4 * GIB, SPACE),
                              b'/Filter/FlateDecode/N 1/First 4000000000')


@hostile('quarantined')
def object_stream_of_filters():
    """So many that reading through all of them ends the stack."""
    return with_object_stream(b'1 0 <</Type/Catalog/Pages 2 0 R>>',
                              b'/Filter[%s]/N 1/First 4' % (b'/RL' * 300000))


@hostile('damaged')
def object_stream_in_itself():
    pdf = Pdf()
    pdf.page()
    out, places = pdf.write_objects()
    container = pdf.reserve()
    rows = [bytes(7)] + [b'\2' + container.to_bytes(4, 'big') + b'\0\0'
                         ] * (container + 1)
    xref = deflate(b''.join(rows), b'/Type/XRef/W[1 4 2]/Size %d/Root 1 0 R'
                   % (container + 2))
    return b'%s%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n' % (
        b'%PDF-1.7\n', container + 1, xref, 9)


@hostile('damaged')
def xref_stream_of_2e9():
    pdf = Pdf()
    pdf.page()
    return compressed(pdf, 0, size=2000000000)


@hostile('damaged', memory=True)
def xref_stream_bomb():
    """4 GiB of free objects."""
    pdf = Pdf()
    pdf.page()
    out, _ = pdf.write_objects()
    xref = stream(bomb(4 * GIB), b'/Filter/FlateDecode/Type/XRef/W[1 4 2]'
                  b'/Size 600000000/Root 1 0 R')
    return b'%s%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n' % (
        out, pdf.reserve(), xref, len(out))


@hostile('damaged', memory=True, endless=True)
def title_bomb():
    """A title of 1 GiB."""
    pdf = Pdf()
    pdf.page()
    pdf.put(1, b'null')
    catalog = b'<</Type/Catalog/Pages 2 0 R>>'
    head = b'1 0 99 %d ' % len(catalog)
    body = bomb(GIB, ord('x'), head + catalog + b'<</Title(', b')>>')
    number = pdf.add(stream(body, b'/Type/ObjStm/Filter/FlateDecode/N 2'
                            b'/First %d' % len(head)))
    out, places = pdf.write_objects()
    xref_number = pdf.reserve()
    rows = {0: bytes(7), 1: b'\2' + number.to_bytes(4, 'big') + b'\0\0',
            99: b'\2' + number.to_bytes(4, 'big') + b'\0\1',
            xref_number: b'\1' + len(out).to_bytes(4, 'big') + b'\0\0'}
    for i in places:
        rows.setdefault(i, b'\1' + places[i].to_bytes(4, 'big') + b'\0\0')
    xref = deflate(b''.join(rows.get(i, bytes(7)) for i in range(100)),
                   b'/Type/XRef/W[1 4 2]/Size 100/Root 1 0 R/Info 99 0 R')
    return b'%s%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n' % (
        out, xref_number, xref, len(out))

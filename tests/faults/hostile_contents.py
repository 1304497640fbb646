# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pages that take long to draw, or no end."""

import struct

from documents import WARNED, hostile
from pdf_writer import Pdf, bomb, deflate, one_page, ref, stream


def page_of(content, resources=b''):
    """With contents that are compressed."""
    pdf = Pdf()
    pdf.page_of(ref(pdf.add(deflate(content))), resources)
    return pdf.write()


# Paths and states

@hostile('memory-limit', memory=True)
def states_10m():
    return page_of(b'q ' * 10000000)


@hostile(WARNED)
def states_10m_too_few():
    return page_of(b'Q ' * 1000000)


@hostile('memory-limit', 'crashed', read={'ok'}, memory=True)
def lines_1m():
    """Of one path, all across the page."""
    line = b''.join(b'%d 0 m %d 200 l ' % (x, 200 - x) for x in range(200))
    return page_of(line * 5000 + b'S')


@hostile('ok')
def dash_tiny():
    return page_of(b'[0.000001] 0 d 0 0 m 200 200 l S ' * 100)


@hostile('render-failed', read={'ok'})
def dash_odd():
    return page_of(b''.join(
        b'[%s] 0 d 0 0 m 200 200 l S ' % dashes
        for dashes in (b'0', b'0 0', b'-1', b'nan', b'1 -1')))


@hostile('ok')
def clips_200k():
    return page_of(b'0 0 200 200 re 100 100 50 50 re W n ' * 200000)


@hostile(WARNED)
def numbers_absurd():
    numbers = [b'nan', b'inf', b'-0', b'9' * 400, b'-' + b'9' * 308,
               b'2147483648', b'0.' + b'0' * 400 + b'1', b'--5', b'5-5', b'.']
    return page_of(b''.join(
        b'q %s w %s %s m %s 9 l S %s 0 0 %s 9 9 cm 0 0 9 9 re f Q '
        % (6 * (number,)) for number in numbers))


@hostile(WARNED)
def operators_unknown():
    return page_of(b'foo 1 bar (x) baz << /A 1 >> qux ] ) > } ' * 10000)


@hostile(WARNED)
def arrays_5m_deep():
    return page_of(b'[' * 5000000)


@hostile('memory-limit', 'crashed', read={'timeout'}, memory=True)
def string_of_200_mb():
    pdf = Pdf()
    pdf.page_of(ref(pdf.add(stream(
        bomb(200 << 20, ord('x'), b'BT/F 1 Tf(', b')Tj ET'),
        b'/Filter/FlateDecode'))))
    return pdf.write()


@hostile('render-failed', read={'ok'})
def text_odd_sizes():
    return page_of(b''.join(
        b'BT/F %s Tf 9 99 Td(x)Tj ET ' % size for size in
        (b'1000000000', b'-1000000000', b'0', b'0.000000001', b'32768',
         b'9' * 308)))


@hostile('memory-limit', read={'ok'}, memory=True)
def text_scaled_up():
    """Glyphs of a size that no cache should keep."""
    return page_of(b''.join(
        b'BT/F %d Tf 9 9 Td(ABCDEFGHIJ)Tj ET ' % size
        for size in range(10, 100000, 100)))


# Forms and patterns

def form(content, resources=b'', entries=b''):
    return stream(content, b'/Type/XObject/Subtype/Form/BBox[0 0 200 200]'
                  b'/Resources<<%s>>%s' % (resources, entries))


def forms(n_levels, content, entries=b''):
    """Each draws the next with `content`."""
    pdf = Pdf()
    last = pdf.add(form(b'0 0 9 9 re f'))
    for _ in range(n_levels):
        last = pdf.add(form(content, b'/XObject<</X %s>>' % ref(last),
                            entries))
    pdf.page(b'/X Do', b'/XObject<</X %s>>' % ref(last))
    return pdf.write()


@hostile('timeout')
def forms_10pow10():
    return forms(10, b'/X Do ' * 10)


@hostile('ok')
def forms_20k_deep():
    return forms(20000, b'/X Do')


GROUP = b'/Group<</S/Transparency/I true/K true/CS/DeviceRGB>>'


@hostile('memory-limit', read={'ok'}, memory=True)
def groups_2k_deep():
    return forms(2000, b'/X Do', GROUP)


@hostile('ok')
def form_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, form(b'/X Do ' * 10, b'/XObject<</X %s>>' % ref(number)))
    pdf.page(b'/X Do', b'/XObject<</X %s>>' % ref(number))
    return pdf.write()


@hostile('memory-limit', read={'ok'}, memory=True)
def mask_of_itself():
    """A group that is masked by itself."""
    pdf = Pdf()
    number, state = pdf.reserve(), pdf.reserve()
    pdf.put(number, form(b'/G gs 0 0 99 99 re f', b'/ExtGState<</G %s>>' %
                         ref(state), GROUP))
    pdf.put(state, b'<</SMask<</S/Luminosity/G %s>>>>' % ref(number))
    pdf.page(b'/G gs 0 0 99 99 re f', b'/ExtGState<</G %s>>' % ref(state))
    return pdf.write()


def tiling(step, box=b'0 0 1 1', content=b'0 0 .5 .5 re f', resources=b'',
           number_of=None):
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, stream(
        content, b'/PatternType 1/PaintType 1/TilingType 1/BBox[%s]/XStep %s'
        b'/YStep %s/Resources<<%s/Pattern<</P %s>>>>' %
        (box, step, step, resources, ref(number))))
    pdf.page(b'/Pattern cs/P scn 0 0 200 200 re f',
             b'/Pattern<</P %s>>' % ref(number))
    return pdf.write()


@hostile('timeout', read={'ok'})
def tiling_tiny():
    return tiling(b'0.0002', b'0 0 200 200')


@hostile('ok')
def tiling_zero():
    return tiling(b'0')


@hostile('ok')
def tiling_huge():
    return tiling(b'9' * 30, b'-9%s -9%s 9%s 9%s' % (4 * (b'9' * 30,)))


# Type 3 fonts, whose glyphs are contents

def type3(pdf, number, content, resources):
    glyph = pdf.add(stream(b'1000 0 d0 ' + content))
    pdf.put(number, b'<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]'
            b'/FontMatrix[.001 0 0 .001 0 0]/FirstChar 97/LastChar 97'
            b'/Widths[1000]/Encoding<</Differences[97/a]>>'
            b'/CharProcs<</a %s>>/Resources<<%s>>>>' % (
                ref(glyph), resources))


@hostile('crashed', read={'ok'})
def type3_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    type3(pdf, number, b'BT/T 900 Tf(aaaaaaaaaa)Tj ET',
          b'/Font<</T %s>>' % ref(number))
    pdf.page(b'BT/T 99 Tf(aa)Tj ET', b'/Font<</T %s>>' % ref(number))
    return pdf.write()


@hostile('crashed', read={'ok'})
def type3_cycle():
    """Of two fonts, and a form between them."""
    pdf = Pdf()
    one, two, between = pdf.reserve(), pdf.reserve(), pdf.reserve()
    type3(pdf, one, b'BT/T 900 Tf(aaa)Tj ET/X Do',
          b'/Font<</T %s>>/XObject<</X %s>>' % (ref(two), ref(between)))
    type3(pdf, two, b'BT/T 900 Tf(aaa)Tj ET/X Do',
          b'/Font<</T %s>>/XObject<</X %s>>' % (ref(one), ref(between)))
    pdf.put(between, form(b'BT/T 900 Tf(aaa)Tj ET',
                          b'/Font<</T %s>>' % ref(one)))
    pdf.page(b'BT/T 99 Tf(aa)Tj ET', b'/Font<</T %s>>' % ref(one))
    return pdf.write()


@hostile(WARNED, read={'ok'})
def type3_10pow10():
    pdf = Pdf()
    last = pdf.reserve()
    type3(pdf, last, b'0 0 900 900 re f', b'')
    for _ in range(10):
        number = pdf.reserve()
        type3(pdf, number, b'BT/T 900 Tf(aaaaaaaaaa)Tj ET',
              b'/Font<</T %s>>' % ref(last))
        last = number
    pdf.page(b'BT/T 99 Tf(aaaaaaaaaa)Tj ET', b'/Font<</T %s>>' % ref(last))
    return pdf.write()


# Shadings and functions

def shading(body, more=()):
    pdf = Pdf()
    for extra in more:
        pdf.add(extra)
    number = pdf.add(body)
    pdf.page(b'/S sh', b'/Shading<</S %s>>' % ref(number))
    return pdf.write()


@hostile('ok')
def shading_noise():
    """No two points have a colour that is nearly the same."""
    noise = (b'{ 9999 mul sin exch 9999 mul sin mul dup 9999 mul sin dup'
             b' 2 mul sin}')
    function = stream(noise, b'/FunctionType 4/Domain[0 1 0 1]'
                      b'/Range[0 1 0 1 0 1]')
    return shading(b'<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]'
                   b'/Matrix[200 0 0 200 0 0]/Function 3 0 R>>', [function])


@hostile('timeout')
def shading_long_function():
    """A calculator's program has no loops, but may be long."""
    program = b'{' + b'dup 1.5 mul sin add ' * 500000 + b'0 0}'
    function = deflate(program, b'/FunctionType 4/Domain[0 1 0 1]'
                       b'/Range[0 1 0 1 0 1]')
    return shading(b'<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]'
                   b'/Matrix[200 0 0 200 0 0]/Function 3 0 R>>', [function])


def axial(function, more=()):
    return shading(b'<</ShadingType 2/ColorSpace/DeviceGray'
                   b'/Coords[0 0 200 200]/Extend[true true]/Function %s>>' %
                   function, more)


@hostile('crashed')
def function_deep():
    """Braces, 1 000 000 deep."""
    return axial(b'3 0 R', [deflate(
        b'{' * 1000000, b'/FunctionType 4/Domain[0 1]/Range[0 1]')])


@hostile('ok')
def function_of_itself():
    return axial(b'3 0 R', [b'<</FunctionType 3/Domain[0 1]/Bounds[]'
                            b'/Encode[0 1]/Functions[3 0 R]>>'])


@hostile('memory-limit', memory=True)
def functions_10pow10():
    """Each is stitched of the next, ten times."""
    stitched = [b'<</FunctionType 3/Domain[0 1]/Bounds[.1 .2 .3 .4 .5 .6 .7 .8'
                b' .9]/Encode[%s]/Functions[%s]>>' % (
                    b'0 1 ' * 10, (ref(number + 1) + b' ') * 10)
                for number in range(3, 13)]
    return axial(b'3 0 R', stitched + [
        b'<</FunctionType 2/Domain[0 1]/N 1>>'])


@hostile(WARNED)
def function_sampled():
    """So many samples that their number has no place to go."""
    return axial(b'3 0 R', [stream(
        b'x', b'/FunctionType 0/Domain[0 1]/Range[0 1]/Size[2000000000]'
        b'/BitsPerSample 8')])


@hostile('timeout')
def mesh_of_patches():
    points = b''.join(struct.pack('>HH', x, y) for x, y in
                      [(0, 0), (0, 40000), (60000, 20000), (0, 65535),
                       (20000, 65535), (40000, 0), (65535, 65535),
                       (65535, 40000), (0, 20000), (65535, 0), (40000, 0),
                       (20000, 65535)])
    return shading(deflate((b'\0' + points + b'\0\xff\0\xff') * 400000,
                           b'/ShadingType 6/ColorSpace/DeviceGray'
                           b'/BitsPerCoordinate 16/BitsPerComponent 8'
                           b'/BitsPerFlag 8/Decode[0 200 0 200 0 1]'))


@hostile('ok')
def shading_radial():
    return shading(b'<</ShadingType 3/ColorSpace/DeviceGray/Extend[true true]'
                   b'/Coords[0 0 1000000000 .00001 .00001 1000000000]'
                   b'/Function<</FunctionType 2/Domain[0 1]/N 1>>>>')


@hostile(WARNED)
def colour_space_of_itself():
    pdf = Pdf()
    number = pdf.reserve()
    pdf.put(number, b'[/Indexed %s 255 <00>]' % ref(number))
    pdf.page(b'/C cs 1 sc 0 0 99 99 re f', b'/ColorSpace<</C %s>>' %
             ref(number))
    return pdf.write()


@hostile(WARNED)
def colour_space_of_2e9():
    return one_page(b'/C cs 1 sc 0 0 99 99 re f',
                    b'/ColorSpace<</C[/Indexed/DeviceRGB 2000000000 <00>]>>')


# Optional contents and annotations

@hostile('timeout')
def layers_of_themselves():
    pdf = Pdf()
    layer, membership, condition = (pdf.reserve() for _ in range(3))
    pdf.put(layer, b'<</Type/OCG/Name(X)>>')
    pdf.put(condition, b'[/And %s %s]' % (ref(condition), ref(condition)))
    pdf.put(membership, b'<</Type/OCMD/OCGs[%s %s]/VE %s>>' % (
        ref(layer), ref(membership), ref(condition)))
    pdf.catalog = (b'/OCProperties<</OCGs[%s]/D<</Order[%s]/ON[%s]>>>>' %
                   (ref(layer), ref(condition), ref(layer)))
    pdf.page(b'/OC/M BDC 0 0 99 99 re f EMC',
             b'/Properties<</M %s>>' % ref(membership))
    return pdf.write()


def annotated(n_times):
    pdf = Pdf()
    look = pdf.add(form(b'0 0 200 200 re f'))
    note = pdf.add(b'<</Type/Annot/Subtype/Stamp/Rect[0 0 200 200]/AP<</N %s>>'
                   b'/F 4>>' % ref(look))
    pdf.page(entries=b'/Annots[%s]' % ((ref(note) + b' ') * n_times))
    return pdf.write()


# So many are too many for poppler since 22.12.0-2+deb12u3.
@hostile('render-failed', 'ok')
def annotations_30k():
    return annotated(30000)


@hostile('ok')
def annotations_9k():
    return annotated(9000)


@hostile('ok')
def annotation_of_itself():
    pdf = Pdf()
    note, look = pdf.reserve(), pdf.reserve()
    pdf.put(look, form(b'/X Do', b'/XObject<</X %s>>' % ref(look)))
    pdf.put(note, b'<</Type/Annot/Subtype/Stamp/Rect[0 0 200 200]/F 4'
            b'/AP<</N %s>>/Popup %s/Parent %s/IRT %s>>' % (
                ref(look), ref(note), ref(note), ref(note)))
    pdf.page(entries=b'/Annots[%s]' % ref(note))
    return pdf.write()


@hostile('ok')
def fields_of_themselves():
    pdf = Pdf()
    field = pdf.reserve()
    pdf.put(field, b'<</FT/Tx/T(x)/Subtype/Widget/Rect[0 0 9 9]/Kids[%s %s]'
            b'/Parent %s/F 4>>' % (ref(field), ref(field), ref(field)))
    pdf.catalog = b'/AcroForm<</Fields[%s]/NeedAppearances true>>' % ref(field)
    pdf.page(entries=b'/Annots[%s]' % ref(field))
    return pdf.write()


@hostile('ok')
def fields_50k_deep():
    """Each is a part of the one before."""
    pdf = Pdf()
    first = last = pdf.reserve()
    for _ in range(50000):
        number = pdf.reserve()
        pdf.put(last, b'<</FT/Tx/T(x)/Kids[%s]>>' % ref(number))
        last = number
    pdf.put(last, b'<</FT/Tx/T(x)/Subtype/Widget/Rect[0 0 9 9]/F 4>>')
    pdf.catalog = b'/AcroForm<</Fields[%s]>>' % ref(first)
    pdf.page(entries=b'/Annots[%s]' % ref(last))
    return pdf.write()

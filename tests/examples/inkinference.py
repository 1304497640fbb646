#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An inference element of one's own, in Python.

It "reads" how much ink is on a page. A real one would hand the image to a
model; order, several pages at a time, flushing and failed pages are the base
class's business.

    inkinference.py FILE
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("Recto", "1.0")
from gi.repository import GLib, GObject, Gst, Recto  # noqa: E402

Gst.init(None)


class InkInference(Recto.Inference):
    __gstmetadata__ = ("Ink", "Filter/Converter/Image/Text",
                       "Says how much ink is on a page", "A reader of Recto")
    __gsttemplates__ = Gst.PadTemplate.new(
        "sink", Gst.PadDirection.SINK, Gst.PadPresence.ALWAYS,
        Gst.Caps.from_string("video/x-raw, format=GRAY8"))

    def do_infer(self, image, result, cancellable):
        structure = image.get_caps().get_structure(0)
        width = structure.get_value("width")
        height = structure.get_value("height")
        buffer = image.get_buffer()
        pixels = buffer.extract_dup(0, buffer.get_size())
        dark = sum(map(pixels.count, range(128)))

        page = Recto.buffer_get_page(buffer)
        result.set_model("ink-1")
        result.set_extra("ink:size", GLib.Variant("(ii)", (width, height)))
        return "page %d: %.2f %% ink" % (
            page.get_number(), 100 * dark / (width * height))

    def do_describe_image(self, request):
        request.longest = 400


GObject.type_register(InkInference)


def main(paths):
    Gst.Element.register(None, "inkinference", Gst.Rank.NONE, InkInference)
    if len(paths) != 1:
        sys.exit("Usage: inkinference.py FILE")
    pipeline = Gst.parse_launch(
        "pdfsrc name=src ! pagerasterizer ! inkinference max-in-flight=2 ! "
        "jsonlsink location=-")
    Gst.util_set_object_arg(pipeline.get_by_name("src"), "location", paths[0])
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        error, debug = message.parse_error()
        sys.exit(error.message)


if __name__ == "__main__":
    main(sys.argv[1:])

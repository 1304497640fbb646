#!/usr/bin/gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An application of one's own, in JavaScript: takes pages out of a pipeline
// and says what was read.
//
//     reader.js LOCATION

imports.gi.versions.Gst = '1.0';
imports.gi.versions.GstApp = '1.0';
imports.gi.versions.Recto = '1.0';
const {Gst, GstApp, Recto} = imports.gi;
const System = imports.system;

function textOf(buffer) {
    const size = buffer.get_size();
    return size ? new TextDecoder().decode(buffer.extract_dup(0, size)) : '';
}

// Page 0 stands for a document that has no pages to tell of.
function statusOf(page) {
    return page.get_number() > 0
        ? Recto.PageStatus.to_string(page.get_status())
        : Recto.DocumentStatus.to_string(page.get_document_status());
}

function tell(sample) {
    const buffer = sample.get_buffer();
    const page = Recto.buffer_get_page(buffer);
    const length = [...textOf(buffer)].length;

    print(`${page.get_document().get_name()}: page ${page.get_number()}: ` +
        `${statusOf(page)}, ${length} characters`);
}

function readAll(pipeline) {
    const sink = pipeline.get_by_name('sink');
    const bus = pipeline.get_bus();

    for (;;) {
        const sample = sink.try_pull_sample(Gst.SECOND);
        const message = bus.pop_filtered(Gst.MessageType.ERROR);

        if (message)
            throw message.parse_error()[0];
        if (sample)
            tell(sample);
        else if (sink.is_eos())
            return;
    }
}

function main(location) {
    const pipeline = Gst.parse_launch('pdfsrc name=source ! ' +
        'textlayerinference ! appsink name=sink sync=false ' +
        'enable-last-sample=false max-buffers=8');

    pipeline.get_by_name('source').location = location;
    pipeline.set_state(Gst.State.PLAYING);
    try {
        readAll(pipeline);
        return 0;
    } catch (error) {
        printerr(error.message);
        return 1;
    } finally {
        pipeline.set_state(Gst.State.NULL);
    }
}

Gst.init(null);
System.exit(main(ARGV[0]));

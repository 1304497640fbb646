/* An application of one's own, in Vala: takes pages out of a pipeline and says
 * what was read.
 *
 *     reader LOCATION
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

string text_of (Gst.Buffer buffer)
{
  uint8[] text;

  buffer.extract_dup (0, buffer.get_size (), out text);
  text += 0;
  return (string) text;
}

/* Page 0 stands for a document that has no pages to tell of. */
unowned string status_of (Recto.Page page)
{
  if (page.get_number () > 0)
    return page.get_status ().to_string ();
  return page.get_document_status ().to_string ();
}

void tell (Gst.Sample sample)
{
  unowned Gst.Buffer buffer = sample.get_buffer ();
  unowned Recto.Page page = Recto.buffer_get_page (buffer);

  print ("%s: page %u: %s, %d characters\n",
      page.get_document ().get_name (), page.get_number (),
      status_of (page), text_of (buffer).char_count ());
}

void read_all (Gst.Pipeline pipeline) throws Error
{
  var sink = (Gst.App.Sink) pipeline.get_by_name ("sink");

  for (;;) {
    Gst.Sample? sample = sink.try_pull_sample (Gst.SECOND);
    Gst.Message? message = pipeline.get_bus ().pop_filtered (
        Gst.MessageType.ERROR);

    if (message != null) {
      Error error;
      message.parse_error (out error, null);
      throw error;
    }
    if (sample != null)
      tell (sample);
    else if (sink.is_eos ())
      return;
  }
}

int main (string[] args)
{
  Intl.setlocale ();
  Gst.init (ref args);

  try {
    var pipeline = (Gst.Pipeline) Gst.parse_launch (
        "pdfsrc name=source ! textlayerinference ! appsink name=sink " +
        "sync=false enable-last-sample=false max-buffers=8");

    pipeline.get_by_name ("source").set ("location", args[1]);
    pipeline.set_state (Gst.State.PLAYING);
    try {
      read_all (pipeline);
    } finally {
      pipeline.set_state (Gst.State.NULL);
    }
  } catch (Error error) {
    printerr ("%s\n", error.message);
    return 1;
  }
  return 0;
}

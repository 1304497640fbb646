/* Recto: tests of what is hidden in the words of others
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <gst/check/gstcheck.h>

#include <vlm/answer.h>
#include <vlm/chat-reply.h>
#include <vlm/excerpt.h>
#include <vlm/secrets.h>
#include <vlm/url-secrets.h>

static void
assert_redacted (const char *secret, const char *text, const char *expected)
{
  g_autoptr (Secrets) secrets = secrets_new ();
  g_autofree char *redacted = NULL;

  secrets_add (secrets, secret);
  redacted = secrets_redact (secrets, text);
  fail_unless_equals_string (redacted, expected);
}

GST_START_TEST (test_plain)
{
  assert_redacted ("sesame-opens", "", "");
  assert_redacted ("sesame-opens", "sesame", "sesame");
  assert_redacted ("sesame-opens", "xsesame-opensxsesame-opens", "x***x***");
  assert_redacted (NULL, "null", "null");
  assert_redacted ("", "nothing", "nothing");
}

GST_END_TEST;

/* Their letters are those of other words. */
GST_START_TEST (test_short)
{
  assert_redacted ("sesame", "xxxsesame", "xxx***");
  assert_redacted ("four", "xfourx", "x***x");
  assert_redacted ("abc", "key abc, “abc”", "key ***, “***”");
  assert_redacted ("abc", "abcd cabc a-abc abc", "abcd cabc a-abc ***");
  assert_redacted ("x", "x exa x", "*** exa ***");
}

GST_END_TEST;

GST_START_TEST (test_escaped)
{
  assert_redacted ("a/b\"c\\d", "a\\/b\\\"c\\\\d", "***");
  assert_redacted ("a/b\"c\\d", "a/b\\\"c\\\\d", "***");
  assert_redacted ("se&same<>", "se\\u0026same\\u003c\\u003e", "***");
  assert_redacted ("se&same<>", "<p>se&amp;same&lt;&gt;</p>", "<p>***</p>");
  assert_redacted ("se/sa+me=", "?k=se%2Fsa%2Bme%3D&a", "?k=***&a");
  assert_redacted ("se/sa+me=", "?k=se%2fsa%2bme%3d&a", "?k=***&a");
}

GST_END_TEST;

/* What is left of the longer one would still tell. */
GST_START_TEST (test_one_in_another)
{
  g_autoptr (Secrets) secrets = secrets_new ();
  g_autofree char *redacted = NULL;

  secrets_add (secrets, "sesame");
  secrets_add (secrets, "sesame-opens");
  redacted = secrets_redact (secrets, "sesame-opens sesame");
  fail_unless_equals_string (redacted, "*** ***");
}

GST_END_TEST;

/* Wherever a quotation ends, no part of the key is in it. */
GST_START_TEST (test_before_cutting)
{
  g_autoptr (Secrets) secrets = secrets_new ();

  secrets_add (secrets, "QWERTYUIOP");
  for (guint n = 0; n < 320; n++) {
    g_autofree char *words = g_strnfill (n, 'x');
    g_autofree char *body =
        g_strdup_printf ("{\"error\":{\"message\":\"%sQWERTYUIOP\"}}", words);
    g_autofree char *message =
        chat_reply_dup_message (body, strlen (body), secrets);

    fail_if (strpbrk (message, "QWERTYUIOP"), "%s", message);
  }
}

GST_END_TEST;

/* The text is the page's. */
GST_START_TEST (test_answers)
{
  static const char body[] = "{\"model\":\"my-sesame\",\"choices\":[{"
      "\"finish_reason\":\"sesame\",\"message\":{\"content\":\"open sesame\"}}]}";
  static const char content[] = "---\nprimary_language: sesame\n"
      "is_rotation_valid: true\nrotation_correction: 0\nis_table: false\n"
      "is_diagram: false\n---\nopen sesame";
  g_autoptr (Secrets) secrets = secrets_new ();
  g_autoptr (GError) error = NULL;
  g_auto (ChatReply) reply = { NULL, };
  g_auto (Answer) answer = { NULL, };

  secrets_add (secrets, "sesame");
  fail_unless (chat_reply_parse (&reply, body, strlen (body), secrets, NULL));
  fail_unless_equals_string (reply.model, "my-***");
  fail_unless_equals_string (reply.finish_reason, "***");
  fail_unless_equals_string (reply.content, "open sesame");

  fail_unless (answer_parse (&answer, ANSWER_YAML_FRONT_MATTER, content,
          secrets, NULL));
  fail_unless_equals_string (answer.language, "***");
  fail_unless_equals_string (answer.text, "open sesame");
  answer_clear (&answer);

  fail_if (answer_parse (&answer, ANSWER_YAML_FRONT_MATTER,
          "---\nsesame: 1\n---\n", secrets, &error));
  fail_if (strstr (error->message, "sesame"), "%s", error->message);
}

GST_END_TEST;

static void
assert_url (const char *url, const char *expected)
{
  g_autofree char *redacted = url_redact (url);

  fail_unless_equals_string (redacted, expected);
  fail_unless_equals_int (url_has_secret (url), !g_str_equal (url, expected));
}

GST_START_TEST (test_urls)
{
  static const char *const harmless[] = {
    "", "http://localhost:8000/v1", "https://a/v1?api-version=2026-11-01&x",
    "http://a/v1?monkeys=3", "http://a/v1?key=", "http://a/b@c?d@e",
    "http://a/v1?zipcode=1", "file:///tmp/a?b",
  };
  static const char *const names[] = {
    "key", "api_key", "API-KEY", "subscription-key", "token", "access_token",
    "auth", "code", "pass", "password", "sig", "signature", "secret",
    "client_secret", "credential", "X-Amz-Signature", "x-amz-date", "%6bey",
  };

  for (guint i = 0; i < G_N_ELEMENTS (harmless); i++)
    assert_url (harmless[i], harmless[i]);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *url = g_strdup_printf ("https://a/v1?b=c&%s=d;%s=e#%s=f",
        names[i], names[i], names[i]);
    g_autofree char *expected = g_strdup_printf ("https://a/v1?b=c&%s=***;"
        "%s=***#%s=***", names[i], names[i], names[i]);

    assert_url (url, expected);
  }
  assert_url ("http://me:pass@host/v1", "http://***@host/v1");
  assert_url ("http://me:p@ss@host?a=b", "http://***@host?a=b");
  assert_url ("//me@host", "//***@host");
  assert_url ("me:pass@host/v1", "***@host/v1");
}

GST_END_TEST;

static Suite *
secrets_suite (void)
{
  Suite *suite = suite_create ("secrets");
  TCase *words = tcase_create ("words");
  TCase *urls = tcase_create ("urls");

  tcase_add_test (words, test_plain);
  tcase_add_test (words, test_short);
  tcase_add_test (words, test_escaped);
  tcase_add_test (words, test_one_in_another);
  tcase_add_test (words, test_before_cutting);
  tcase_add_test (words, test_answers);
  suite_add_tcase (suite, words);
  tcase_add_test (urls, test_urls);
  suite_add_tcase (suite, urls);
  return suite;
}

GST_CHECK_MAIN (secrets);

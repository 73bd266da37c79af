/* SPDX-License-Identifier: MIT */
/* A reader of event files that shares nothing with the writer: checksums bit by bit,
 * and protobuf as its documentation describes it. It fails the test at anything wrong.
 */
#ifndef OPTREG_TESTS_EVENT_READER_H
#define OPTREG_TESTS_EVENT_READER_H

#include <glib.h>

typedef struct ReadEvent {
  double wall_time;
  gint64 step;
  char *version; /* of the first one */
  char *tag;     /* of the others */
  float value;
} ReadEvent;

/* GArray of ReadEvent. */
GArray *read_events(const guint8 *bytes, gsize n);
GArray *read_event_file(const char *path);

/* Where the n-th event lies in the file. */
GBytes *read_nth_event(const guint8 *bytes, gsize n, guint index);

#endif

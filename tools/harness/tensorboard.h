/* SPDX-License-Identifier: MIT */
/* TensorBoard's event files: records of a length, a serialised Event and the checksums
 * of both, one after the other.
 */
#ifndef OPTREG_HARNESS_TENSORBOARD_H
#define OPTREG_HARNESS_TENSORBOARD_H

#include <glib.h>
#include <stdbool.h>

/* TensorBoard looks for names with "tfevents" in them. */
#define TENSORBOARD_FILE "events.out.tfevents.0.optreg"

typedef struct EventFile EventFile;

/* Begins with the version of the format, as all of them do. */
EventFile *event_file_new(double wall_time);
void event_file_free(EventFile *file);

/* One number of a step. `tag` is UTF-8; what stands before its last '/' is the section
 * in which TensorBoard shows it. The value is stored as a float. */
void event_file_add_scalar(EventFile *file, double wall_time, gint64 step,
                           const char *tag, double value);

/* Replace DIRECTORY/events.out.tfevents.0.optreg as a whole; the folder is made. */
bool event_file_write(const EventFile *file, const char *directory, GError **error);

/* The bytes so far, owned by the file. */
const GByteArray *event_file_bytes(const EventFile *file);

/* CRC-32C (Castagnoli) of RFC 3720. */
guint32 event_file_crc32c(const guint8 *bytes, gsize n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventFile, event_file_free)

#endif

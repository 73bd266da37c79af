/* SPDX-License-Identifier: MIT */
/* Serialised Keras optimizers from the recorded cases. */
#ifndef OPTREG_TESTS_DOCUMENTS_H
#define OPTREG_TESTS_DOCUMENTS_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef struct Document {
  char *id;
  char *text;         /* the JSON */
  JsonObject *config; /* of the optimizer, as Keras gave it */
} Document;

/* What keras.optimizers.serialize() would write for every recorded training run and, as
 * learning rate of an SGD, every recorded schedule; the defaults of the optimizers that
 * have a plugin, from an empty config; an array of Document *. `path` is
 * cases.jsonl.gz. */
GPtrArray *documents_read(const char *path, GError **error);

#endif

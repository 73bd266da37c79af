/* SPDX-License-Identifier: MIT */
/* JSON as text, the only way in which the tools read and write any. */
#ifndef OPTREG_TOOLS_JSON_TEXT_H
#define OPTREG_TOOLS_JSON_TEXT_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* The tree of a text, or of a file, that was looked over (json_scan.h); NULL when it is
 * no JSON. */
JsonNode *json_text_read(const char *text, gssize size, GError **error);
JsonNode *json_text_read_file(const char *path, GError **error);

/* The object that a text or a file is, NULL when it is none. */
JsonObject *json_text_read_object(const char *text, gssize size);
JsonObject *json_text_read_file_object(const char *path);

/* The tree as text, newly allocated: in one line, or a member a line. A double is the
 * shortest decimal that reads back as the same bits, and is seen to be none of the
 * integers ("1.0"); one that is not finite is null. Bytes that are not UTF-8 are
 * replaced. */
char *json_text_write(JsonNode *root, bool is_pretty);

/* What was written so far is read once more before it becomes the file: a text that
 * would not come back as the same tree is an error, and the file stays as it was. */
bool json_text_write_file(const char *path, JsonNode *root, GError **error);

#endif

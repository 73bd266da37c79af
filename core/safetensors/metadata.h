/* SPDX-License-Identifier: MIT */
/* The metadata of a file: texts by key. */
#ifndef OPTREG_CORE_SAFETENSORS_METADATA_H
#define OPTREG_CORE_SAFETENSORS_METADATA_H

#include <glib.h>
#include <optreg/optreg.h>

/* An empty list of optreg_metadata; free with g_array_unref(). */
GArray *optreg_metadata_new(void);

/* Add an entry at the end: the key is prefix and name together, all texts are copied. A
 * NULL value is kept as it is. */
void optreg_metadata_add(GArray *metadata, const char *prefix, const char *name,
                         const char *value);

/* By key, in byte order. */
void optreg_metadata_sort(GArray *metadata);

/* Add an entry to a sorted list, in its place. */
void optreg_metadata_insert(GArray *metadata, const char *key, const char *value);

/* Any list: one that is in order already, as files of ours are, costs one pass. */
void optreg_list_sort(GArray *list, GCompareFunc compare);

/* The value in a sorted list, or NULL. */
const char *optreg_metadata_find(const GArray *metadata, const char *key);

/* And where it stands. */
const char *optreg_metadata_find_at(const GArray *metadata, const char *key,
                                    guint *index);

#endif

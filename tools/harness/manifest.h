/* SPDX-License-Identifier: MIT */
/* DIR/manifest.json: what was compared, with what, on which machine, and how often
 * somebody has looked at the results. */
#ifndef OPTREG_HARNESS_MANIFEST_H
#define OPTREG_HARNESS_MANIFEST_H

#include "comparison.h"

typedef struct Manifest Manifest;

bool manifest_is_there(const char *directory);

/* Whether the folder belongs to this comparison: the same problems, budget and metric,
 * and all its arms among this one's, as they were. */
bool manifest_fits(const Comparison *comparison, const char *directory);

/* Fill in the sites as the folder's comparison has found them; false when it says
 * nothing of some, and with an error when it is damaged. */
bool manifest_restore_sites(Comparison *comparison, GError **error);

/* What the folder says, or a new one; NULL when what it says is damaged. */
Manifest *manifest_open(const Comparison *comparison, GError **error);
void manifest_free(Manifest *manifest);

/* The number of this look, from 1. Results that were looked at before keep their look,
 * whatever came in between; other ones are another look. The first look registers the
 * design. `data` is analysis_data. */
unsigned manifest_look(Manifest *manifest, const Comparison *comparison,
                       const char *data);

/* This machine is going to train. Without that the manifest keeps the one that has. */
void manifest_note_machine(Manifest *manifest);

/* What has changed in the design since the first look, so that the results are
 * exploratory: sentences, NULL-terminated, owned by the manifest. */
const char *const *manifest_changes(const Manifest *manifest);

/* manifest.json as text, newly allocated. */
char *manifest_to_text(const Manifest *manifest, const Comparison *comparison);

bool manifest_write(const Manifest *manifest, const Comparison *comparison,
                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

#endif

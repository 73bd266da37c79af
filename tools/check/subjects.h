/* SPDX-License-Identifier: MIT */
/* What a check goes through: shapes, types and SIMD levels that a plugin takes. */
#ifndef OPTREG_CHECK_SUBJECTS_H
#define OPTREG_CHECK_SUBJECTS_H

#include "finding.h"
#include "rig.h"

typedef enum Extent {
  EXTENT_EDGES, /* many small shapes, around the widths of SIMD registers */
  EXTENT_BULK,  /* a vector and a matrix of about three hundred elements */
  EXTENT_TILE,  /* a vector as long as the longest tile */
} Extent;

/* Call `visit` with each until something has been found. Shapes that the plugin refuses
 * with OPTREG_UNSUPPORTED or OPTREG_BAD_ARGUMENT are left out. */
void subjects_visit(const Plugin *plugin, Extent extent, Finding *finding,
                    void (*visit)(const Plugin *plugin, const RigSpec *spec,
                                  Finding *finding));

/* Make a rig; on failure the finding tells. */
bool subjects_rig(Rig *rig, const Plugin *plugin, const RigSpec *spec,
                  Finding *finding);

/* Run it; a status that is not OPTREG_OK becomes the finding. */
bool subjects_run(Rig *rig, size_t n_steps, RigCut cut, Finding *finding);

/* A shape that the plugin takes, in f32: the first of the bulk; false when there is
 * none. */
bool subjects_any(const Plugin *plugin, RigSpec *spec);

/* A vector and a matrix of a few elements, for what is run many times. */
enum { SUBJECTS_N_SMALL = 2 };
extern const RigSpec subjects_small[SUBJECTS_N_SMALL];

/* Whether the plugin builds it at its defaults. */
bool subjects_is_taken(const Plugin *plugin, const RigSpec *spec);

/* "f32 [5, 7]". */
char *subjects_describe(const RigSpec *spec);

#endif

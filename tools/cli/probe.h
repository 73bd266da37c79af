/* SPDX-License-Identifier: MIT */
/* Which shapes an optimizer's slots have: its plugin chooses them for each tensor, so
 * they are found by building it for a vector and for a matrix. */
#ifndef OPTREG_CLI_PROBE_H
#define OPTREG_CLI_PROBE_H

#include <glib.h>
#include <optreg/optreg.h>
#include <stdbool.h>

typedef enum Sample { SAMPLE_VECTOR, SAMPLE_MATRIX, N_SAMPLES } Sample;

typedef struct Probe Probe;

/* What switches slots on is on. */
Probe *probe_new(optreg_registry *registry, const optreg_optimizer_info *info);
void probe_free(Probe *probe);

/* "element", "rows", "rows x rows", "one number", "-" for none, or "refused": the
 * plugin takes no such tensor. */
const char *probe_shape(const Probe *probe, Sample sample, const char *slot);

/* Whether a slot of element scope is anything but "element"; of scratch that is not
 * told. */
bool probe_finds_shapes(const Probe *probe, const optreg_optimizer_info *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Probe, probe_free)

#endif

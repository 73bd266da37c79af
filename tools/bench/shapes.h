/* SPDX-License-Identifier: MIT */
/* The shapes of a synthetic model. */
#ifndef OPTREG_BENCH_SHAPES_H
#define OPTREG_BENCH_SHAPES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SHAPES_MAX_DIMS 8

typedef struct ShapesTensor {
  char *name;
  uint64_t shape[SHAPES_MAX_DIMS];
  uint32_t ndim;
  uint64_t n; /* elements */
} ShapesTensor;

typedef struct Shapes {
  char *name;      /* what reports call it */
  GArray *tensors; /* of ShapesTensor */
  uint64_t n;      /* elements of all */
} Shapes;

/* n parameters in n_tensors vectors of equal length, the remainder in the first ones;
 * n_tensors is in 1..n. */
Shapes *shapes_new_even(uint64_t n, uint64_t n_tensors);

/* A preset by name, else a file: a line for each tensor, "NAME EXTENT...", '#' begins a
 * comment. */
Shapes *shapes_new(const char *name_or_file, GError **error);

/* The same from text; `source` stands where errors name the file. */
Shapes *shapes_parse(const char *text, const char *source, GError **error);

void shapes_free(Shapes *shapes);

/* "one-big, resnet50, ..." */
char *shapes_list_presets(void);

const ShapesTensor *shapes_tensor(const Shapes *shapes, size_t index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shapes, shapes_free)

#endif

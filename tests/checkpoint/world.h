/* SPDX-License-Identifier: MIT */
/* A file system whose calls fail when they are told to. */
#ifndef OPTREG_TESTS_CHECKPOINT_WORLD_H
#define OPTREG_TESTS_CHECKPOINT_WORLD_H

#include "safetensors/file.h"
#include "model.h"

typedef struct World {
  unsigned n_calls, fails_at; /* 1 is the first; 0: none */
  int code;
  size_t n_bytes, dies_at; /* written so far; killed after so many, if not 0 */
  size_t most;             /* bytes that one write takes */
  bool is_without_unnamed; /* the file system has no O_TMPFILE */
  bool is_without_linking; /* it has, but they stay without a name */
  GString *log;            /* of the calls */
} World;

extern World world;
extern const OptregFileCalls world_calls;

/* One in which nothing fails. */
void new_world(void);

/* Save with the values of the parameters, in this world. */
bool world_save(const Model *model, const char *path, GError **error);

#endif

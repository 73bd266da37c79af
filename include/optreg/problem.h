/* SPDX-License-Identifier: MIT */
/* What `optreg compare` trains: a problem, built in or in a shared library of its own
 * that
 * `--problem-file FILE.so` names.
 *
 * A problem is a table and a few functions. It owns data and scratch; weights and
 * gradients belong to the harness, which also decides which examples are in a batch. So
 * every optimizer meets the same initial weights, batches and noise for one seed, and a
 * run goes on from saved weights as if it had never stopped. For that the functions
 * must be pure:
 *
 *  - `init` depends on the options and the seed only;
 *  - `gradient` and `evaluate` depend on their arguments and the options only. What a
 *    problem keeps between calls is data and scratch, never state of the training;
 *  - what is random comes from the host's streams, which are keyed by problem, seed,
 *    purpose and index, and never from a generator that moves on.
 *
 * Weights are float, dense and row-major, in one buffer for each row of `tensors`.
 *
 * Rules that keep binaries compatible: fields are only appended; every struct starts
 * with struct_size, tables carry count and stride; nobody reads beyond what the other
 * side knew.
 *
 * An instance is used by one thread at a time; several may live side by side. Valid C11
 * and C++17; needs <stddef.h> and <stdint.h> only; nothing to link against.
 */
#ifndef OPTREG_PROBLEM_H
#define OPTREG_PROBLEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OPTREG_PROBLEM_ABI 1u

/* Status of open. */
#define OPTREG_PROBLEM_OK 0
#define OPTREG_PROBLEM_FAILED (-1)  /* the user can do nothing about it here */
#define OPTREG_PROBLEM_OPTIONS (-2) /* options that do not go together */
#define OPTREG_PROBLEM_NO_DATA \
  (-3) /* a data set is missing; the message says what to do */

/* Type of an option. The value reaches the problem as a double: an integer exactly, a
 * boolean as 0 or 1, a choice as its index. */
#define OPTREG_PROBLEM_REAL 1u
#define OPTREG_PROBLEM_INTEGER 2u
#define OPTREG_PROBLEM_BOOLEAN 3u
#define OPTREG_PROBLEM_CHOICE 4u

/* Flags of an option. */
#define OPTREG_PROBLEM_MINIMUM_OPEN 1u /* the minimum itself is not permitted */
#define OPTREG_PROBLEM_MAXIMUM_OPEN 2u

/* Flags of a metric. */
#define OPTREG_PROBLEM_HIGHER_IS_BETTER 1u
#define OPTREG_PROBLEM_SHARE 2u /* 0 to 1, shown in percent */

/* Tiers: a suite is every problem of its tier and of those below. */
#define OPTREG_PROBLEM_SMOKE 1u    /* seconds for a run */
#define OPTREG_PROBLEM_STANDARD 2u /* about a minute */
#define OPTREG_PROBLEM_FULL 3u     /* minutes */

#define OPTREG_PROBLEM_TRAINING 0u
#define OPTREG_PROBLEM_VALIDATION 1u
#define OPTREG_PROBLEM_TEST 2u
#define OPTREG_PROBLEM_SPLITS 3u

/* Purpose of random numbers: initial weights. */
#define OPTREG_PROBLEM_INIT 1u

/* Rows in the problem's memory. Frozen. */
typedef struct optreg_problem_table {
  const void *rows;
  uint32_t count, stride;
} optreg_problem_table;

typedef struct optreg_problem_option {
  const char *name;    /* ^[a-z][a-z0-9_]*$, the key in an experiment file */
  const char *doc;     /* one line */
  const char *choices; /* CHOICE: "first|second|third"; else NULL */
  double default_value, minimum, maximum; /* INFINITY for no limit */
  uint32_t type, flags;
} optreg_problem_option;

/* The first row is `loss`, which training minimises; a run whose training loss is not
 * finite has diverged and scores `worst` in every metric. */
typedef struct optreg_problem_metric {
  const char *name; /* as above */
  const char *doc;
  double worst;          /* what divergence scores; INFINITY is permitted */
  double minimum_effect; /* a difference that matters in practice; > 0 */
  uint32_t flags, reserved;
} optreg_problem_metric;

typedef struct optreg_problem_tensor {
  const char *name; /* unique: "dense_1/kernel"; what groups and checkpoints see */
  const uint64_t *dims;
  uint32_t ndim, reserved; /* at most 8, or the problem is refused */
} optreg_problem_tensor;

/* What the harness offers. Owned by it, valid until close returns. */
typedef struct optreg_problem_host {
  uint64_t struct_size;
  void *context; /* first argument of the functions */

  /* Keep a message for the user and return `status`: lower case, names the remedy. */
  int32_t (*fail)(void *context, int32_t status, const char *message);

  /* n numbers that depend on the arguments and the problem's name only: normal with
   * mean 0, and uniform in [0, 1). `purpose` is OPTREG_PROBLEM_INIT or yours, from 16
   * on; `index` tells streams of one purpose apart: the tensor, the step. */
  void (*normal)(void *context, uint32_t seed, uint32_t purpose, uint32_t index,
                 double deviation, size_t n, float *out);
  void (*uniform)(void *context, uint32_t seed, uint32_t purpose, uint32_t index,
                  size_t n, float *out);
} optreg_problem_host;

/* The batch of one step. `examples` are indices of the training split, drawn without
 * replacement: an epoch visits each of them once, in an order of its own. */
typedef struct optreg_problem_batch {
  uint64_t struct_size;
  uint64_t step; /* 0 for the first batch of a run */
  const uint32_t *examples;
  size_t n; /* > 0, at most the batch size given to open; less at the end of an epoch */
  uint32_t seed, reserved;
  double scale; /* the gradients are to be those of scale times the loss */
} optreg_problem_batch;

typedef struct optreg_problem_class {
  uint64_t struct_size;
  const char *name;    /* ^[a-z][a-z0-9-]*$ */
  const char *version; /* raise it when results change: finished runs are not reused */
  const char *doc;     /* one line */
  uint32_t tier;       /* 0: in no suite */
  uint32_t batch_size; /* default */
  uint32_t epochs;     /* default budget */
  uint32_t primary;    /* row of the metric that decides, by default */
  uint32_t primary_split; /* where it is measured, by default; tuning uses validation */
  uint32_t flags;
  optreg_problem_table options, metrics; /* options may be empty */

  /* Make an instance. `options` holds a value for each row, checked against it. */
  int32_t (*open)(const optreg_problem_host *host, const double *options,
                  uint32_t batch_size, void **self);
  void (*close)(void *self);

  /* The trained tensors, the same for the instance's life. Returns how many. */
  size_t (*tensors)(const void *self, const optreg_problem_tensor **tensors);

  /* Examples of the training split, the length of an epoch; > 0, below 2^32. */
  size_t (*examples)(const void *self);

  /* What the data is, for instance its SHA-256; part of a run's identity. NULL: the
   * version and the options tell all. Valid as long as the instance. */
  const char *(*data)(const void *self);

  /* Write all initial weights. */
  void (*init)(void *self, uint32_t seed, float *const *weights);

  /* Returns the mean loss of the batch and writes all gradients. */
  double (*gradient)(void *self, const optreg_problem_batch *batch,
                     const float *const *weights, float *const *gradients);

  /* Write a value for each row of metrics, over a split; of a large training split a
   * fixed part will do. */
  void (*evaluate)(void *self, uint32_t split, const float *const *weights,
                   double *values);
} optreg_problem_class;

/* ---- a shared library ---- */

/* The one exported symbol, a constant. */
typedef struct optreg_problem_file {
  char magic[8];
  uint32_t abi, reserved;
  uint64_t struct_size;
  uint64_t n_classes;
  const optreg_problem_class *const *classes;
} optreg_problem_file;

#define OPTREG_PROBLEM_MAGIC                 \
  {                                          \
    'O', 'P', 'T', 'P', 'R', 'O', '\r', '\n' \
  }

/* Export problems: OPTREG_PROBLEMS(&valley) at the end of the file. */
#ifdef __cplusplus
#define OPTREG_PROBLEM_EXTERN extern "C"
#else
#define OPTREG_PROBLEM_EXTERN extern
#endif
#if defined(__GNUC__)
#define OPTREG_PROBLEM_EXPORT __attribute__((visibility("default")))
#else
#define OPTREG_PROBLEM_EXPORT
#endif
#define OPTREG_PROBLEMS(...)                                                     \
  static const optreg_problem_class *const optreg_problems_[] = { __VA_ARGS__ }; \
  OPTREG_PROBLEM_EXTERN OPTREG_PROBLEM_EXPORT const optreg_problem_file          \
      optreg_problem_abi1;                                                       \
  const optreg_problem_file optreg_problem_abi1 = {                              \
    OPTREG_PROBLEM_MAGIC,                                                        \
    OPTREG_PROBLEM_ABI,                                                          \
    0,                                                                           \
    sizeof(optreg_problem_file),                                                 \
    sizeof(optreg_problems_) / sizeof(optreg_problems_[0]),                      \
    optreg_problems_,                                                            \
  }

/* ---- writing tables ---- */

#define OPTREG_PROBLEM_TABLE(array)                          \
  {                                                          \
    (array), (uint32_t)(sizeof(array) / sizeof((array)[0])), \
        (uint32_t)sizeof((array)[0])                         \
  }
#define OPTREG_PROBLEM_REAL_ROW(name, default_value, minimum, maximum, doc)  \
  {                                                                          \
    name, doc, NULL, default_value, minimum, maximum, OPTREG_PROBLEM_REAL, 0 \
  }
#define OPTREG_PROBLEM_INTEGER_ROW(name, default_value, minimum, maximum, doc)  \
  {                                                                             \
    name, doc, NULL, default_value, minimum, maximum, OPTREG_PROBLEM_INTEGER, 0 \
  }
#define OPTREG_PROBLEM_BOOLEAN_ROW(name, default_value, doc)        \
  {                                                                 \
    name, doc, NULL, default_value, 0, 1, OPTREG_PROBLEM_BOOLEAN, 0 \
  }
#define OPTREG_PROBLEM_CHOICE_ROW(name, default_index, choices, doc)    \
  {                                                                     \
    name, doc, choices, default_index, 0, 255, OPTREG_PROBLEM_CHOICE, 0 \
  }

#ifdef __cplusplus
}
#endif

#endif

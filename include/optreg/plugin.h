/* SPDX-License-Identifier: MIT */
/* The optimizer plugin ABI, major 1: all that an optimizer's source needs.
 *
 * An optimizer is a table (hyperparameters, slots, kernels) and a loop over one span of
 * a tensor. The core allocates and saves the slots, cuts tensors into spans, runs them
 * on threads, and clips, unscales, accumulates, decays and averages around the loop.
 *
 * Rules that keep binaries compatible:
 *  - fields are only appended; every extensible struct starts with struct_size, and
 *    nobody reads or writes beyond the struct_size that it was given;
 *  - tables carry count, at most 1024, and stride, so rows may grow; NULL and 0 mean
 *    the default;
 *  - what the header does not define is 0: flag bits, reserved fields and what a
 *    struct_size or stride may hold beyond the struct. A plugin with anything else is
 *    refused, since otherwise no bit could ever be given a meaning. A host ignores what
 *    it does not know only where the plugin was built with a newer minor that it does
 *    not need;
 *  - structs have no implicit padding; numbers are fixed-width, text is UTF-8, booleans
 *    and enumerations are uint32_t.
 *
 * Thread tokens: [excl] never at the same time as another call on this instance; [conc]
 * may run at the same time on disjoint spans of one instance, so `self` is const.
 *
 * Order of calls: build, build_tensor for every tensor, then for every step begin_step,
 * the reduction phases, update_step; release. finalize, serialize and deserialize may
 * come between steps.
 *
 * Numerics: the scalar reading of a kernel is its definition and every SIMD level must
 * give the same bits, so this header switches floating-point contraction off for what
 * follows it. Round-to-nearest with denormals is on during every call of a step.
 *
 * Valid C11 and C++17; needs <stddef.h> and <stdint.h> only; nothing to link against.
 */
#ifndef OPTREG_PLUGIN_H
#define OPTREG_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-trapping-math")
#endif

/* ---- versions ---- */

/* also in the symbol name, so one file may export two majors */
#define OPTREG_ABI_MAJOR 1u
#define OPTREG_ABI_MINOR 0u /* the newest minor that this header describes */

/* The oldest host that the plugin accepts. Lower it below OPTREG_ABI_MINOR only when
 * the plugin tests newer fields with OPTREG_HAS. */
#ifndef OPTREG_NEEDS_MINOR
#define OPTREG_NEEDS_MINOR OPTREG_ABI_MINOR
#endif

/* The one exported symbol. A plugin that is linked statically is compiled with
 * -DOPTREG_ENTRY=some_unique_name and handed to optreg_registry_add_plugin(). */
#ifndef OPTREG_ENTRY
#define OPTREG_ENTRY optreg_plugin_abi1
#endif

/* True when *ptr was built by somebody who knew `field`. */
#define OPTREG_HAS(type, ptr, field) \
  ((ptr)->struct_size >= offsetof(type, field) + sizeof((ptr)->field))

/* ---- language ---- */

#ifdef __cplusplus
#define OPTREG_EXTERN extern "C"
#define OPTREG_ASSERT(condition, text) static_assert(condition, text)
extern "C" {
#else
#define OPTREG_EXTERN extern
#define OPTREG_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#if defined(__GNUC__)
#define OPTREG_EXPORT __attribute__((visibility("default")))
#define OPTREG_INLINE static inline __attribute__((always_inline, unused))
#define OPTREG_UNUSED __attribute__((unused))
#define OPTREG_RESTRICT __restrict__
#else
#define OPTREG_EXPORT
#define OPTREG_INLINE static inline
#define OPTREG_UNUSED
#define OPTREG_RESTRICT
#endif

/* ---- constants ---- */

/* Status codes that a plugin may return. */
#define OPTREG_OK 0
/* a value or a shape that this optimizer cannot take */
#define OPTREG_BAD_ARGUMENT (-1)
#define OPTREG_NO_MEMORY (-2)
#define OPTREG_UNSUPPORTED (-3) /* a legal request that this optimizer does not offer */
#define OPTREG_NUMERIC (-4)     /* no usable result, e.g. a factorisation that failed */
#define OPTREG_BAD_STATE (-5)   /* deserialize: not what serialize wrote */

/* Element types. Kernels exist for F32 and, if the author likes, F64; the core converts
 * the narrower ones inside the tile. */
#define OPTREG_F32 1u
#define OPTREG_F64 2u
#define OPTREG_F16 3u
#define OPTREG_BF16 4u

/* Granularity: what one call of update_step must see. */
#define OPTREG_ELEMENT 1u /* any span; the core may cut, thread and fuse */
#define OPTREG_TENSOR 2u  /* the whole tensor, with its dims */

/* Type of a hyperparameter. Its value reaches the plugin as a double: an integer up to
 * 2^53 exactly, a boolean as 0 or 1, a choice as its index. */
#define OPTREG_REAL 1u
#define OPTREG_INTEGER 2u
#define OPTREG_BOOLEAN 3u
#define OPTREG_CHOICE 4u

/* Flags of a hyperparameter. */
#define OPTREG_MINIMUM_OPEN 1u /* the minimum itself is not permitted */
#define OPTREG_MAXIMUM_OPEN 2u
#define OPTREG_SCHEDULABLE 4u /* may change from step to step */
#define OPTREG_PER_GROUP 8u   /* may differ between groups of parameters */

/* Flags of an optimizer. */
/* a gradient whose square overflows is as bad as infinity */
#define OPTREG_SQUARES_GRADIENT 1u
#define OPTREG_MOVES_WITHOUT_GRADIENT 2u /* even at rest, e.g. a decay of its own */
/* update_step reads neither dims nor offset, so that small tensors of one group may
 * come together as one span */
#define OPTREG_IGNORES_PLACE 4u
/* an element's update follows from where it stands in its tensor too, e.g. noise drawn
 * from its index */
#define OPTREG_DEPENDS_ON_PLACE 8u
/* small differences grow, e.g. in the eigenvectors of a matrix of low rank, so that f32
 * and f64 may part */
#define OPTREG_DEPENDS_ON_PATH 16u

/* Scope of a slot or a reduction. */
#define OPTREG_PER_ELEMENT 1u /* a tensor of the kernel's type, in the shape below */
#define OPTREG_PER_TENSOR 2u  /* one double for each tensor */
#define OPTREG_PER_GROUPS 3u  /* one double for each group and kernel type */
#define OPTREG_PER_MODEL 4u   /* one double */

/* What a slot holds before the first step. */
#define OPTREG_INIT_ZERO 0u
#define OPTREG_INIT_CONSTANT 1u       /* init_value */
#define OPTREG_INIT_HYPERPARAMETER 2u /* the value of the row that init_from names */
/* a copy of the parameter; element scope, full shape. It is copied again when the
 * application says that it wrote to the parameter, until an update has used it */
#define OPTREG_INIT_PARAMETER 3u

/* Flags of a slot. */
#define OPTREG_TRANSIENT 1u    /* scratch: need not survive the step, never saved */
#define OPTREG_NON_NEGATIVE 2u /* no sign to keep when it is stored in few bits */

/* How far a slot's largest |s| can grow in a step, at most one of these, element scope
 * only. g is the largest |gradient|, r the largest learning rate, 1 at least. The core
 * then refuses the step that would make the state infinite, before anything is written,
 * at no cost in other steps. A slot that promises nothing is looked at behind every
 * step instead, while it is in the cache: an overflow is found when it has happened,
 * and the optimizer is broken. A promise that does not hold lets an overflow pass. A
 * slot with OPTREG_TRANSIENT promises nothing, and is not looked at. */
#define OPTREG_AVERAGES_GRADIENTS 4u /* s' <= max(s, g) */
#define OPTREG_SUMS_GRADIENTS 8u     /* s' <= s + g r, as momentum does */
#define OPTREG_AVERAGES_SQUARES 16u  /* s' <= max(s, g²) */
#define OPTREG_SUMS_SQUARES 32u      /* s' <= s + g² */
/* s' <= 2 s + 2^32 max(1, g) r: sums of normalised steps */
#define OPTREG_GROWS_SLOWLY 64u
#define OPTREG_GROWTH 124u           /* all of them */

/* Shape of an element-scope slot, relative to a parameter of shape [..., rows,
 * columns]. */
#define OPTREG_SHAPE_FULL 0u
#define OPTREG_SHAPE_WITHOUT_LAST 1u        /* [..., rows] */
#define OPTREG_SHAPE_WITHOUT_SECOND_LAST 2u /* [..., columns] */
#define OPTREG_SHAPE_ROWS_ROWS 3u           /* [..., rows, rows] */
#define OPTREG_SHAPE_COLUMNS_COLUMNS 4u     /* [..., columns, columns] */
#define OPTREG_SHAPE_SCALAR 5u              /* [] */
#define OPTREG_SHAPE_ABSENT 6u              /* span->slot[i] is NULL */

/* How a reduction combines its values. */
#define OPTREG_SUM 0u
#define OPTREG_MAX 1u /* of values that are not negative: lanes begin at 0 */

/* SIMD level that a kernel was compiled for. */
#define OPTREG_LEVEL_BASELINE 0u
#define OPTREG_LEVEL_X86_64_V3 3u /* AVX2 */
#define OPTREG_LEVEL_X86_64_V4 4u /* AVX-512 F, BW, CD, DQ, VL */

/* Level of a message to the host's log. */
#define OPTREG_LOG_DEBUG 0u
#define OPTREG_LOG_INFO 1u
#define OPTREG_LOG_WARNING 2u

/* Reductions add element i of a tensor to lane i mod OPTREG_LANES. */
#define OPTREG_LANES 16u

/* ---- rows ---- */

/* Rows in the plugin's memory. Frozen. */
typedef struct optreg_table {
  const void *rows;
  uint32_t count, stride;
} optreg_table;

typedef struct optreg_hyperparameter {
  const char *name;    /* ^[a-z][a-z0-9_]{0,62}$, the YAML key; not a reserved key */
  const char *doc;     /* one line: what it is, in the paper's terms */
  const char *choices; /* CHOICE: "first|second|third"; else NULL */
  const char *needs;   /* a row that must be non-zero for this one to matter, or NULL */
  double default_value, minimum, maximum; /* INFINITY for no limit */
  uint32_t type, flags;
} optreg_hyperparameter;

typedef struct optreg_slot {
  const char *name;      /* its role in checkpoints; as above */
  const char *doc;       /* one line */
  const char *needs; /* the slot exists only where this row is non-zero or scheduled */
  const char *init_from; /* INIT_HYPERPARAMETER: the row's name */
  double init_value;     /* INIT_CONSTANT */
  uint32_t scope, init, flags, reserved;
} optreg_slot;

/* A value that must be known before the update, e.g. a norm for a trust ratio. A phase
 * is one read-only pass over the gradients; phases run in order, and a later phase sees
 * the results of the earlier ones. */
typedef struct optreg_reduction {
  const char *name, *doc;
  uint32_t scope; /* OPTREG_PER_TENSOR or OPTREG_PER_MODEL */
  uint32_t op, phase, reserved;
} optreg_reduction;

/* What the optimizer does to one tensor. Most optimizers have one variant and no table.
 */
typedef struct optreg_variant {
  const char *name, *doc;
  uint32_t granularity, flags;
} optreg_variant;

/* ---- what a call sees ---- */

/* A run of n consecutive elements of one tensor. Buffers never overlap and are aligned
 * to their element type only. grad is what the update shall use: unscaled, accumulated,
 * clipped; finite unless the user asked to propagate non-finite values. It may be
 * written to by nobody. */
typedef struct optreg_span {
  uint64_t struct_size;
  size_t n;                     /* ELEMENT: 1 to 65,536; TENSOR: the whole tensor, whose
                                   size need not fit 32 bits */
  void *param;                  /* read and written in update_step and finalize */
  const void *grad;             /* NULL in finalize */
  void *const *slot; /* one per slot row; NULL where absent; see the scopes */
  const double
      *hyperparameter;  /* one per hyperparameter row, of this group, at this step */
  const double *scalar; /* n_scalars values from begin_step, of this group; finite
                           also in dtype */
  const double *reduction;      /* one per reduction row; finished phases only */
  const uint64_t *dims;         /* shape of the whole tensor; NULL: several together */
  uint64_t offset;              /* index of the span's first element in its tensor */
  uint32_t ndim, dtype, variant, reserved;
} optreg_span;

/* One step of one group and kernel type. */
typedef struct optreg_step {
  uint64_t struct_size;
  uint64_t step;                /* 1 for the first update */
  const double *hyperparameter; /* as in the span */
  double *const *slot; /* group- and model-scope slots, writable; others NULL */
  uint32_t group, dtype;
  uint32_t is_first; /* 1 in the first call of a step: the one to advance model slots */
  uint32_t reserved;
} optreg_step;

typedef struct optreg_tensor {
  uint64_t struct_size;
  const char *name;
  const uint64_t *dims;
  const double *hyperparameter;
  uint32_t ndim, dtype, group, reserved;
} optreg_tensor;

/* What build_tensor decides; preset to variant 0 and the rows' own rule. */
typedef struct optreg_layout {
  uint64_t struct_size;
  uint32_t *slot_shape; /* one OPTREG_SHAPE_* per slot row; element scope only */
  uint32_t n_slots, variant;
} optreg_layout;

/* Bytes to or from a checkpoint. Returns OPTREG_OK or an error to pass on. Frozen. */
typedef struct optreg_stream {
  void *context;
  int32_t (*transfer)(void *context, void *data, size_t size);
} optreg_stream;

/* What the core offers. Owned by the core, valid until release returns. */
typedef struct optreg_host {
  uint64_t struct_size;
  uint32_t abi_major, abi_minor;
  void *context; /* first argument of every function below */
  void (*log)(void *context, uint32_t level, const char *message);          /* [any] */
  int32_t (*fail)(void *context, int32_t code, const char *message);        /* [any] */
  void *(*alloc)(void *context, size_t size, size_t alignment);             /* [excl] */
  void (*free)(void *context, void *memory);                                /* [excl] */
  int32_t (*parallel_for)(void *context, size_t n,
                          int32_t (*body)(void *argument, size_t index),
                          void *argument);                                  /* [any] */
  const void *(*get_extension)(void *context, const char *id);              /* [excl] */
} optreg_host;
/* fail keeps the message for the user and returns the code. alloc returns NULL when
 * memory is out, and may not be called in update_step. parallel_for returns the status
 * of the lowest index that failed. get_extension returns NULL for an unknown
 * "name/revision". */

/* ---- the optimizer ---- */

/* Every call has 64 KiB of stack for sure, whatever the size of the tensor; scratch
 * that grows with it is a slot with OPTREG_TRANSIENT.
 *
 * A kernel for one (variant, dtype, SIMD level). ELEMENT variants set update_step,
 * TENSOR variants update_tensor. Where reductions are declared, ELEMENT kernels set
 * `reduce`; TENSOR kernels may sum for themselves. Levels are optional: the core takes
 * the highest one that the machine runs.
 *
 * update_step: one update of one span, in place; cannot fail. [conc] [no allocation]
 * update_tensor: the same for a whole tensor; an error stops the step and marks the
 *   optimizer broken until a checkpoint is loaded. [conc] [no allocation]
 * reduce: add the span to the reductions of `phase`; writes lanes[r][0..15] only, where
 *   r is the row. Spans begin at a multiple of OPTREG_LANES. [conc] [no allocation] */
typedef struct optreg_kernel {
  uint32_t variant, dtype, level, flags;
  void (*update_step)(const void *self, const optreg_span *span);
  int32_t (*update_tensor)(const void *self, const optreg_span *span);
  void (*reduce)(const void *self, const optreg_span *span, uint32_t phase,
                 double *const *lanes);
} optreg_kernel;

typedef struct optreg_optimizer_class {
  uint64_t struct_size;
  const char *name;    /* ^[a-z][a-z0-9_]{0,62}$, equal to the file's stem */
  const char *version; /* of the plugin */
  const char *license; /* SPDX identifier */
  const char *doc;     /* one line */
  const char *reference;   /* the paper or implementation that is followed, or NULL */
  uint32_t granularity;    /* of variant 0 when there is no table of variants */
  uint32_t state_version;  /* of slots and blob; raise it when their meaning changes */
  uint32_t n_scalars;      /* values that begin_step writes */
  uint32_t flags;          /* OPTREG_SQUARES_GRADIENT and friends */
  double weight_decay; /* default of the weight_decay option; 0 for none */
  optreg_table hyperparameters, slots, kernels;
  optreg_table variants, reductions; /* may be empty */

  /* Make an instance; *self is preset to NULL, which is a valid instance.
   * `hyperparameter` holds the values outside groups. NULL: no instance is needed.
   * [excl] */
  int32_t (*build)(const optreg_host *host, const double *hyperparameter, void **self);

  /* Choose variant and slot shapes for a tensor. NULL: variant 0, full shapes. [excl]
   */
  int32_t (*build_tensor)(const void *self, const optreg_tensor *tensor,
                          optreg_layout *layout);

  /* Once per step, group and kernel type, when it is all but certain that the step will
   * be taken: write n_scalars scalars, advance group and model slots. A failure, a
   * scalar that is not finite in step->dtype, a slot that is then not finite, or an
   * update that would make state overflow refuse the step, and those slots are
   * restored. [excl] */
  int32_t (*begin_step)(const void *self, const optreg_step *step, double *scalar);

  /* Turn the parameter into the weights to deploy; slots are read only. NULL: it is
   * those already. Called for spans as update_step is, on copies of the parameter,
   * whenever somebody looks at the weights to deploy; never twice on the same copy.
   * hyperparameter holds the values of the last update; scalar and reduction are not to
   * be read. A failure leaves everything as it was. When training goes on from the
   * deployed weights, the core has written them to the parameter and again to the slots
   * that begin as its copy (OPTREG_INIT_PARAMETER); other slots stand as they are.
   * [conc] */
  int32_t (*finalize)(const void *self, const optreg_span *span);

  /* What slots cannot hold. NULL: nothing. deserialize may get any bytes, with the
   * state_version that wrote them: the plugin's, or an older one to convert or to
   * refuse with OPTREG_UNSUPPORTED. [excl] */
  int32_t (*serialize)(const void *self, const optreg_stream *out);
  int32_t (*deserialize)(void *self, uint32_t state_version, const optreg_stream *in);

  /* Free the instance. NULL: nothing to free. [excl] */
  void (*release)(void *self);
} optreg_optimizer_class;

/* The exported data symbol. Frozen up to and including `layout`, for every major. */
typedef struct optreg_plugin {
  char magic[8];
  uint32_t abi_major, needs_minor, built_minor, layout;
  uint64_t struct_size;
  uint64_t n_optimizers;
  const optreg_optimizer_class *const *optimizers;
  const char *flavor; /* "optreg"; a fork with private changes uses another word */
} optreg_plugin;

#define OPTREG_MAGIC { 'O', 'P', 'T', 'R', 'E', 'G', '\r', '\n' }
#define OPTREG_FLAVOR "optreg"

/* ---- layout ---- */

typedef struct optreg_alignment {
  char before_double;
  double a_double;
  char before_uint64;
  uint64_t a_uint64;
} optreg_alignment;

/* A hash of where each field of minor 0 stands, of every struct above. Differs when a
 * compiler or a private fork lays one out differently; a field that is appended is not
 * in it, so it stays the same for all minors. A constant expression. */
#define OPTREG_LAYOUT                                                                  \
  (OPTREG_LAYOUT_OF_MACHINE_ ^ OPTREG_LAYOUT_OF_ROWS_ ^ OPTREG_LAYOUT_OF_CALLS_ ^      \
   OPTREG_LAYOUT_OF_PLUGIN_)

#define OPTREG_LAYOUT_OF_MACHINE_                               \
  ((uint32_t)(sizeof(void *) | sizeof(size_t) << 4 |            \
              offsetof(optreg_alignment, a_double) << 8 |       \
              offsetof(optreg_alignment, a_uint64) << 12))
#define OPTREG_LAYOUT_OF_ROWS_                                                        \
  (OPTREG_FIELDS_3_(1u, optreg_table, rows, count, stride)                            \
   ^ OPTREG_FIELDS_1_(OPTREG_FIELDS_8_(2u, optreg_hyperparameter, name, doc, choices, \
                                       needs, default_value, minimum, maximum, type), \
                      optreg_hyperparameter, flags)                                   \
   ^ OPTREG_FIELDS_1_(OPTREG_FIELDS_8_(3u, optreg_slot, name, doc, needs, init_from,  \
                                       init_value, scope, init, flags),               \
                      optreg_slot, reserved)                                          \
   ^ OPTREG_FIELDS_3_(OPTREG_FIELDS_3_(4u, optreg_reduction, name, doc, scope),       \
                      optreg_reduction, op, phase, reserved)                          \
   ^ OPTREG_FIELDS_4_(5u, optreg_variant, name, doc, granularity, flags)              \
   ^ OPTREG_FIELDS_3_(                                                                \
       OPTREG_FIELDS_4_(6u, optreg_kernel, variant, dtype, level, flags),             \
       optreg_kernel, update_step, update_tensor, reduce))
#define OPTREG_LAYOUT_OF_CALLS_                                                        \
  (OPTREG_FIELDS_3_(                                                                   \
       OPTREG_FIELDS_3_(OPTREG_FIELDS_8_(7u, optreg_span, struct_size, n, param, grad, \
                                         slot, hyperparameter, scalar, reduction),     \
                        optreg_span, dims, offset, ndim),                              \
       optreg_span, dtype, variant, reserved)                                          \
   ^ OPTREG_FIELDS_8_(8u, optreg_step, struct_size, step, hyperparameter, slot, group, \
                      dtype, is_first, reserved)                                       \
   ^ OPTREG_FIELDS_8_(9u, optreg_tensor, struct_size, name, dims, hyperparameter,      \
                      ndim, dtype, group, reserved)                                    \
   ^ OPTREG_FIELDS_4_(10u, optreg_layout, struct_size, slot_shape, n_slots, variant)   \
   ^ OPTREG_FIELDS_2_(11u, optreg_stream, context, transfer)                           \
   ^ OPTREG_FIELDS_2_(OPTREG_FIELDS_8_(12u, optreg_host, struct_size, abi_major,       \
                                       abi_minor, context, log, fail, alloc, free),    \
                      optreg_host, parallel_for, get_extension))
#define OPTREG_LAYOUT_OF_PLUGIN_                                                       \
  (OPTREG_FIELDS_3_(                                                                   \
       OPTREG_FIELDS_4_(                                                               \
           OPTREG_FIELDS_8_(OPTREG_FIELDS_8_(13u, optreg_optimizer_class, struct_size, \
                                             name, version, license, doc, reference,   \
                                             granularity, state_version),              \
                            optreg_optimizer_class, n_scalars, flags, weight_decay,    \
                            hyperparameters, slots, kernels, variants, reductions),    \
           optreg_optimizer_class, build, build_tensor, begin_step, finalize),         \
       optreg_optimizer_class, serialize, deserialize, release)                        \
   ^ OPTREG_FIELDS_1_(OPTREG_FIELDS_8_(14u, optreg_plugin, magic, abi_major,           \
                                       needs_minor, built_minor, layout, struct_size,  \
                                       n_optimizers, optimizers),                      \
                      optreg_plugin, flavor))

/* FNV-1a of the offsets of fields, going on from `hash` */
#define OPTREG_FIELDS_1_(hash, type, a) \
  (((hash) ^ (uint32_t)offsetof(type, a)) * 16777619u)
#define OPTREG_FIELDS_2_(hash, type, a, b) \
  OPTREG_FIELDS_1_(OPTREG_FIELDS_1_(hash, type, a), type, b)
#define OPTREG_FIELDS_3_(hash, type, a, b, c) \
  OPTREG_FIELDS_1_(OPTREG_FIELDS_2_(hash, type, a, b), type, c)
#define OPTREG_FIELDS_4_(hash, type, a, b, c, d) \
  OPTREG_FIELDS_1_(OPTREG_FIELDS_3_(hash, type, a, b, c), type, d)
#define OPTREG_FIELDS_8_(hash, type, a, b, c, d, e, f, g, h) \
  OPTREG_FIELDS_4_(OPTREG_FIELDS_4_(hash, type, a, b, c, d), type, e, f, g, h)

OPTREG_ASSERT(sizeof(float) == 4 && sizeof(double) == 8, "IEEE 754 types are needed");
#if UINTPTR_MAX == UINT64_MAX
OPTREG_ASSERT(sizeof(optreg_table) == 16, "frozen");
OPTREG_ASSERT(sizeof(optreg_hyperparameter) == 64, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_slot) == 56, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_reduction) == 32, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_variant) == 24, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_span) == 96, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_step) == 48, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_tensor) == 48, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_layout) == 24, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_host) == 72, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_kernel) == 40, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_optimizer_class) == 208, "no implicit padding");
OPTREG_ASSERT(sizeof(optreg_plugin) == 56, "no implicit padding");
#endif

/* ---- writing tables ---- */

#define OPTREG_TABLE(array)                                  \
  {                                                          \
    (array), (uint32_t)(sizeof(array) / sizeof((array)[0])), \
        (uint32_t)sizeof((array)[0])                         \
  }
#define OPTREG_NO_TABLE { NULL, 0, 0 }

/* One hyperparameter row; `flags` are OPTREG_SCHEDULABLE and friends. */
#define OPTREG_REAL_ROW(name, default_value, minimum, maximum, flags, doc) \
  { name, doc, NULL, NULL, default_value, minimum, maximum, OPTREG_REAL, flags }
#define OPTREG_INTEGER_ROW(name, default_value, minimum, maximum, flags, doc) \
  { name, doc, NULL, NULL, default_value, minimum, maximum, OPTREG_INTEGER, flags }
#define OPTREG_BOOLEAN_ROW(name, default_value, needs, flags, doc) \
  { name, doc, NULL, needs, default_value, 0, 1, OPTREG_BOOLEAN, flags }
#define OPTREG_CHOICE_ROW(name, default_index, choices, needs, flags, doc) \
  { name, doc, choices, needs, default_index, 0, 255, OPTREG_CHOICE, flags }

/* One element-scope slot that starts at zero; `needs` is a row's name or NULL. */
#define OPTREG_ELEMENT_SLOT(name, needs, flags, doc) \
  { name, doc, needs, NULL, 0.0, OPTREG_PER_ELEMENT, OPTREG_INIT_ZERO, flags, 0 }

/* The first field of an optreg_optimizer_class. */
#define OPTREG_OPTIMIZER sizeof(optreg_optimizer_class)

/* Export the plugin: OPTREG_PLUGIN(&sgd) at the end of the file. */
#define OPTREG_PLUGIN(...)                                                            \
  static const optreg_optimizer_class *const optreg_optimizers_[] = { __VA_ARGS__ }; \
  OPTREG_EXTERN OPTREG_EXPORT const optreg_plugin OPTREG_ENTRY;                       \
  const optreg_plugin OPTREG_ENTRY = {                                                \
    OPTREG_MAGIC,                                                                     \
    OPTREG_ABI_MAJOR,                                                                 \
    OPTREG_NEEDS_MINOR,                                                               \
    OPTREG_ABI_MINOR,                                                                 \
    OPTREG_LAYOUT,                                                                    \
    sizeof(optreg_plugin),                                                            \
    sizeof(optreg_optimizers_) / sizeof(optreg_optimizers_[0]),                       \
    optreg_optimizers_,                                                               \
    OPTREG_FLAVOR                                                                     \
  }

/* ---- writing kernels ---- */

/* The body after each of these macros is compiled once per SIMD level; its loops are
 * plain C. In the body `self` and `span` are the arguments above; in a reduction also
 * `phase` and `lanes`. A tensor kernel returns a status. The macros with REAL make
 * update_f32 and update_f64 of one body, in which `real` is float or double.
 *
 *   OPTREG_KERNEL(update)             { for (size_t i = 0; i < span->n; i++) ... }
 *   OPTREG_REAL_KERNEL(update, { real *p = span->param; ... OPTREG_SQRT(x) ... })
 *   OPTREG_TENSOR_KERNEL(orthogonal)  { ... return OPTREG_OK; }
 *   OPTREG_REDUCTION(norms)
 *     { OPTREG_ACCUMULATE(lanes[0], span->n, i, (double)g[i] * g[i]); }
 */
#define OPTREG_KERNEL(name) \
  OPTREG_FUNCTION(void, , name, (OPTREG_KERNEL_PARAMETERS), (self, span))
#define OPTREG_REAL_KERNEL(name, ...)                                                 \
  OPTREG_KERNEL(name##_f32) { typedef float real; __VA_ARGS__ }                       \
  OPTREG_KERNEL(name##_f64) { typedef double real; __VA_ARGS__ }
#define OPTREG_TENSOR_KERNEL(name) \
  OPTREG_FUNCTION(int32_t, return, name, (OPTREG_KERNEL_PARAMETERS), (self, span))
#define OPTREG_REAL_TENSOR_KERNEL(name, ...)                                          \
  OPTREG_TENSOR_KERNEL(name##_f32) { typedef float real; __VA_ARGS__ }                \
  OPTREG_TENSOR_KERNEL(name##_f64) { typedef double real; __VA_ARGS__ }
#define OPTREG_REDUCTION(name)                                                      \
  OPTREG_FUNCTION(void, , name,                                                     \
                  (OPTREG_KERNEL_PARAMETERS, uint32_t phase OPTREG_UNUSED,          \
                   double *const *lanes),                                           \
                  (self, span, phase, lanes))

/* Rows of a kernel table, one per SIMD level. */
#define OPTREG_KERNEL_ROWS(variant, dtype, update) \
  OPTREG_LEVELS(OPTREG_ELEMENT_ROW_, variant, dtype, update)
#define OPTREG_REAL_KERNEL_ROWS(variant, update)                                      \
  OPTREG_KERNEL_ROWS(variant, OPTREG_F32, update##_f32),                              \
    OPTREG_KERNEL_ROWS(variant, OPTREG_F64, update##_f64)
#define OPTREG_REDUCING_KERNEL_ROWS(variant, dtype, update, reduce) \
  OPTREG_LEVELS(OPTREG_REDUCING_ROW_, variant, dtype, update, reduce)
#define OPTREG_TENSOR_KERNEL_ROWS(variant, dtype, update) \
  OPTREG_LEVELS(OPTREG_TENSOR_ROW_, variant, dtype, update)
#define OPTREG_REAL_TENSOR_KERNEL_ROWS(variant, update)                               \
  OPTREG_TENSOR_KERNEL_ROWS(variant, OPTREG_F32, update##_f32),                       \
    OPTREG_TENSOR_KERNEL_ROWS(variant, OPTREG_F64, update##_f64)

/* The square root in the type `real`. */
#define OPTREG_SQRT(x) \
  ((real)(sizeof(real) == sizeof(float) ? __builtin_sqrtf((float)(x)) \
                                        : __builtin_sqrt((double)(x))))

/* lane[i mod 16] += value for i = 0..n-1, each lane in index order and in double: the
 * one shape of a sum that does not depend on SIMD width or on how a tensor is cut. */
#define OPTREG_ACCUMULATE(lane, n, i, value)                                          \
  do {                                                                                \
    const size_t optreg_whole_ = (n) - (n) % OPTREG_LANES;                            \
    for (size_t optreg_row_ = 0; optreg_row_ < optreg_whole_;                         \
         optreg_row_ += OPTREG_LANES) {                                               \
      for (size_t optreg_lane_ = 0; optreg_lane_ < OPTREG_LANES; optreg_lane_++) {    \
        const size_t i = optreg_row_ + optreg_lane_;                                  \
        (lane)[optreg_lane_] += (double)(value);                                      \
      }                                                                               \
    }                                                                                 \
    for (size_t i = optreg_whole_; i < (n); i++) {                                    \
      (lane)[i - optreg_whole_] += (double)(value);                                   \
    }                                                                                 \
  } while (0)

/* base to a whole power by repeated multiplication: the same bits on every machine,
 * which pow() of the C library does not promise. */
OPTREG_INLINE double
optreg_power(double base, uint64_t exponent)
{
  double result = 1.0;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1u) {
      result *= base;
    }
    base *= base;
  }
  return result;
}

/* How the macros above work. OPTREG_FUNCTION(type, return_, name, parameters,
 * arguments) { body } makes name_baseline, name_v3 and name_v4 from one body;
 * OPTREG_LEVELS lists them. FMA is left out of the levels: nothing here may contract.
 */
#define OPTREG_KERNEL_PARAMETERS \
  const void *self OPTREG_UNUSED, const optreg_span *span OPTREG_UNUSED

#if defined(__x86_64__) && defined(__GNUC__) && !defined(OPTREG_BASELINE_ONLY)
#define OPTREG_V3_FEATURES "avx2,bmi,bmi2,f16c,lzcnt,movbe,popcnt"
#define OPTREG_V4_FEATURES \
  OPTREG_V3_FEATURES ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
#define OPTREG_V3 __attribute__((target(OPTREG_V3_FEATURES)))
#define OPTREG_V4 __attribute__((target(OPTREG_V4_FEATURES)))
#define OPTREG_FUNCTION(type, return_, name, parameters, arguments)             \
  OPTREG_INLINE type name parameters;                                           \
  OPTREG_UNUSED static type name##_baseline parameters { return_ name arguments; } \
  OPTREG_V3 OPTREG_UNUSED static type name##_v3 parameters { return_ name arguments; } \
  OPTREG_V4 OPTREG_UNUSED static type name##_v4 parameters { return_ name arguments; } \
  OPTREG_INLINE type name parameters
#define OPTREG_LEVELS(row, ...)                      \
  row(OPTREG_LEVEL_X86_64_V4, _v4, __VA_ARGS__),     \
    row(OPTREG_LEVEL_X86_64_V3, _v3, __VA_ARGS__),   \
    row(OPTREG_LEVEL_BASELINE, _baseline, __VA_ARGS__)
#else
#define OPTREG_FUNCTION(type, return_, name, parameters, arguments)             \
  OPTREG_INLINE type name parameters;                                           \
  OPTREG_UNUSED static type name##_baseline parameters { return_ name arguments; } \
  OPTREG_INLINE type name parameters
#define OPTREG_LEVELS(row, ...) row(OPTREG_LEVEL_BASELINE, _baseline, __VA_ARGS__)
#endif

#define OPTREG_ELEMENT_ROW_(level, suffix, variant, dtype, update) \
  { variant, dtype, level, 0, update##suffix, NULL, NULL }
#define OPTREG_REDUCING_ROW_(level, suffix, variant, dtype, update, reduce) \
  { variant, dtype, level, 0, update##suffix, NULL, reduce##suffix }
#define OPTREG_TENSOR_ROW_(level, suffix, variant, dtype, update) \
  { variant, dtype, level, 0, NULL, update##suffix, NULL }

#ifdef __cplusplus
}
#endif

#endif

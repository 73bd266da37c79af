/* SPDX-License-Identifier: MIT */
/* How far the state is from overflow.
 *
 * A slot's flags say how far it can grow in a step, given the largest gradient, which
 * the guard has found anyway. So a bound for each row of slots is carried from step to
 * step by a few operations. Where a bound passes a limit, the state is looked at, which
 * makes the bound exact again. Where that does not help, the step is tried on copies,
 * tile by tile, before it is taken. */
#include "running/engine_private.h"

#include <math.h>
#include <string.h>

/* bounds of state, and of a gradient times its rate, below which nothing overflows */
static const struct {
  double state, update, largest;
} limits[] = {
  [OPTREG_TYPE_F32] = { 0x1p124, 0x1p60, 0x1.fffffep+127 },
  [OPTREG_TYPE_F64] = { 0x1p1020, 0x1p500, 0x1.fffffffffffffp+1023 },
};

#define USUAL 0x1p30 /* gradients up to here are not looked at by tensor */
#define ROUNDED_UP (1.0 + 0x1p-20) /* more than all rounding of a kernel */
#define MOST_BY_ITSELF 0x1p32 /* what OPTREG_GROWS_SLOWLY adds in units of the rest */

/* what is known of a step before it is taken */
typedef struct Outlook {
  double gradient[OPTREG_N_TYPES]; /* the largest, after clipping */
  double rate;                     /* the largest of any group, 1 at least */
} Outlook;

static double
grown(uint32_t flags, double bound, double gradient, double rate)
{
  switch (flags & OPTREG_GROWTH) {
  case OPTREG_AVERAGES_GRADIENTS:
    return fmax(bound, gradient);
  case OPTREG_SUMS_GRADIENTS:
    return bound + gradient * rate;
  case OPTREG_AVERAGES_SQUARES:
    return fmax(bound, gradient * gradient);
  case OPTREG_SUMS_SQUARES:
    return bound + gradient * gradient;
  default:
    return 2.0 * bound + MOST_BY_ITSELF * fmax(1.0, gradient) * rate;
  }
}

/* ---- the outlook ---- */

/* of one chunk after clipping, 0 where no optimizer gets it */
static double
bound_of_chunk(const OptregEngine *engine, size_t i)
{
  const OptregTensor *tensor = engine->worklist.chunks[i].tensor;
  const double bound = optreg_clip_bound(engine->chain->wrappers[OPTREG_LINK_CLIP],
                                         tensor,
                                         optreg_tree_magnitude(&engine->tree, i));

  return tensor->is_overwritten ? 0.0 : isnan(bound) ? INFINITY : bound;
}

static Outlook
look_ahead(const OptregEngine *engine)
{
  const double largest = engine->headroom.gradient;
  Outlook outlook = { { 0.0 }, 1.0 };

  for (size_t i = 0; i < engine->config->n_groups; i++) {
    outlook.rate = fmax(outlook.rate, engine->learning_rates[i]);
  }
  if (largest <= USUAL) {
    outlook.gradient[OPTREG_TYPE_F32] = outlook.gradient[OPTREG_TYPE_F64] = largest;
    return outlook;
  }
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    double *gradient = &outlook.gradient[engine->worklist.chunks[i].tensor->type];
    *gradient = fmax(*gradient, bound_of_chunk(engine, i));
  }
  return outlook;
}

/* ---- bounds ---- */

/* `row` of one of the optimizers */
static double *
bound_at(const OptregEngine *engine, const OptregInstance *instance, size_t type,
         size_t row)
{
  return &engine->headroom.bounds[type * engine->instances.n_slots
                                  + optreg_instance_first_slot(instance) + row];
}

/* false where something might overflow */
static bool
advance_slots(OptregEngine *engine, const OptregInstance *instance, size_t type,
              const Outlook *outlook)
{
  const OptregDescriptor *descriptor = optreg_instance_descriptor(instance);
  bool is_enough = true;

  for (size_t row = 0; row < descriptor->n_slots; row++) {
    const uint32_t flags = descriptor->slots[row].flags;
    double *bound = bound_at(engine, instance, type, row);
    if ((flags & OPTREG_GROWTH) != 0) {
      *bound = grown(flags, *bound, outlook->gradient[type], outlook->rate)
               * ROUNDED_UP;
      is_enough &= *bound <= limits[type].state;
    }
  }
  return is_enough;
}

static bool
advance_bounds(OptregEngine *engine, const Outlook *outlook)
{
  bool is_enough = true;

  for (size_t type = 0; type < OPTREG_N_TYPES; type++) {
    is_enough &= outlook->gradient[type] * outlook->rate <= limits[type].update;
    for (size_t i = 0; i < engine->instances.n; i++) {
      is_enough &= advance_slots(engine, engine->instances.items[i], type, outlook);
    }
  }
  return is_enough;
}

/* ---- looking at the state ---- */

static const OptregStateTensor *
state_at(const OptregEngine *engine, size_t i)
{
  return &g_array_index(engine->chain->builder.states, OptregStateTensor, i);
}

static bool
has_growth(const OptregStateTensor *state)
{
  return state->row != NULL && (state->row->flags & OPTREG_GROWTH) != 0;
}

#define LARGEST(name, real)                   \
  static double name(const real *x, size_t n) \
  {                                           \
    real largest = 0;                         \
    for (size_t i = 0; i < n; i++) {          \
      const real y = x[i] < 0 ? -x[i] : x[i]; \
      largest = y > largest ? y : largest;    \
    }                                         \
    return (double)largest;                   \
  }

LARGEST(largest_f32, float)
LARGEST(largest_f64, double)

static void
measure_state(void *argument, size_t i, size_t worker)
{
  OptregEngine *engine = argument;
  const OptregStateTensor *state = state_at(engine, i);

  (void)worker;
  engine->headroom.largest[i] = !has_growth(state) ? 0.0
                                : engine->tensors[state->tensor].type == OPTREG_TYPE_F32
                                    ? largest_f32(*state->data, (size_t)state->n)
                                    : largest_f64(*state->data, (size_t)state->n);
}

static void
measure_all(OptregEngine *engine)
{
  const size_t n = engine->chain->builder.states->len;

  optreg_executor_run(engine->executor, n, measure_state, engine);
  memset(engine->headroom.bounds, 0,
         OPTREG_N_TYPES * engine->instances.n_slots * sizeof(double));
  for (size_t i = 0; i < n; i++) {
    const OptregStateTensor *state = state_at(engine, i);
    if (has_growth(state)) {
      const OptregTensor *tensor = &engine->tensors[state->tensor];
      const OptregInstance *instance = optreg_instances_of(&engine->instances, tensor);
      const optreg_slot *first = optreg_instance_descriptor(instance)->slots;
      double *bound =
          bound_at(engine, instance, tensor->type, (size_t)(state->row - first));
      *bound = fmax(*bound, engine->headroom.largest[i]);
    }
  }
  engine->headroom.is_known = true;
}

bool
optreg_engine_has_headroom(OptregEngine *engine)
{
  if (!optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD])) {
    return true;
  }
  const Outlook outlook = look_ahead(engine);
  if (engine->headroom.is_known && advance_bounds(engine, &outlook)) {
    return true;
  }
  measure_all(engine);
  return advance_bounds(engine, &outlook);
}

/* ---- trying the step ---- */

static bool
note(OptregEngine *engine, size_t tensor, const char *role, uint64_t index)
{
  engine->report.nonfinite_parameter = engine->tensors[tensor].name;
  engine->report.nonfinite_index = index;
  engine->headroom.role = role;
  return false;
}

/* copies of a whole tensor's state would take as much memory: its bound decides */
static bool
has_room_for_whole_tensors(OptregEngine *engine)
{
  const Outlook outlook = look_ahead(engine);

  memset(engine->per_tensor, 0, engine->n_tensors * sizeof(double));
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    engine->per_tensor[engine->worklist.chunks[i].tensor->index] =
        bound_of_chunk(engine, i);
  }
  for (size_t i = 0; i < engine->chain->builder.states->len; i++) {
    const OptregStateTensor *state = state_at(engine, i);
    const OptregTensor *tensor = &engine->tensors[state->tensor];
    if (has_growth(state) && tensor->is_whole && tensor->is_active
        && grown(state->row->flags, engine->headroom.largest[i],
                 engine->per_tensor[state->tensor], outlook.rate)
               > limits[tensor->type].largest) {
      return note(engine, state->tensor, state->role,
                  optreg_engine_find_largest(tensor, 0, tensor->n));
    }
  }
  return true;
}

/* once more for the tensor alone, to find which slot and element it is */
static bool
name_overflow(OptregEngine *engine, const OptregTensor *tensor)
{
  const char *role;
  uint64_t index;

  OptregInstance *instance = optreg_instances_of(&engine->instances, tensor);
  optreg_instance_name_overflow(instance, true);
  optreg_sweep_run_tensor(&engine->plan->sweeps[OPTREG_SWEEP_TRIAL], &engine->workspace,
                          tensor, tensor->data);
  optreg_instance_name_overflow(instance, false);
  optreg_instance_overflow(instance, &role, &index);
  return note(engine, tensor->index, role, index);
}

bool
optreg_engine_try_step(OptregEngine *engine)
{
  if (!has_room_for_whole_tensors(engine)) {
    return false;
  }
  optreg_sweep_run(&engine->plan->sweeps[OPTREG_SWEEP_TRIAL], &engine->workspace,
                   engine->executor);
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    if (isinf(optreg_tree_magnitude(&engine->tree, i))) {
      return name_overflow(engine, engine->worklist.chunks[i].tensor);
    }
  }
  return true;
}

/* ---- sums of a window ---- */

bool
optreg_engine_has_room_for_sum(OptregEngine *engine, const OptregCall *call)
{
  double *bound = &engine->headroom.sum;

  if (!optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD])) {
    return true;
  }
  *bound = engine->headroom.gradient + (call->position > 0 ? *bound : 0.0);
  return *bound * ROUNDED_UP <= limits[OPTREG_TYPE_F32].state;
}

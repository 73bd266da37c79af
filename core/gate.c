/* SPDX-License-Identifier: MIT */
/* NULL, earlier errors, and calls at the wrong time. */
#include "gate.h"

#include "error.h"
#include "optimizer.h"

bool
optreg_gate_chain(optreg_error *const *error)
{
  return error == NULL || *error == NULL;
}

bool
optreg_gate_refuse(optreg_error **error, optreg_error_code code, const char *message)
{
  return optreg_error_export(g_error_new_literal(OPTREG_ERROR, (int)code, message),
                             error);
}

static bool
is_given(const void *pointer, const char *name, const char *remedy,
         optreg_error **error)
{
  if (!optreg_gate_chain(error)) {
    return false;
  }
  return pointer != NULL
             ? true
             : optreg_error_export(g_error_new(OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                                               "%s is NULL: %s", name, remedy),
                                   error);
}

bool
optreg_gate_argument(const void *argument, const char *name, optreg_error **error)
{
  return is_given(argument, name, "this call needs it", error);
}

bool
optreg_gate_object(const void *object, const char *kind, optreg_error **error)
{
  return is_given(object, kind,
                  "look at the error of the call that should have made it", error);
}

static bool
is_broken(const optreg_optimizer *optimizer)
{
  return optimizer->engine != NULL && optimizer->engine->is_broken;
}

/* what stands in the way, or NULL */
static const char *
find_obstacle(const optreg_optimizer *optimizer, OptregNeed need)
{
  const bool is_built = optimizer->engine != NULL;

  if (is_built && optimizer->engine->is_stepping) {
    return "a step is under way: a function that it calls must not call the optimizer";
  }
  if (need == OPTREG_NEEDS_OPEN) {
    return is_built ? "the optimizer is built: this call comes before build" : NULL;
  }
  if (need != OPTREG_NEEDS_SOUND && !is_built) {
    return "the optimizer is not built: call optreg_optimizer_build first";
  }
  return need != OPTREG_NEEDS_BUILT && is_broken(optimizer)
             ? "the optimizer is broken: an earlier step failed half-way; load the "
               "last "
               "checkpoint"
             : NULL;
}

bool
optreg_gate_optimizer(const optreg_optimizer *optimizer, OptregNeed need,
                      optreg_error **error)
{
  if (!optreg_gate_object(optimizer, "the optimizer", error)) {
    return false;
  }
  const char *obstacle = find_obstacle(optimizer, need);
  return obstacle == NULL ? true
                          : optreg_gate_refuse(error, OPTREG_ERROR_STATE, obstacle);
}

bool
optreg_gate_shows_state(const optreg_optimizer *optimizer)
{
  return optimizer != NULL && optimizer->engine != NULL && !is_broken(optimizer);
}

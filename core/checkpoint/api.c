/* SPDX-License-Identifier: MIT */
/* Checkpoints in the public API. */
#include "checkpoint/checksum.h"
#include "checkpoint/inventory.h"
#include "checkpoint/load.h"
#include "checkpoint/report.h"
#include "checkpoint/save.h"
#include "error.h"
#include "gate.h"
#include "optimizer.h"
#include "running/fp_mode.h"
#include "uncancelled.h"

/* the elements of a list that may be NULL, and how many there are */
static size_t
hand_out(const GArray *list, const void **elements)
{
  if (elements != NULL) {
    *elements = list != NULL ? list->data : NULL;
  }
  return list != NULL ? list->len : 0;
}

/* ---- saving ---- */

bool
optreg_optimizer_save(const optreg_optimizer *optimizer, const char *path,
                      const optreg_save_options *options, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)
      || !optreg_gate_argument(path, "path", error)) {
    return false;
  }
  return optreg_save_to_file(optimizer->engine, &optreg_file_system, path,
                             options != NULL && options->with_parameters, &problem)
             ? true
             : optreg_error_export(problem, error);
}

void *
optreg_optimizer_save_to_memory(const optreg_optimizer *optimizer,
                                const optreg_save_options *options, size_t *size,
                                optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (size != NULL) {
    *size = 0;
  }
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_WHOLE, error)
      || !optreg_gate_argument(size, "size", error)) {
    return NULL;
  }
  void *memory = optreg_save_to_memory(
      optimizer->engine, options != NULL && options->with_parameters, size, &problem);
  optreg_error_export(problem, error);
  return memory;
}

void
optreg_memory_free(void *memory)
{
  g_free(memory);
}

/* the inventory holds the texts */
static const GArray *
list_states(optreg_optimizer *self)
{
  if (!optreg_gate_shows_state(self) || !optreg_save_prove_memory(self->engine, NULL)) {
    return NULL;
  }
  g_clear_pointer(&self->listed, g_array_unref);
  optreg_inventory_free(self->inventory);
  self->inventory = optreg_inventory_new(self->engine, false);
  if (!optreg_inventory_fetch_blobs(self->inventory, NULL)
      || !optreg_save_prove_memory(self->engine, NULL)) {
    return NULL;
  }
  self->listed = optreg_save_list(self->inventory->entries);
  return self->listed;
}

size_t
optreg_optimizer_states(const optreg_optimizer *optimizer,
                        const optreg_state_info **states)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  return hand_out(list_states((optreg_optimizer *)optimizer), (const void **)states);
}

/* ---- loading ---- */

static bool
load(optreg_optimizer *optimizer, const OptregTensorFile *file,
     const optreg_load_options *options, GError **error)
{
  static const optreg_load_options strict = { 0 };

  return optreg_load_check_format(file, error) && optreg_checksum_verify(file, error)
         && optreg_load(optimizer->engine, file, options != NULL ? options : &strict,
                        optimizer->load_report, error);
}

static void
clear_report(optreg_optimizer *optimizer)
{
  g_clear_pointer(&optimizer->load_report, g_array_unref);
  optimizer->load_report = optreg_report_new();
}

static bool
can_load(const optreg_optimizer *optimizer, const void *source, const char *name,
         const optreg_load_options *options, optreg_error **error)
{
  if (!optreg_gate_optimizer(optimizer, OPTREG_NEEDS_BUILT, error)
      || !optreg_gate_argument(source, name, error)) {
    return false;
  }
  const size_t n = options != NULL ? options->n_renames : 0;
  if (n > 0 && !optreg_gate_argument(options->renames, "renames", error)) {
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    if (!optreg_gate_argument(options->renames[i].from, "from of a rename", error)
        || !optreg_gate_argument(options->renames[i].to, "to of a rename", error)) {
      return false;
    }
  }
  return true;
}

bool
optreg_optimizer_load(optreg_optimizer *optimizer, const char *path,
                      const optreg_load_options *options, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!can_load(optimizer, path, "path", options, error)) {
    return false;
  }
  clear_report(optimizer);
  g_autoptr(OptregTensorFile) file = optreg_tensor_file_open(path, &problem);
  if (file != NULL && !load(optimizer, file, options, &problem)) {
    g_prefix_error(&problem, "%s: ", path);
  }
  return problem == NULL ? true : optreg_error_export(problem, error);
}

bool
optreg_optimizer_load_from_memory(optreg_optimizer *optimizer, const void *data,
                                  size_t size, const optreg_load_options *options,
                                  optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!can_load(optimizer, data, "data", options, error)) {
    return false;
  }
  clear_report(optimizer);
  g_autoptr(OptregTensorFile) file = optreg_tensor_file_parse(data, size, &problem);
  if (file != NULL) {
    load(optimizer, file, options, &problem);
  }
  return problem == NULL ? true : optreg_error_export(problem, error);
}

size_t
optreg_optimizer_load_report(const optreg_optimizer *optimizer,
                             const optreg_difference **differences)
{
  return hand_out(optimizer != NULL ? optimizer->load_report : NULL,
                  (const void **)differences);
}

/* ---- files ---- */

optreg_checkpoint *
optreg_checkpoint_open(const char *path, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  OPTREG_IN_STEP_MODE;
  GError *problem = NULL;

  if (!optreg_gate_argument(path, "path", error)) {
    return NULL;
  }
  optreg_checkpoint *checkpoint = optreg_tensor_file_open(path, &problem);
  optreg_error_export(problem, error);
  return checkpoint;
}

void
optreg_checkpoint_free(optreg_checkpoint *checkpoint)
{
  optreg_tensor_file_free(checkpoint);
}

size_t
optreg_checkpoint_states(const optreg_checkpoint *checkpoint,
                         const optreg_state_info **states)
{
  return hand_out(checkpoint != NULL ? checkpoint->tensors : NULL,
                  (const void **)states);
}

size_t
optreg_checkpoint_metadata(const optreg_checkpoint *checkpoint,
                           const optreg_metadata **metadata)
{
  return hand_out(checkpoint != NULL ? checkpoint->metadata : NULL,
                  (const void **)metadata);
}

bool
optreg_checkpoint_verify(const optreg_checkpoint *checkpoint, optreg_error **error)
{
  OPTREG_UNCANCELLED;
  GError *problem = NULL;

  if (!optreg_gate_object(checkpoint, "the checkpoint", error)) {
    return false;
  }
  return optreg_load_check_format(checkpoint, &problem)
                 && optreg_checksum_verify(checkpoint, &problem)
             ? true
             : optreg_error_export(problem, error);
}

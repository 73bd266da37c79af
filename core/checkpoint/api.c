/* SPDX-License-Identifier: MIT */
/* Checkpoints in the public API. */
#include "checkpoint/checksum.h"
#include "checkpoint/inventory.h"
#include "checkpoint/load.h"
#include "checkpoint/report.h"
#include "checkpoint/save.h"
#include "error.h"
#include "optimizer.h"

/* ---- saving ---- */

bool
optreg_optimizer_save(const optreg_optimizer *optimizer, const char *path,
                      const optreg_save_options *options, optreg_error **error)
{
  GError *problem = NULL;

  return optreg_optimizer_check_built(optimizer, &problem)
                 && optreg_save_to_file(optimizer->engine, &optreg_file_system, path,
                                        options != NULL && options->with_parameters,
                                        &problem)
             ? true
             : optreg_error_export(problem, error);
}

void *
optreg_optimizer_save_to_memory(const optreg_optimizer *optimizer,
                                const optreg_save_options *options, size_t *size,
                                optreg_error **error)
{
  GError *problem = NULL;
  void *memory = optreg_optimizer_check_built(optimizer, &problem)
                     ? optreg_save_to_memory(
                         optimizer->engine, options != NULL && options->with_parameters,
                         size, &problem)
                     : NULL;

  optreg_error_export(problem, error);
  return memory;
}

void
optreg_memory_free(void *memory)
{
  g_free(memory);
}

/* the inventory holds the texts */
size_t
optreg_optimizer_states(const optreg_optimizer *optimizer,
                        const optreg_state_info **states)
{
  optreg_optimizer *self = (optreg_optimizer *)optimizer;

  *states = NULL;
  if (optimizer->engine == NULL || !optreg_save_prove_memory(optimizer->engine, NULL)) {
    return 0;
  }
  g_clear_pointer(&self->listed, g_array_unref);
  optreg_inventory_free(self->inventory);
  self->inventory = optreg_inventory_new(optimizer->engine, false);
  if (!optreg_inventory_fetch_blob(self->inventory, optimizer->engine, NULL)
      || !optreg_save_prove_memory(optimizer->engine, NULL)) {
    return 0;
  }
  self->listed = optreg_save_list(self->inventory->entries);
  *states = (const optreg_state_info *)(const void *)self->listed->data;
  return self->listed->len;
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

bool
optreg_optimizer_load(optreg_optimizer *optimizer, const char *path,
                      const optreg_load_options *options, optreg_error **error)
{
  GError *problem = NULL;
  g_autoptr(OptregTensorFile) file = optreg_optimizer_check_built(optimizer, &problem)
                                         ? optreg_tensor_file_open(path, &problem)
                                         : NULL;

  clear_report(optimizer);
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
  GError *problem = NULL;
  g_autoptr(OptregTensorFile)
      file = optreg_optimizer_check_built(optimizer, &problem)
                 ? optreg_tensor_file_parse(data, size, &problem)
                 : NULL;

  clear_report(optimizer);
  if (file != NULL) {
    load(optimizer, file, options, &problem);
  }
  return problem == NULL ? true : optreg_error_export(problem, error);
}

size_t
optreg_optimizer_load_report(const optreg_optimizer *optimizer,
                             const optreg_difference **differences)
{
  const GArray *report = optimizer->load_report;

  *differences = report != NULL ? (const optreg_difference *)(const void *)report->data
                                : NULL;
  return report != NULL ? report->len : 0;
}

/* ---- files ---- */

optreg_checkpoint *
optreg_checkpoint_open(const char *path, optreg_error **error)
{
  GError *problem = NULL;
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
  *states = (const optreg_state_info *)(const void *)checkpoint->tensors->data;
  return checkpoint->tensors->len;
}

size_t
optreg_checkpoint_metadata(const optreg_checkpoint *checkpoint,
                           const optreg_metadata **metadata)
{
  *metadata = (const optreg_metadata *)(const void *)checkpoint->metadata->data;
  return checkpoint->metadata->len;
}

bool
optreg_checkpoint_verify(const optreg_checkpoint *checkpoint, optreg_error **error)
{
  GError *problem = NULL;

  return optreg_load_check_format(checkpoint, &problem)
                 && optreg_checksum_verify(checkpoint, &problem)
             ? true
             : optreg_error_export(problem, error);
}

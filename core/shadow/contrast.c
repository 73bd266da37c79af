/* SPDX-License-Identifier: MIT */
/* From blocks of two updates to what is said about them. */
#include "contrast.h"

#include "running/fp_mode.h"
#include "running/reduce.h"
#include "shadow/strip.h"

#include <math.h>

struct OptregContrast {
  const OptregCopies *copies;
  const OptregEngine *live;
  OptregArena *arena;
  double *blocks;                     /* by sum and block */
  double *sums;                       /* by tensor and sum */
  size_t *members;                    /* tensors by group, then by name */
  size_t *first_member;               /* by group; n_groups + 1 entries */
  double gradient_weight, sum_weight; /* of the call at hand */
};

static void
gather_members(OptregContrast *contrast)
{
  const OptregEngine *live = contrast->live;
  size_t n = 0;

  contrast->members = g_new(size_t, live->n_tensors);
  contrast->first_member = g_new(size_t, live->config->n_groups + 1);
  for (size_t group = 0; group < live->config->n_groups; group++) {
    contrast->first_member[group] = n;
    for (size_t i = 0; i < live->n_tensors; i++) {
      if (live->tensors[live->tree.by_name[i]].group == group) {
        contrast->members[n++] = live->tree.by_name[i];
      }
    }
  }
  contrast->first_member[live->config->n_groups] = n;
}

OptregContrast *
optreg_contrast_new(const OptregCopies *copies, GError **error)
{
  g_autoptr(OptregContrast) contrast = g_new0(OptregContrast, 1);
  const OptregEngine *live = copies->live;
  const size_t n = live->n_tensors, n_blocks = live->worklist.first_block[n];

  contrast->copies = copies;
  contrast->live = live;
  gather_members(contrast);
  contrast->arena = optreg_arena_new(NULL);
  optreg_arena_add(contrast->arena, OPTREG_N_CONTRAST_SUMS * n_blocks * sizeof(double),
                   (void **)&contrast->blocks);
  optreg_arena_add(contrast->arena, OPTREG_N_CONTRAST_SUMS * n * sizeof(double),
                   (void **)&contrast->sums);
  return optreg_arena_fill(contrast->arena, error) ? g_steal_pointer(&contrast) : NULL;
}

void
optreg_contrast_free(OptregContrast *contrast)
{
  if (contrast != NULL) {
    optreg_arena_free(contrast->arena);
    g_free(contrast->members);
    g_free(contrast->first_member);
    g_free(contrast);
  }
}

/* the gradient of an overwritten parameter is its value, whatever the optimizer */
static bool
is_compared(const OptregContrast *contrast, const OptregTensor *tensor)
{
  return contrast->live->tree.is_counted[tensor->index];
}

/* ---- blocks ---- */

static const void *
at(const void *tensor, uint64_t offset, const OptregCodec *codec)
{
  return tensor != NULL ? (const char *)tensor + offset * codec->size : NULL;
}

/* an accumulator keeps its sum until the next window begins */
static void
measure_block(const OptregContrast *contrast, const OptregTensor *tensor,
              uint64_t offset, size_t n, size_t block)
{
  const OptregEngine *live = contrast->live;
  const OptregCodec *codec = tensor->codec;
  const OptregStrip strip = {
    .before = at(contrast->copies->before[tensor->index], offset, codec),
    .candidate = at(contrast->copies->candidate[tensor->index], offset, codec),
    .live = at(tensor->data, offset, codec),
    .gradient = at(tensor->grad, offset, codec),
    .sum = at(optreg_accumulate_sum(live->chain->wrappers[OPTREG_LINK_ACCUMULATE],
                                    tensor->index),
              offset, codec),
    .gradient_weight = contrast->gradient_weight,
    .sum_weight = contrast->sum_weight,
    .n = n,
  };
  double lanes[OPTREG_N_CONTRAST_SUMS][OPTREG_LANES] = { 0 };

  optreg_strip[tensor->type][live->plan->sweeps[OPTREG_SWEEP_UPDATE].level](&strip,
                                                                            lanes);
  for (size_t row = 0; row < OPTREG_N_CONTRAST_SUMS; row++) {
    contrast->blocks[row * live->workspace.n_blocks + block] =
        optreg_reduce_pairwise(lanes[row], OPTREG_LANES, OPTREG_SUM);
  }
}

static void
measure_item(void *argument, size_t item, size_t worker)
{
  const OptregContrast *contrast = argument;
  const OptregWorklist *list = &contrast->live->worklist;

  (void)worker;
  for (size_t i = list->items[item]; i < list->items[item + 1]; i++) {
    const OptregChunk *chunk = &list->chunks[i];
    size_t block = chunk->first_block;
    for (uint64_t offset = chunk->begin;
         is_compared(contrast, chunk->tensor) && offset < chunk->end;
         offset += OPTREG_BLOCK) {
      const size_t n = (size_t)MIN(chunk->end - offset, (uint64_t)OPTREG_BLOCK);
      measure_block(contrast, chunk->tensor, offset, n, block++);
    }
  }
}

/* ---- tensors, groups, model ---- */

static void
reduce_tensors(const OptregContrast *contrast)
{
  const OptregEngine *live = contrast->live;

  for (size_t i = 0; i < live->n_tensors; i++) {
    for (size_t row = 0; row < OPTREG_N_CONTRAST_SUMS; row++) {
      const double *blocks = contrast->blocks + row * live->workspace.n_blocks;
      contrast->sums[i * OPTREG_N_CONTRAST_SUMS + row] =
          optreg_tree_tensor_of(&live->tree, blocks, i, OPTREG_SUM);
    }
  }
}

static double
bounded(double cosine)
{
  return isnan(cosine) ? NAN : fmax(-1.0, fmin(cosine, 1.0));
}

/* cosine and ratio are formed so that equal updates give exactly 1 */
static optreg_contrast
conclude(const double *sums, uint64_t n)
{
  const double live = sums[OPTREG_CONTRAST_LIVE_SQUARE];
  const double own = sums[OPTREG_CONTRAST_SQUARE];
  const double ratio = live > 0.0 ? sqrt(own / live) : NAN;
  const double cosine = own > 0.0 ? sums[OPTREG_CONTRAST_PRODUCT] / live / ratio : NAN;

  return (optreg_contrast){
    .n = n,
    .cosine = n > 0 ? bounded(cosine) : NAN,
    .rms_ratio = n > 0 ? ratio : NAN,
    .rms = sqrt(own / (double)n),
    .live_rms = sqrt(live / (double)n),
    .decrease = n > 0 ? 0.0 - sums[OPTREG_CONTRAST_ASCENT] : NAN,
    .live_decrease = n > 0 ? 0.0 - sums[OPTREG_CONTRAST_LIVE_ASCENT] : NAN,
  };
}

static uint64_t
n_compared(const OptregContrast *contrast, size_t tensor)
{
  const OptregTensor *compared = &contrast->live->tensors[tensor];
  return is_compared(contrast, compared) ? compared->n : 0;
}

static optreg_contrast
combine(const OptregContrast *contrast, const size_t *members, size_t n_members)
{
  double sums[OPTREG_N_CONTRAST_SUMS];
  uint64_t n = 0;

  for (size_t row = 0; row < OPTREG_N_CONTRAST_SUMS; row++) {
    sums[row] = optreg_tree_members(&contrast->live->tree, contrast->sums + row,
                                    OPTREG_N_CONTRAST_SUMS, members, n_members,
                                    OPTREG_SUM);
  }
  for (size_t i = 0; i < n_members; i++) {
    n += n_compared(contrast, members[i]);
  }
  return conclude(sums, n);
}

static void
fill(const OptregContrast *contrast, const OptregContrastTable *table)
{
  const OptregEngine *live = contrast->live;
  const size_t n_groups = live->config->n_groups;

  for (size_t i = 0; i < live->n_tensors; i++) {
    table->tensors[i] =
        conclude(contrast->sums + i * OPTREG_N_CONTRAST_SUMS, n_compared(contrast, i));
  }
  for (size_t i = 0; i < n_groups; i++) {
    const size_t first = contrast->first_member[i];
    table->groups[i] = combine(contrast, contrast->members + first,
                               contrast->first_member[i + 1] - first);
  }
  *table->model = combine(contrast, live->tree.by_name, live->n_tensors);
}

void
optreg_contrast_measure(OptregContrast *contrast, double loss_scale,
                        const OptregContrastTable *table)
{
  const OptregEngine *live = contrast->live;
  const OptregFpMode caller = optreg_fp_mode_enter();

  contrast->sum_weight = 1.0 / (double)live->config->gradient_accumulation_steps;
  contrast->gradient_weight = contrast->sum_weight / loss_scale;
  optreg_executor_run(live->executor, live->worklist.n_items, measure_item, contrast);
  reduce_tensors(contrast);
  fill(contrast, table);
  optreg_fp_mode_leave(&caller);
}

void
optreg_contrast_forget(const OptregContrast *contrast, const OptregContrastTable *table)
{
  static const double nothing[OPTREG_N_CONTRAST_SUMS] = { 0 };
  const optreg_contrast none = conclude(nothing, 0);

  for (size_t i = 0; i < contrast->live->n_tensors; i++) {
    table->tensors[i] = none;
  }
  for (size_t i = 0; i < contrast->live->config->n_groups; i++) {
    table->groups[i] = none;
  }
  *table->model = none;
}

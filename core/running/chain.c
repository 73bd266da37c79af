/* SPDX-License-Identifier: MIT */
/* Decorators around an optimizer. */
#include "chain.h"

#include <string.h>

static const OptregWrapperClass *const classes[OPTREG_N_LINKS] = {
  [OPTREG_LINK_LOSS_SCALE] = &optreg_loss_scale,
  [OPTREG_LINK_ACCUMULATE] = &optreg_accumulate,
  [OPTREG_LINK_GUARD] = &optreg_guard,
  [OPTREG_LINK_CLIP] = &optreg_clip,
  [OPTREG_LINK_WEIGHT_DECAY] = &optreg_weight_decay,
  [OPTREG_LINK_OVERWRITE] = &optreg_overwrite,
  [OPTREG_LINK_NON_NEG] = &optreg_non_neg,
  [OPTREG_LINK_EMA] = &optreg_ema,
};

OptregChain *
optreg_chain_new(const OptregTensor *tensors, size_t n_tensors,
                 const optreg_allocator *allocator)
{
  OptregChain *chain = g_new0(OptregChain, 1);

  chain->builder.tensors = tensors;
  chain->builder.n_tensors = n_tensors;
  chain->builder.arena = optreg_arena_new(allocator);
  chain->builder.scratch = optreg_arena_new(allocator);
  chain->builder.stages = g_array_new(FALSE, FALSE, sizeof(OptregPlacedStage));
  chain->builder.states = g_array_new(FALSE, FALSE, sizeof(OptregStateTensor));
  chain->builder.owned = g_ptr_array_new_with_free_func(g_free);
  return chain;
}

void
optreg_chain_free(OptregChain *chain)
{
  if (chain == NULL) {
    return;
  }
  for (size_t i = 0; i < OPTREG_N_LINKS; i++) {
    g_free(chain->wrappers[i]);
  }
  g_free(chain->first_state);
  g_free(chain->next_state);
  g_ptr_array_unref(chain->builder.owned);
  g_array_unref(chain->builder.states);
  g_array_unref(chain->builder.stages);
  optreg_arena_free(chain->builder.arena);
  optreg_arena_free(chain->builder.scratch);
  g_free(chain);
}

/* the states of each tensor as a list, in the order in which they were added */
static void
link_states(OptregChain *chain)
{
  const GArray *states = chain->builder.states;

  chain->first_state = g_new0(guint, chain->builder.n_tensors + 1);
  chain->next_state = g_new0(guint, states->len + 1);
  for (guint i = states->len; i > 0; i--) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i - 1);
    chain->next_state[i - 1] = chain->first_state[state->tensor];
    chain->first_state[state->tensor] = i;
  }
}

void
optreg_chain_build(OptregChain *chain, OptregLink first, OptregLink end,
                   const OptregConfig *config)
{
  for (size_t i = first; i < (size_t)end; i++) {
    chain->wrappers[i] = g_malloc0(classes[i]->size);
    chain->wrappers[i]->class = classes[i];
    classes[i]->build(chain->wrappers[i], config, &chain->builder);
  }
  if (end == OPTREG_N_LINKS) {
    link_states(chain);
  }
}

void
optreg_chain_begin(OptregChain *chain, OptregCall *call)
{
  for (size_t i = 0; i < OPTREG_N_LINKS; i++) {
    if (classes[i]->begin != NULL) {
      classes[i]->begin(chain->wrappers[i], call);
    }
  }
}

void
optreg_chain_end(OptregChain *chain, const OptregCall *call, OptregOutcome outcome)
{
  for (size_t i = 0; i < OPTREG_N_LINKS; i++) {
    if (classes[i]->end != NULL) {
      classes[i]->end(chain->wrappers[i], call, outcome);
    }
  }
}

const OptregStateTensor *
optreg_chain_find_state(const OptregChain *chain, size_t tensor, const char *role)
{
  if (tensor >= chain->builder.n_tensors || chain->first_state == NULL) {
    return NULL;
  }
  for (guint i = chain->first_state[tensor]; i > 0; i = chain->next_state[i - 1]) {
    const OptregStateTensor *state =
        &g_array_index(chain->builder.states, OptregStateTensor, i - 1);
    if (strcmp(state->role, role) == 0) {
      return state;
    }
  }
  return NULL;
}

const OptregTensor *
optreg_builder_tensors(const OptregBuilder *builder, size_t *n)
{
  *n = builder->n_tensors;
  return builder->tensors;
}

bool
optreg_builder_wants_norm(const OptregBuilder *builder)
{
  return builder->wants_norm;
}

void
optreg_builder_add_stage(OptregBuilder *builder, const OptregStage *stage,
                         const OptregWrapper *self)
{
  const OptregPlacedStage placed = { stage, self };
  g_array_append_val(builder->stages, placed);
}

void
optreg_builder_add_memory(OptregBuilder *builder, const OptregTensor *tensor,
                          uint64_t size, void **memory)
{
  optreg_arena_add_behind(builder->arena, size,
                          tensor->is_behind ? tensor->size : OPTREG_ALIGNMENT, memory);
}

void
optreg_builder_add_state(OptregBuilder *builder, const char *role,
                         bool is_for_overwritten, uint32_t init, uint32_t sweeps,
                         void ***tensors)
{
  *tensors = g_new0(void *, builder->n_tensors);
  g_ptr_array_add(builder->owned, *tensors);
  for (size_t i = 0; i < builder->n_tensors; i++) {
    const OptregTensor *tensor = &builder->tensors[i];
    const OptregStateTensor state = { .tensor = i,
                                      .role = role,
                                      .n = tensor->n,
                                      .size = tensor->n * tensor->size,
                                      .data = &(*tensors)[i],
                                      .scope = OPTREG_PER_ELEMENT,
                                      .shape = OPTREG_SHAPE_FULL,
                                      .init = init,
                                      .sweeps = sweeps };
    if (tensor->is_overwritten == is_for_overwritten) {
      g_array_append_val(builder->states, state);
      optreg_builder_add_memory(builder, tensor, state.size, state.data);
    }
  }
}

void
optreg_builder_add_scratch(OptregBuilder *builder, size_t size, void **memory)
{
  optreg_arena_add(builder->scratch, size, memory);
}

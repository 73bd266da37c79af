/* SPDX-License-Identifier: MIT */
/* How much memory checkpoints need besides the data. */
#include "checkpoint/memory.h"

#include <string.h>

/* as a header shows it */
static uint64_t
length_of(const char *text)
{
  const size_t n = strlen(text);
  uint64_t length = n;

  for (size_t i = 0; i < n; i++) {
    length += ((guchar)text[i] < 0x20) * (strlen("\\u0000") - 1);
    length += (text[i] == '"') + (text[i] == '\\');
  }
  return length;
}

static uint64_t
length_of_patterns(const OptregGroup *group)
{
  uint64_t length = 0;

  for (size_t i = 0; group->match != NULL && group->match[i] != NULL; i++) {
    length += length_of(group->match[i]) + strlen(", ");
  }
  return length;
}

/* entries and texts of the configuration */
static void
count_options(const OptregConfig *config, uint64_t *n, uint64_t *text)
{
  *n += config->n_options + config->n_groups;
  for (size_t i = 0; i < config->n_options; i++) {
    const optreg_option_info *option = &config->options[i];
    *text += length_of(option->name) + length_of(option->value)
             + (option->group != NULL ? length_of(option->group) : 0);
  }
  for (size_t i = 0; i < config->n_groups; i++) {
    *text += length_of_patterns(&config->groups[i]);
  }
}

/* each parameter by itself and as the owner of its state */
static void
count_tensors(const OptregEngine *engine, uint64_t *n, uint64_t *text)
{
  const GArray *states = engine->chain->builder.states;

  *n += engine->n_tensors + states->len;
  for (size_t i = 0; i < engine->n_tensors; i++) {
    *text += length_of(engine->tensors[i].name);
  }
  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    *text += length_of(engine->tensors[state->tensor].name) + length_of(state->role);
  }
}

uint64_t
optreg_memory_of_model(const OptregEngine *engine)
{
  uint64_t n = 0, text = 0;

  count_options(engine->config, &n, &text);
  count_tensors(engine, &n, &text);
  return optreg_memory_of_entries(n, text);
}

/* the longest name that a parameter of the file gets */
static uint64_t
longest_rename(const optreg_load_options *options)
{
  uint64_t longest = 0;

  for (size_t i = 0; i < options->n_renames; i++) {
    longest = MAX(longest, length_of(options->renames[i].to));
  }
  return longest;
}

uint64_t
optreg_memory_of_match(const OptregEngine *engine, const OptregTensorFile *file,
                       const optreg_load_options *options)
{
  const uint64_t n = (uint64_t)file->tensors->len + file->metadata->len;

  return optreg_memory_of_model(engine)
         + optreg_memory_of_entries(n + options->n_renames,
                                    file->header_size + n * longest_rename(options));
}

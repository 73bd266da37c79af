/* SPDX-License-Identifier: MIT */
/* A key that may not stand where it stands. */
#include "config/unknown.h"

#include "config/oddity.h"
#include "config/place.h"
#include "names.h"

#include <string.h>

typedef struct Synonym {
  const char *name, *meaning;
} Synonym;

#define NO_PENALTY                                                                  \
  "an L2 penalty adds to the gradient, so add it to the loss; weight_decay, which " \
  "shrinks weights beside the update, is another thing"

/* what has no equivalent, and what to do instead */
static const Synonym foreign[] = {
  { "l2", NO_PENALTY },
  { "l2_regularization", NO_PENALTY },
  { "l2_reg", NO_PENALTY },
  { "reg_lambda", NO_PENALTY },
  { "l1", "an L1 penalty adds to the gradient; add it to the loss" },
};

/* names that other frameworks use; far from ours letter by letter */
static const Synonym synonyms[] = {
  { "lr", "learning_rate" },
  { "alpha", "learning_rate" },
  { "lr_mult", "learning_rate_multiplier" },
  { "lr_scale", "learning_rate_multiplier" },
  { "eps", "epsilon" },
  { "wd", "weight_decay" },
  { "decay", "weight_decay" },
  { "clip", "clipnorm" },
  { "clip_value", "clipvalue" },
  { "max_norm", "global_clipnorm" },
  { "max_grad_norm", "global_clipnorm" },
  { "grad_clip", "global_clipnorm" },
  { "ema", "use_ema" },
  { "ema_decay", "ema_momentum" },
  { "loss_scale", "loss_scale_factor" },
  { "accumulation_steps", "gradient_accumulation_steps" },
  { "accumulate_grad_batches", "gradient_accumulation_steps" },
  { "param_groups", "groups" },
  { "params", "match" },
  { "patterns", "match" },
  { "type", "optimizer" },
};

const char *
optreg_unknown_synonym(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(synonyms); i++) {
    if (g_ascii_strcasecmp(synonyms[i].name, name) == 0) {
      return synonyms[i].meaning;
    }
  }
  return NULL;
}

/* a known key in the wrong place */
static char *
explain_place(const OptregSchema *schema, const OptregOption *option, unsigned scope)
{
  const char *name = option->row.name;

  if (option->scopes & OPTREG_IN_LOSS_SCALE) {
    return g_strdup_printf("%s belongs into loss_scale_factor: {dynamic: true, ...}",
                           name);
  }
  if (scope == OPTREG_IN_LOSS_SCALE) {
    return g_strdup_printf("%s does not belong into loss_scale_factor; move it out",
                           name);
  }
  if (scope == OPTREG_IN_MODEL) {
    return g_strdup_printf("%s belongs into an entry of groups", name);
  }
  if (option - schema->options < OPTREG_N_BASE_OPTIONS) {
    return g_strdup_printf("%s is for the whole model; move it out of the group", name);
  }
  return g_strdup_printf(
      "%s of %s cannot differ between groups; move it out of the group", name,
      schema->descriptor->class.name);
}

static const char *
find_foreign(const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
    if (g_ascii_strcasecmp(foreign[i].name, key) == 0) {
      return foreign[i].meaning;
    }
  }
  return NULL;
}

/* a row of another optimizer of the file, which may have been meant */
static const OptregSchema *
find_owner(const OptregSchema *schema, const char *key)
{
  const GPtrArray *all = schema->among->all;

  for (guint i = 0; i < all->len; i++) {
    const OptregSchema *other = g_ptr_array_index(all, i);
    if (other != schema && optreg_schema_find(other, key, OPTREG_ANYWHERE) != NULL) {
      return other;
    }
  }
  return NULL;
}

/* "unknown key 'momentum'", and of which optimizer where that is not the model's */
static char *
name_key(const OptregSchema *schema, const char *key)
{
  g_autofree char *excerpt = optreg_quote(key);

  return optreg_schema_is_of_model(schema)
             ? g_strdup_printf("unknown key %s", excerpt)
             : g_strdup_printf("unknown key %s of optimizer '%s'", excerpt,
                               schema->descriptor->class.name);
}

static char *
explain_name(const OptregSchema *schema, const char *key, unsigned scope)
{
  g_autofree const char **names = optreg_schema_names(schema, scope);
  g_autofree char *excerpt = optreg_quote(key);
  g_autofree char *named = name_key(schema, key);
  const OptregSchema *owner = find_owner(schema, key);
  const char *meant = optreg_unknown_synonym(key), *instead = find_foreign(key);

  if (instead != NULL) {
    return g_strdup_printf("%s: %s", named, instead);
  }
  if (owner != NULL) {
    return g_strdup_printf(
        "%s: it is an option of '%s'%s", named, owner->descriptor->class.name,
        optreg_schema_is_of_model(owner) ? ", the model's optimizer" : "");
  }
  if (meant == NULL || !g_strv_contains(names, meant)) {
    meant = optreg_name_nearest(key, names);
  }
  if (meant != NULL) {
    return g_strdup_printf("%s, did you mean '%s'?", named, meant);
  }
  if (optreg_name_is_reserved(key)) {
    return g_strdup_printf("%s is not supported by this version; remove it", excerpt);
  }
  g_autofree char *known = g_strjoinv(", ", (char **)names);
  return g_strdup_printf("%s, known are %s", named, known);
}

bool
optreg_unknown_key(const OptregSchema *schema, const OptregNode *node, unsigned scope,
                   GError **error)
{
  const OptregOption *option = optreg_schema_find(schema, node->key, OPTREG_ANYWHERE);
  g_autofree char *text = option != NULL ? explain_place(schema, option, scope)
                                         : explain_name(schema, node->key, scope);

  return optreg_fail_at(schema->source, node->key_line, node->key_column, error, "%s",
                        text);
}

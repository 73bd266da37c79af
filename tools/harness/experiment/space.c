/* SPDX-License-Identifier: MIT */
/* Search spaces: what `tune` says, and its points. */
#include "arm_private.h"
#include "halton.h"

#include "config/number.h"

#include <math.h>

static bool
read_ends(Range *range, const Document *document, const OptregNode *node,
          GError **error)
{
  static const char *const keys[] = { "from", "to", "scale", NULL };
  static const char *const scales[] = { "log", "linear", NULL };
  const OptregNode *low = node->children, *high = low != NULL ? low->next : NULL;
  size_t scale = 0;

  if (node->kind == OPTREG_NODE_MAPPING) {
    if (!document_check_keys(document, node, keys, error)
        || !document_get_choice(document, optreg_node_get(node, "scale"), scales,
                                &scale, error)) {
      return false;
    }
    low = optreg_node_get(node, "from");
    high = optreg_node_get(node, "to");
  }
  if (node->kind == OPTREG_NODE_SCALAR || low == NULL || high == NULL
      || (node->kind == OPTREG_NODE_SEQUENCE && high->next != NULL)) {
    return document_fail(document, node, error,
                         "write the range of %s as [from, to] or {from: ..., to: ..., "
                         "scale: linear}",
                         range->key);
  }
  range->is_linear = scale == 1;
  return document_get_number(document, low, &range->low, error)
         && document_get_number(document, high, &range->high, error);
}

static bool
read_range(Range *range, const Document *document, const OptregNode *node,
           GError **error)
{
  if (!read_ends(range, document, node, error)) {
    return false;
  }
  if (range->low >= range->high) {
    return document_fail(document, node, error, "the range of %s is empty: %g to %g",
                         range->key, range->low, range->high);
  }
  if (!range->is_linear && range->low <= 0.0) {
    return document_fail(document, node, error,
                         "a range in log space begins above 0, not at %g; write "
                         "{from: %g, to: %g, scale: linear}",
                         range->low, range->low, range->high);
  }
  return true;
}

bool
space_read(GArray *space, const Document *document, const OptregNode *tune,
           GError **error)
{
  if (tune == NULL) {
    return true;
  }
  if (!document_is_kind(document, tune, OPTREG_NODE_MAPPING, error)) {
    return false;
  }
  for (const OptregNode *node = tune->children; node != NULL; node = node->next) {
    Range range = { .key = g_strdup(node->key) };
    const bool is_good = read_range(&range, document, node, error);
    g_array_append_val(space, range);
    if (!is_good) {
      return false;
    }
    if (space->len > HALTON_MOST_DIMENSIONS) {
      return document_fail_key(document, node, error,
                               "more than %d hyperparameters cannot be tuned at once",
                               HALTON_MOST_DIMENSIONS);
    }
  }
  return space->len > 0
         || document_fail(document, tune, error, "tune names no hyperparameter");
}

/* three digits say all that a trial can know */
char *
space_value(const GArray *space, size_t dimension, uint32_t trial)
{
  const Range *range = &g_array_index(space, Range, dimension);
  const double share = halton_at(dimension, trial);
  const double value = range->is_linear
                           ? range->low + share * (range->high - range->low)
                           : range->low * pow(range->high / range->low, share);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(text, sizeof text, "%.3g", value);
  return optreg_number_show(CLAMP(g_ascii_strtod(text, NULL), range->low, range->high));
}

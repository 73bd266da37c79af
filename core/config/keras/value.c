/* SPDX-License-Identifier: MIT */
/* Single values in JSON that Keras wrote. */
#include "config/keras/parts.h"

#include "config/number.h"
#include "config/place.h"

#include <math.h>

#define LARGEST_EXACT \
  9007199254740992.0 /* 2^53: beyond it a double stands for several */

bool
optreg_keras_is_number(const OptregNode *node, double *value)
{
  if (node == NULL || node->kind != OPTREG_NODE_SCALAR || node->is_quoted) {
    return false;
  }
  const OptregNumber kind = optreg_number_read(node->text, value);
  return kind == OPTREG_NUMBER_INTEGER || kind == OPTREG_NUMBER_REAL;
}

bool
optreg_keras_is_at_most(const OptregNode *mapping, const char *key, double limit)
{
  double value = 0.0;

  return optreg_keras_is_number(optreg_node_get(mapping, key), &value)
         && value <= limit;
}

void
optreg_keras_drop(OptregNode *mapping, const char *key)
{
  optreg_node_free(optreg_node_take(mapping, key));
}

static void
replace_text(OptregNode *node, double value)
{
  g_free(node->text);
  node->text = optreg_number_show(value);
}

void
optreg_keras_truncate(OptregNode *node)
{
  double value = 0.0;

  if (optreg_keras_is_number(node, &value)) {
    replace_text(node, trunc(value));
  }
}

void
optreg_keras_write_whole(OptregNode *node)
{
  double value = 0.0;

  if (optreg_keras_is_number(node, &value) && value == trunc(value)
      && fabs(value) < LARGEST_EXACT) {
    replace_text(node, value);
  }
}

static bool
check_scalar(const OptregNode *node, const char *key, const char *source,
             GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR || !node->is_quoted) {
    return true;
  }
  g_autofree char *text = optreg_excerpt(node->text);
  return optreg_fail_at(source, node->line, node->column, error,
                        "%s: '%s' is text in JSON; remove the quotes", key, text);
}

bool
optreg_keras_check_quotes(const OptregNode *entry, const char *source, GError **error)
{
  if (!check_scalar(entry, entry->key, source, error)) {
    return false;
  }
  const bool is_list = entry->kind == OPTREG_NODE_SEQUENCE;
  for (const OptregNode *node = is_list ? entry->children : NULL; node != NULL;
       node = node->next) {
    if (!check_scalar(node, entry->key, source, error)) {
      return false;
    }
  }
  return true;
}

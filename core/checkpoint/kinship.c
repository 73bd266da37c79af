/* SPDX-License-Identifier: MIT */
/* A checksum over what an optimizer's state means. */
#include "checkpoint/description.h"

#include "checkpoint/checksum.h"
#include "config/number.h"

static void
add_number(GString *text, double number)
{
  g_autofree char *shown = optreg_number_show(number);

  g_string_append_printf(text, "%s\n", shown);
}

static void
add_slot(GString *text, const optreg_slot *slot)
{
  g_string_append_printf(text, "slot %s\n%s\n%s\n%s\n%u %u %u\n", slot->name, slot->doc,
                         slot->needs != NULL ? slot->needs : "",
                         slot->init_from != NULL ? slot->init_from : "", slot->scope,
                         slot->init, slot->flags);
  add_number(text, slot->init_value);
}

static void
add_hyperparameter(GString *text, const optreg_hyperparameter *row)
{
  g_string_append_printf(text, "hyperparameter %s\n%s\n%u\n", row->name,
                         row->choices != NULL ? row->choices : "", row->type);
  add_number(text, row->minimum);
  add_number(text, row->maximum);
}

char *
optreg_kinship_of(const OptregDescriptor *descriptor)
{
  const optreg_optimizer_class *class = &descriptor->class;
  g_autoptr(GString) text = g_string_new(NULL);

  if (class->serialize != NULL) {
    return NULL;
  }
  g_string_append_printf(text, "%u %u\n", class->granularity, class->state_version);
  for (size_t i = 0; i < descriptor->n_slots; i++) {
    add_slot(text, &descriptor->slots[i]);
  }
  for (size_t i = 0; i < descriptor->n_hyperparameters; i++) {
    add_hyperparameter(text, &descriptor->hyperparameters[i]);
  }
  return optreg_checksum_of_text(text->str);
}

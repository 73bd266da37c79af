/* SPDX-License-Identifier: MIT */
/* Checks of what the tables say, beyond what the core insists on. */
#include "check.h"

#include <string.h>

static bool
is_blank(const char *text)
{
  return text == NULL || text[0] == '\0';
}

static void
check_identity(const Plugin *plugin, Finding *finding)
{
  const optreg_optimizer_class *class = plugin->class;
  const struct {
    const char *what, *text;
  } texts[] = { { "version", class->version },
                { "license", class->license },
                { "doc", class->doc },
                { "reference", class->reference } };

  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    if (is_blank(texts[i].text)) {
      finding_fail(finding, "its %s is empty", texts[i].what);
    }
  }
}

static void
check_docs(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < plugin->class->hyperparameters.count; i++) {
    const optreg_hyperparameter *row = plugin_hyperparameter(plugin, i);
    if (is_blank(row->doc)) {
      finding_fail(finding, "the hyperparameter '%s' has no doc", row->name);
    }
  }
  for (size_t i = 0; i < plugin->class->slots.count; i++) {
    const optreg_slot *row = plugin_slot(plugin, i);
    if (is_blank(row->doc)) {
      finding_fail(finding, "the slot '%s' has no doc", row->name);
    }
  }
}

static void
check_learning_rate(const Plugin *plugin, Finding *finding)
{
  const gssize i = plugin_find_hyperparameter(plugin, "learning_rate");

  if (i < 0) {
    finding_fail(finding, "has no hyperparameter 'learning_rate'");
    return;
  }
  const uint32_t flags = plugin_hyperparameter(plugin, (size_t)i)->flags;
  if ((flags & OPTREG_SCHEDULABLE) == 0 || (flags & OPTREG_PER_GROUP) == 0) {
    finding_fail(finding, "'learning_rate' cannot vary by %s",
                 flags & OPTREG_SCHEDULABLE ? "group" : "step");
  }
}

static void
check_f64(const Plugin *plugin, Finding *finding)
{
  if (!plugin_has_dtype(plugin, OPTREG_F64)) {
    finding_fail(finding, "has no kernel for f64 parameters");
  }
}

static void
check_levels(const Plugin *plugin, Finding *finding)
{
  for (size_t i = 0; i < plugin->class->kernels.count; i++) {
    if (plugin_kernel(plugin, i)->level != OPTREG_LEVEL_BASELINE) {
      return;
    }
  }
#if defined(__x86_64__)
  finding_fail(finding, "has kernels of the baseline level only");
#else
  (void)finding;
#endif
}

static const Check checks[] = {
  { "descriptor.identity", SEVERITY_WARNING,
    "version, license, doc and reference are told",
    "fill them in; the reference is the paper or the implementation that is followed",
    check_identity },
  { "descriptor.docs", SEVERITY_WARNING, "every row says what it is",
    "write a line in the paper's terms", check_docs },
  { "descriptor.learning-rate", SEVERITY_WARNING,
    "'learning_rate' is there and may vary by step and group",
    "add the row, with OPTREG_SCHEDULABLE | OPTREG_PER_GROUP", check_learning_rate },
  { "descriptor.f64", SEVERITY_NOTE, "there are kernels for f64",
    "write the kernel with OPTREG_REAL_KERNEL", check_f64 },
  { "descriptor.levels", SEVERITY_NOTE, "there are kernels for SIMD levels",
    "write the kernel with the macros of plugin.h", check_levels },
};

const Family descriptor_family = { .name = "descriptor",
                                   CHECKS(checks),
                                   .needs_plugin = true };

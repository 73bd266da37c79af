/* SPDX-License-Identifier: MIT */
/* Which shapes an optimizer's slots have. */
#include "probe.h"

#include <string.h>

/* numbers whose products tell where they are from */
enum { ROWS = 5, COLUMNS = 7 };

static const struct {
  const char *name;
  uint64_t dims[2];
  uint32_t ndim;
} samples[N_SAMPLES] = {
  [SAMPLE_VECTOR] = { "vector", { ROWS }, 1 },
  [SAMPLE_MATRIX] = { "matrix", { ROWS, COLUMNS }, 2 },
};

static const struct {
  uint64_t n;
  const char *words[N_SAMPLES];
} shapes[] = {
  { 0, { "-", "-" } },
  { 1, { "one number", "one number" } },
  { ROWS, { "element", "rows" } },
  { COLUMNS, { "?", "columns" } },
  { ROWS * COLUMNS, { "?", "element" } },
  { ROWS * ROWS, { "?", "rows x rows" } },
  { COLUMNS * COLUMNS, { "?", "columns x columns" } },
};

struct Probe {
  optreg_optimizer *optimizers[N_SAMPLES]; /* NULL: refused */
  float param[ROWS * COLUMNS], gradient[ROWS * COLUMNS];
};

static bool
is_configuration(optreg_registry *registry, const char *yaml)
{
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, yaml, "probe", NULL);

  optreg_optimizer_free(optimizer);
  return optimizer != NULL;
}

/* the first value that the row takes; a choice's last word is not its default */
static void
turn_on(optreg_registry *registry, const optreg_hyperparameter_info *row, GString *yaml)
{
  const char *last = strrchr(row->range, ' ');
  const char *const values[] = { "true", "1", "0.5",
                                 "0.1",  "2", last != NULL ? last + 1 : "1" };

  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autofree char *more =
        g_strdup_printf("%s%s: %s\n", yaml->str, row->name, values[i]);
    if (is_configuration(registry, more)) {
      g_string_assign(yaml, more);
      return;
    }
  }
}

static const optreg_hyperparameter_info *
find_row(const optreg_optimizer_info *info, const char *name)
{
  for (size_t i = 0; name != NULL && i < info->n_hyperparameters; i++) {
    if (g_str_equal(info->hyperparameters[i].name, name)) {
      return &info->hyperparameters[i];
    }
  }
  return NULL;
}

/* what slots need, and what that needs */
static GString *
make_configuration(optreg_registry *registry, const optreg_optimizer_info *info)
{
  GString *yaml = g_string_new(NULL);
  g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);

  g_string_printf(yaml, "optimizer: %s\n", info->name);
  for (size_t i = 0; i < info->n_slots; i++) {
    const optreg_hyperparameter_info *row = find_row(info, info->slots[i].needs);
    for (; row != NULL; row = find_row(info, row->needs)) {
      if (g_hash_table_add(done, (char *)row->name)) {
        turn_on(registry, row, yaml);
      }
    }
  }
  return yaml;
}

static optreg_optimizer *
build(Probe *probe, optreg_registry *registry, const char *yaml, Sample sample)
{
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, yaml, "probe", NULL);

  if (optimizer != NULL
      && optreg_optimizer_add_parameter(optimizer, samples[sample].name, OPTREG_F32,
                                        samples[sample].dims, samples[sample].ndim,
                                        probe->param, probe->gradient, NULL)
      && optreg_optimizer_set_threads(optimizer, 1, NULL)
      && optreg_optimizer_build(optimizer, NULL)) {
    return optimizer;
  }
  optreg_optimizer_free(optimizer);
  return NULL;
}

Probe *
probe_new(optreg_registry *registry, const optreg_optimizer_info *info)
{
  Probe *self = g_new0(Probe, 1);
  g_autoptr(GString) yaml = make_configuration(registry, info);

  for (Sample sample = 0; sample < N_SAMPLES; sample++) {
    self->optimizers[sample] = build(self, registry, yaml->str, sample);
  }
  return self;
}

void
probe_free(Probe *self)
{
  if (self != NULL) {
    for (Sample sample = 0; sample < N_SAMPLES; sample++) {
      optreg_optimizer_free(self->optimizers[sample]);
    }
    g_free(self);
  }
}

const char *
probe_shape(const Probe *self, Sample sample, const char *slot)
{
  uint64_t n = 0;

  if (self->optimizers[sample] == NULL) {
    return "refused";
  }
  optreg_optimizer_state(self->optimizers[sample], 0, slot, &n);
  for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
    if (shapes[i].n == n) {
      return shapes[i].words[sample];
    }
  }
  return "?";
}

bool
probe_finds_shapes(const Probe *self, const optreg_optimizer_info *info)
{
  for (size_t i = 0; i < info->n_slots; i++) {
    for (Sample sample = 0; sample < N_SAMPLES; sample++) {
      if (g_str_equal(info->slots[i].scope, "element") && !info->slots[i].is_transient
          && !g_str_equal(probe_shape(self, sample, info->slots[i].name), "element")) {
        return true;
      }
    }
  }
  return false;
}

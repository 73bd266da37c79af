/* SPDX-License-Identifier: MIT */
/* Names -> optimizers. */
#include "configs.h"

#include <string.h>

static const struct {
  const char *name, *yaml;
} configs[] = {
  { "adadelta-propagate", "{optimizer: adadelta, nonfinite: propagate}" },
  { "adadelta-skip", "{optimizer: adadelta}" },
  { "adadelta-ema-decay-clipvalue",
    "{optimizer: adadelta, nonfinite: propagate, use_ema: true, weight_decay: 1e-4,\n"
    " clipvalue: 0.5}" },
  { "adadelta-norm-ema-scale-accumulation",
    "{optimizer: adadelta, global_clipnorm: 1.0, use_ema: true,\n"
    " loss_scale_factor: 1024, gradient_accumulation_steps: 4}" },
};

const char *const *
configs_default(void)
{
  static const char *const names[] = {
    "adadelta-propagate",
    "adadelta-skip",
    "adadelta-ema-decay-clipvalue",
    "adadelta-norm-ema-scale-accumulation",
    NULL,
  };

  return names;
}

static const char *
find(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    if (g_str_equal(configs[i].name, name)) {
      return configs[i].yaml;
    }
  }
  return NULL;
}

/* as on the command line of others: with a dot or a slash it is a file */
static bool
is_file(const char *name)
{
  return strpbrk(name, "./") != NULL || g_file_test(name, G_FILE_TEST_IS_REGULAR);
}

optreg_optimizer *
configs_open(optreg_registry *registry, const char *name, GError **error)
{
  const char *yaml = find(name);
  g_autofree char *plain = g_strdup_printf("{optimizer: %s}", name);
  optreg_error *failure = NULL;
  optreg_optimizer *optimizer =
      yaml == NULL && is_file(name)
          ? optreg_optimizer_from_file(registry, name, &failure)
          : optreg_optimizer_from_string(registry, yaml != NULL ? yaml : plain, name,
                                         &failure);

  if (optimizer == NULL) {
    status_take(failure, error);
  }
  return optimizer;
}

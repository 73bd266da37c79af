/* SPDX-License-Identifier: MIT */
/* A list of tensors. */
#include "parameters.h"

#include <math.h>

enum { MOST_NDIM = 8 };

/* what a tensor is filled with: `value` where the deviation is 0 */
typedef struct Start {
  double deviation;
  float value;
} Start;

struct Parameters {
  GArray *rows;   /* of optreg_problem_tensor; names and dims are owned */
  GArray *starts; /* of Start */
};

static void
row_clear(void *data)
{
  optreg_problem_tensor *row = data;

  g_free((char *)row->name);
  g_free((uint64_t *)row->dims);
}

Parameters *
parameters_new(void)
{
  Parameters *parameters = g_new0(Parameters, 1);

  parameters->rows = g_array_new(FALSE, TRUE, sizeof(optreg_problem_tensor));
  parameters->starts = g_array_new(FALSE, TRUE, sizeof(Start));
  g_array_set_clear_func(parameters->rows, row_clear);
  return parameters;
}

void
parameters_free(Parameters *parameters)
{
  if (parameters != NULL) {
    g_array_unref(parameters->rows);
    g_array_unref(parameters->starts);
    g_free(parameters);
  }
}

static void
add(Parameters *parameters, const char *name, Start start, uint32_t ndim, va_list dims)
{
  uint64_t *extents = g_new(uint64_t, MOST_NDIM);
  const optreg_problem_tensor row = { g_strdup(name), extents, ndim, 0 };

  for (uint32_t i = 0; i < ndim; i++) {
    extents[i] = va_arg(dims, size_t);
  }
  g_array_append_val(parameters->rows, row);
  g_array_append_val(parameters->starts, start);
}

void
parameters_add_normal(Parameters *parameters, const char *name, double deviation,
                      uint32_t ndim, ...)
{
  va_list dims;

  va_start(dims, ndim);
  add(parameters, name, (Start){ deviation, 0.0f }, ndim, dims);
  va_end(dims);
}

void
parameters_add_constant(Parameters *parameters, const char *name, float value,
                        uint32_t ndim, ...)
{
  va_list dims;

  va_start(dims, ndim);
  add(parameters, name, (Start){ 0.0, value }, ndim, dims);
  va_end(dims);
}

void
parameters_add_linear(Parameters *parameters, const char *name, size_t n_in,
                      size_t n_out)
{
  g_autofree char *kernel = g_strconcat(name, "/kernel", NULL);
  g_autofree char *bias = g_strconcat(name, "/bias", NULL);

  parameters_add_normal(parameters, kernel, 1.0 / sqrt((double)n_in), 2, n_in, n_out);
  parameters_add_constant(parameters, bias, 0.0f, 1, n_out);
}

size_t
parameters_rows(const Parameters *parameters, const optreg_problem_tensor **rows)
{
  *rows = (const optreg_problem_tensor *)(void *)parameters->rows->data;
  return parameters->rows->len;
}

static size_t
size_of(const optreg_problem_tensor *row)
{
  size_t n = 1;

  for (uint32_t i = 0; i < row->ndim; i++) {
    n *= row->dims[i];
  }
  return n;
}

void
parameters_init(const Parameters *parameters, const optreg_problem_host *host,
                uint32_t seed, float *const *weights)
{
  const optreg_problem_tensor *rows;
  const size_t n_rows = parameters_rows(parameters, &rows);

  for (uint32_t t = 0; t < n_rows; t++) {
    const Start *start = &g_array_index(parameters->starts, Start, t);
    const size_t n = size_of(&rows[t]);
    if (start->deviation > 0.0) {
      host->normal(host->context, seed, OPTREG_PROBLEM_INIT, t, start->deviation, n,
                   weights[t]);
    }
    for (size_t i = 0; start->deviation == 0.0 && i < n; i++) {
      weights[t][i] = start->value;
    }
  }
}

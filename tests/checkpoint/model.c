/* SPDX-License-Identifier: MIT */
/* A small model whose gradients are a pure function. */
#include "model.h"

#include "trees.h"

#include <string.h>

const ModelRow model_rows[] = {
  { "dense/kernel", OPTREG_F32, 2, { 12, 7 } }, { "dense/bias", OPTREG_F32, 1, { 7 } },
  { "embedding", OPTREG_F32, 2, { 70, 31 } },   { "scale", OPTREG_F32, 0, { 0 } },
  { "unused/kernel", OPTREG_F32, 1, { 0 } },
};

/* Steele, Lea & Flood 2014: the mixing of splitmix64 */
static uint64_t
mix(uint64_t z)
{
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* numbers in (-1, 1) */
static void
fill(const ModelRow *row, void *memory, uint64_t n, uint64_t stream)
{
  for (uint64_t i = 0; i < n; i++) {
    const uint64_t bits = mix(mix(mix(g_str_hash(row->name)) + stream) + i);
    const double value = (double)(int64_t)(bits >> 40) / 8388608.0 - 1.0;
    if (row->dtype == OPTREG_F64) {
      ((double *)memory)[i] = value;
    } else {
      ((float *)memory)[i] = (float)value;
    }
  }
}

static void
add_row(Model *model, size_t i)
{
  const ModelRow *row = &model->rows[i];
  const size_t size = row->dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
  g_autoptr(optreg_error) error = NULL;

  model->n_elements[i] = 1;
  for (uint32_t j = 0; j < row->ndim; j++) {
    model->n_elements[i] *= row->dims[j];
  }
  model->weight[i] = g_malloc0((model->n_elements[i] + 1) * size);
  model->gradient[i] = g_malloc0((model->n_elements[i] + 1) * size);
  fill(row, model->weight[i], model->n_elements[i], 0);
  optreg_optimizer_add_parameter(model->optimizer, row->name, row->dtype, row->dims,
                                 row->ndim, model->weight[i], model->gradient[i],
                                 &error);
  assert_no_error(error);
}

Model *
model_new(optreg_optimizer *optimizer, const ModelRow *rows, size_t n)
{
  Model *model = g_new0(Model, 1);

  model->optimizer = optimizer;
  model->rows = rows;
  model->n = n;
  for (size_t i = 0; i < n; i++) {
    add_row(model, i);
  }
  return model;
}

void
model_build(Model *model)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_build(model->optimizer, &error);
  assert_no_error(error);
}

Model *
model_from_text(const char *yaml)
{
  Model *model = model_new(optimizer_from_text(yaml), model_rows, MODEL_N_ROWS);

  model_build(model);
  return model;
}

void
model_free(Model *model)
{
  if (model != NULL) {
    optreg_optimizer_free(model->optimizer);
    for (size_t i = 0; i < model->n; i++) {
      g_free(model->weight[i]);
      g_free(model->gradient[i]);
    }
    g_free(model);
  }
}

void
model_fill_gradients(Model *model)
{
  model->n_calls++;
  for (size_t i = 0; i < model->n; i++) {
    fill(&model->rows[i], model->gradient[i], model->n_elements[i], model->n_calls);
  }
}

void
model_train(Model *model, unsigned n)
{
  for (unsigned i = 0; i < n; i++) {
    g_autoptr(optreg_error) error = NULL;
    model_fill_gradients(model);
    const optreg_status status = optreg_optimizer_step(model->optimizer, &error);
    assert_no_error(error);
    g_assert_true(status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED);
  }
}

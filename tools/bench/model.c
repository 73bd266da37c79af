/* SPDX-License-Identifier: MIT */
/* Parameters and gradients of a synthetic model. */
#include "model.h"

#include "memory.h"
#include "support/format.h"
#include "support/status.h"

#include <stdlib.h>

#define LINE 64u
#define LINE_ELEMENTS (LINE / sizeof(float))

/* between 0.5 and 1.5 of `scale`, of either sign: no element is tiny or zero */
static void
fill(float *x, size_t n, float scale)
{
  uint32_t state = 1;

  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    const float size = 0.5f + (float)(state >> 8) * 0x1p-24f;
    x[i] = (state & 0x80u) != 0 ? -scale * size : scale * size;
  }
}

static size_t
place(Model *model)
{
  const size_t n_tensors = model->shapes->tensors->len;
  size_t end = 0;

  model->offsets = g_new0(size_t, n_tensors);
  for (size_t i = 0; i < n_tensors; i++) {
    const size_t n = (size_t)shapes_tensor(model->shapes, i)->n;
    model->offsets[i] = end;
    end += (n + LINE_ELEMENTS - 1) / LINE_ELEMENTS * LINE_ELEMENTS;
  }
  return end;
}

Model *
model_new(const Shapes *shapes, bool has_huge_pages, GError **error)
{
  g_autoptr(Model) model = g_new0(Model, 1);

  model->shapes = shapes;
  model->has_huge_pages = has_huge_pages;
  const size_t n = place(model);
  model->params = memory_allocate(n * sizeof(float), has_huge_pages);
  model->gradients = memory_allocate(n * sizeof(float), has_huge_pages);
  if (model->params == NULL || model->gradients == NULL) {
    g_autofree char *text = format_bytes(2 * n * sizeof(float));
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "out of memory: the model needs %s; choose fewer parameters", text);
    return NULL;
  }
  fill(model->params, n, 0.1f);
  fill(model->gradients, n, 0.01f);
  return g_steal_pointer(&model);
}

void
model_free(Model *model)
{
  if (model != NULL) {
    free(model->params);
    free(model->gradients);
    g_free(model->offsets);
    g_free(model);
  }
}

static bool
add(const Model *model, size_t index, optreg_optimizer *optimizer,
    optreg_error **failure)
{
  const ShapesTensor *tensor = shapes_tensor(model->shapes, index);

  return optreg_optimizer_add_parameter(
      optimizer, tensor->name, OPTREG_F32, tensor->shape, tensor->ndim,
      model->params + model->offsets[index], model->gradients + model->offsets[index],
      failure);
}

bool
model_build(Model *model, optreg_optimizer *optimizer, GError **error)
{
  optreg_error *failure = NULL;

  for (size_t i = 0; i < model->shapes->tensors->len; i++) {
    if (!add(model, i, optimizer, &failure)) {
      return status_take(failure, error);
    }
  }
  return optreg_optimizer_build(optimizer, &failure) || status_take(failure, error);
}

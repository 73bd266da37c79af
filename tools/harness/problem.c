/* SPDX-License-Identifier: MIT */
/* Instances of problems: their buffers, and the batches of steps. */
#include "problem.h"

#include "order.h"
#include "problem_tensors.h"
#include "random.h"
#include "support/status.h"

#include <string.h>

struct Problem {
  const ProblemClass *class;
  void *self;
  optreg_problem_host host;
  char *failure; /* what the problem said about a status that is not OK */
  const ProblemTensor *tensors;
  size_t n_tensors;
  Order *order;
};

/* ---- what the host offers ---- */

static int32_t
keep_failure(void *context, int32_t status, const char *message)
{
  Problem *problem = context;

  g_free(problem->failure);
  problem->failure = g_strdup(message);
  return status;
}

static RandomStream
stream_of(const Problem *problem, uint32_t seed, uint32_t purpose, uint32_t index)
{
  return random_stream(RANDOM_ROOT, problem->class->name, seed, purpose, index);
}

static void
draw_normal(void *context, uint32_t seed, uint32_t purpose, uint32_t index,
            double deviation, size_t n, float *out)
{
  RandomStream stream = stream_of(context, seed, purpose, index);

  for (size_t i = 0; i < n; i++) {
    out[i] = (float)(deviation * random_normal(&stream));
  }
}

static void
draw_uniform(void *context, uint32_t seed, uint32_t purpose, uint32_t index, size_t n,
             float *out)
{
  RandomStream stream = stream_of(context, seed, purpose, index);

  for (size_t i = 0; i < n; i++) {
    out[i] = (float)(random_next(&stream) >> 8) * 0x1p-24f;
  }
}

/* ---- opening ---- */

static Problem *
fail_to_open(const Problem *problem, int32_t status, GError **error)
{
  const Status code = status == OPTREG_PROBLEM_OPTIONS ? STATUS_USAGE : STATUS_FAILED;

  g_set_error(error, STATUS_ERROR, code, "%s: %s", problem->class->name,
              problem->failure != NULL ? problem->failure : "cannot be opened");
  return NULL;
}

Problem *
problem_open(const ProblemClass *class, const double *options, uint32_t batch_size,
             GError **error)
{
  g_autoptr(Problem) problem = g_new0(Problem, 1);
  g_autofree double *defaults = problem_default_options(class);

  problem->class = class;
  problem->host = (optreg_problem_host){ sizeof problem->host, problem, keep_failure,
                                         draw_normal, draw_uniform };
  const int32_t status = class->open(
      &problem->host, options != NULL ? options : defaults, batch_size, &problem->self);
  if (status != OPTREG_PROBLEM_OK) {
    return fail_to_open(problem, status, error);
  }
  const size_t n_examples = class->examples(problem->self);
  if (n_examples == 0 || n_examples > UINT32_MAX) {
    keep_failure(problem, OPTREG_PROBLEM_FAILED, "has no examples to train on");
    return fail_to_open(problem, OPTREG_PROBLEM_FAILED, error);
  }
  problem->n_tensors = class->tensors(problem->self, &problem->tensors);
  char *refusal = problem_tensors_refusal(problem->tensors, problem->n_tensors);
  if (refusal != NULL) {
    g_free(problem->failure);
    problem->failure = refusal;
    return fail_to_open(problem, OPTREG_PROBLEM_FAILED, error);
  }
  problem->order = order_new(class->name, n_examples, batch_size);
  return g_steal_pointer(&problem);
}

void
problem_free(Problem *problem)
{
  if (problem != NULL) {
    if (problem->self != NULL && problem->class->close != NULL) {
      problem->class->close(problem->self);
    }
    order_free(problem->order);
    g_free(problem->failure);
    g_free(problem);
  }
}

const ProblemClass *
problem_class(const Problem *problem)
{
  return problem->class;
}

const char *
problem_data(const Problem *problem)
{
  const char *data = problem->class->data != NULL ? problem->class->data(problem->self)
                                                  : NULL;
  return data != NULL ? data : "";
}

/* ---- tensors ---- */

size_t
problem_n_tensors(const Problem *problem)
{
  return problem->n_tensors;
}

const ProblemTensor *
problem_tensor(const Problem *problem, size_t i)
{
  return &problem->tensors[i];
}

size_t
problem_tensor_size(const ProblemTensor *tensor)
{
  size_t n = 1;

  for (uint32_t i = 0; i < tensor->ndim; i++) {
    n *= tensor->dims[i];
  }
  return n;
}

float **
problem_new_buffers(const Problem *problem)
{
  float **buffers = g_new0(float *, problem->n_tensors);

  for (size_t i = 0; i < problem->n_tensors; i++) {
    buffers[i] = g_new0(float, problem_tensor_size(&problem->tensors[i]));
  }
  return buffers;
}

void
problem_free_buffers(const Problem *problem, float **buffers)
{
  for (size_t i = 0; buffers != NULL && i < problem->n_tensors; i++) {
    g_free(buffers[i]);
  }
  g_free(buffers);
}

/* ---- training ---- */

size_t
problem_n_examples(const Problem *problem)
{
  return order_n_examples(problem->order);
}

uint64_t
problem_steps_per_epoch(const Problem *problem)
{
  return order_steps_per_epoch(problem->order);
}

void
problem_init(Problem *problem, uint32_t seed, float *const *weights)
{
  problem->class->init(problem->self, seed, weights);
}

double
problem_gradient(Problem *problem, uint32_t seed, uint64_t step, double scale,
                 const float *const *weights, float *const *gradients, size_t *n)
{
  optreg_problem_batch batch = {
    .struct_size = sizeof batch, .step = step, .seed = seed, .scale = scale
  };

  batch.examples = order_batch(problem->order, seed, step, &batch.n);
  if (n != NULL) {
    *n = batch.n;
  }
  return problem->class->gradient(problem->self, &batch, weights, gradients);
}

void
problem_evaluate(Problem *problem, Split split, const float *const *weights,
                 double *values)
{
  problem->class->evaluate(problem->self, (uint32_t)split, weights, values);
}

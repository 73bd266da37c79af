/* SPDX-License-Identifier: MIT */
/* What optimizers and wrappers ought to do, in double and one element at a time. */
#ifndef OPTREG_TESTS_REFERENCE_H
#define OPTREG_TESTS_REFERENCE_H

#include <glib.h>
#include <optreg/optreg.h>
#include <stdbool.h>

/* What wraps the optimizer; 0 is off. */
typedef struct Wrappers {
  const char *name;
  double clipvalue, clipnorm, global_clipnorm;
  double ema_momentum, ema_overwrite_frequency;
  double accumulation;
  double loss_scale, growth; /* growth: of a dynamic scale */
  double weight_decay;    /* of tensors of rank 2 and more; the others are excluded */
  double conv_multiplier; /* of the learning rate of tensors named conv... */
} Wrappers;

typedef struct Tensor {
  const char *name;
  uint32_t ndim;
  uint64_t dims[3];
  size_t n;
  bool has_gradient;
  bool has_sum; /* some call of this window had a gradient */
  double learning_rate, weight_decay; /* of its group */
  double *weight, *gradient, *accumulator, *average, *slot[2];
} Tensor;

enum { N_TENSORS = 4 };

/* Functions may be NULL, but for update. */
typedef struct Formula {
  const char *name;
  const char *options; /* YAML lines after `optimizer:` */
  double learning_rate;
  void (*start)(Tensor *tensor);    /* slots that are not zero */
  void (*prepare)(Tensor *tensors); /* what needs all gradients */
  void (*update)(Tensor *tensor, uint64_t step);
  void (*finish)(const Tensor *tensor, double *weight); /* to deploy */
} Formula;

extern const Formula formulas[];
extern const size_t n_formulas;

typedef struct Reference {
  const Formula *formula;
  const Wrappers *wrappers;
  Tensor tensor[N_TENSORS];
  uint64_t step, micro_step;
  double loss_scale, n_finite;
} Reference;

/* Four tensors of rank 0 to 3 with random weights. */
void reference_init(Reference *reference, const Formula *formula,
                    const Wrappers *wrappers, GRand *random);
void reference_clear(Reference *reference);

/* Random gradients for the next call; 0.05 to 1 in size. */
void reference_draw_gradients(Reference *reference, GRand *random);

/* One call of step with the gradients in the tensors, which it may write to. */
optreg_status reference_step(Reference *reference);

/* The weights that would be deployed. Free with g_free(). */
double *reference_deploy(const Reference *reference, const Tensor *tensor);

char *reference_yaml(const Reference *reference);

#endif

/* SPDX-License-Identifier: MIT */
/* A convolutional network: two times convolution, relu and pooling, then two dense
 * layers. */
#ifndef OPTREG_PROBLEMS_CNN_H
#define OPTREG_PROBLEMS_CNN_H

#include "classifier.h"

typedef struct CnnShape {
  size_t side;       /* of the square pictures of one channel; a multiple of 4 */
  size_t size;       /* of the kernels, odd */
  size_t n_channels; /* of the first convolution; the second has twice as many */
  size_t n_hidden, n_classes;
} CnnShape;

typedef struct Cnn Cnn;

/* Weights are kernel and bias of "conv_1", "conv_2", "dense_1" and "dense_2". */
Cnn *cnn_new(const CnnShape *shape, size_t capacity);
void cnn_add_parameters(const Cnn *cnn, Parameters *parameters);

/* `self` is a Cnn. */
extern const ClassifierModel cnn_model;

#endif

/* SPDX-License-Identifier: MIT */
/* Scaled dot-product attention, Vaswani et al. 2017, one head of one window at a time.
 */
#include "attention.h"

#include "matrix.h"

#include <glib.h>
#include <math.h>

/* where a head of a window lies */
typedef struct Head {
  Matrix query, key, value;
  float *shares; /* context x context */
  size_t in_at, out_at, width;
} Head;

size_t
attention_shares_size(const Attention *attention, size_t n)
{
  return n * attention->n_heads * attention->context * attention->context;
}

static Head
find_head(const Attention *attention, const float *in, float *shares, size_t window,
          size_t index)
{
  const size_t width = attention->width / attention->n_heads;
  const size_t row = window * attention->context, stride = 3 * attention->width;
  const float *at = in + row * stride + index * width;

  return (Head){
    .query = { at, stride },
    .key = { at + attention->width, stride },
    .value = { at + 2 * attention->width, stride },
    .shares = shares + attention_shares_size(attention, 1) * window
              + index * attention->context * attention->context,
    .in_at = row * stride + index * width,
    .out_at = row * attention->width + index * width,
    .width = width,
  };
}

/* rows of scores to rows of shares of what is not after them */
static void
weigh(size_t context, float *rows)
{
  for (size_t i = 0; i < context; i++, rows += context) {
    float largest = rows[0], sum = 0.0f;
    for (size_t j = 1; j <= i; j++) {
      largest = rows[j] > largest ? rows[j] : largest;
    }
    for (size_t j = 0; j <= i; j++) {
      rows[j] = expf(rows[j] - largest);
      sum += rows[j];
    }
    for (size_t j = 0; j < context; j++) {
      rows[j] = j <= i ? rows[j] / sum : 0.0f;
    }
  }
}

/* gradients by shares to those by scores: s (g − Σ s g) for each row */
static void
weigh_backward(size_t context, const float *shares, float *gradients)
{
  for (size_t i = 0; i < context; i++, shares += context, gradients += context) {
    float sum = 0.0f;
    for (size_t j = 0; j <= i; j++) {
      sum += shares[j] * gradients[j];
    }
    for (size_t j = 0; j < context; j++) {
      gradients[j] = j <= i ? shares[j] * (gradients[j] - sum) : 0.0f;
    }
  }
}

static float
scale_of(const Head *head)
{
  return 1.0f / sqrtf((float)head->width);
}

void
attention_forward(const Attention *attention, size_t n, const float *in, float *shares,
                  float *out)
{
  const size_t context = attention->context;

  for (size_t i = 0; i < n * attention->n_heads; i++) {
    const Head head = find_head(attention, in, shares, i / attention->n_heads,
                                i % attention->n_heads);
    matrix_multiply(MATRIX_AS_IS, MATRIX_TRANSPOSED, context, context, head.width,
                    scale_of(&head), head.query, head.key, 0.0f, head.shares, context);
    weigh(context, head.shares);
    matrix_multiply(MATRIX_AS_IS, MATRIX_AS_IS, context, head.width, context, 1.0f,
                    (Matrix){ head.shares, context }, head.value, 0.0f,
                    out + head.out_at, attention->width);
  }
}

static void
backward_head(const Attention *attention, const Head *head, const float *out_gradient,
              float *scores, float *in_gradient)
{
  const size_t context = attention->context, stride = 3 * attention->width;
  const Matrix by_out = { out_gradient + head->out_at, attention->width };
  const Matrix by_scores = { scores, context };
  float *at = in_gradient + head->in_at;

  matrix_multiply(MATRIX_AS_IS, MATRIX_TRANSPOSED, context, context, head->width, 1.0f,
                  by_out, head->value, 0.0f, scores, context);
  matrix_multiply(MATRIX_TRANSPOSED, MATRIX_AS_IS, context, head->width, context, 1.0f,
                  (Matrix){ head->shares, context }, by_out, 0.0f,
                  at + 2 * attention->width, stride);
  weigh_backward(context, head->shares, scores);
  matrix_multiply(MATRIX_AS_IS, MATRIX_AS_IS, context, head->width, context,
                  scale_of(head), by_scores, head->key, 0.0f, at, stride);
  matrix_multiply(MATRIX_TRANSPOSED, MATRIX_AS_IS, context, head->width, context,
                  scale_of(head), by_scores, head->query, 0.0f, at + attention->width,
                  stride);
}

void
attention_backward(const Attention *attention, size_t n, const float *in, float *shares,
                   const float *out_gradient, float *in_gradient)
{
  g_autofree float *scores = g_new(float, attention->context * attention->context);

  for (size_t i = 0; i < n * attention->n_heads; i++) {
    const Head head = find_head(attention, in, shares, i / attention->n_heads,
                                i % attention->n_heads);
    backward_head(attention, &head, out_gradient, scores, in_gradient);
  }
}

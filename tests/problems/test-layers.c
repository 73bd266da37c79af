/* SPDX-License-Identifier: MIT */
/* Layers forward against their definitions, written naively in double. */
#include "problems/attention.h"
#include "problems/conv.h"
#include "problems/layernorm.h"
#include "problems/pool.h"
#include "problems/softmax.h"
#include "problems/text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* numbers between −1 and 1 without a pattern */
static void
fill(float *values, size_t n, unsigned seed)
{
  for (size_t i = 0; i < n; i++) {
    values[i] = (float)sin((double)(seed * 1000 + i) * 12.9898);
  }
}

/* ---- convolution ---- */

enum { HEIGHT = 6, WIDTH = 4, N_IN = 3, N_OUT = 2, PICTURES = 2 };

static double
convolve(const Conv *conv, const float *in, const float *kernel, size_t y, size_t x,
         size_t out)
{
  const size_t half = conv->size / 2;
  double sum = 0.0;

  for (size_t ky = 0; ky < conv->size; ky++) {
    for (size_t kx = 0; kx < conv->size; kx++) {
      const size_t row = y + ky, column = x + kx; /* shifted by half */
      const bool is_inside = row >= half && row - half < HEIGHT && column >= half
                             && column - half < WIDTH;
      for (size_t c = 0; is_inside && c < N_IN; c++) {
        sum += (double)in[((row - half) * WIDTH + column - half) * N_IN + c]
               * (double)kernel[((ky * conv->size + kx) * N_IN + c) * N_OUT + out];
      }
    }
  }
  return sum;
}

static void
check_conv(size_t size)
{
  const Conv conv = { HEIGHT, WIDTH, N_IN, N_OUT, size };
  const size_t n_kernel = size * size * N_IN * N_OUT;
  g_autofree float *kernel = g_new(float, n_kernel);
  g_autofree float *patches = g_new(float, conv_patches_size(&conv));
  float in[PICTURES * HEIGHT * WIDTH * N_IN], out[PICTURES * HEIGHT * WIDTH * N_OUT];
  static const float bias[N_OUT] = { 0.5f, -0.25f };

  fill(in, G_N_ELEMENTS(in), 1);
  fill(kernel, n_kernel, 2);
  conv_forward(&conv, PICTURES, in, kernel, bias, patches, out);
  for (size_t i = 0; i < G_N_ELEMENTS(out); i++) {
    const size_t channel = i % N_OUT, pixel = i / N_OUT % (HEIGHT * WIDTH);
    const float *picture = in + i / (N_OUT * HEIGHT * WIDTH) * HEIGHT * WIDTH * N_IN;
    const double expected =
        convolve(&conv, picture, kernel, pixel / WIDTH, pixel % WIDTH, channel)
        + (double)bias[channel];
    g_assert_cmpfloat_with_epsilon((double)out[i], expected, 1e-5);
  }
}

static void
test_conv(void)
{
  check_conv(1);
  check_conv(3);
  check_conv(5); /* reaches beyond both sides of a row at once */
}

static void
test_pool(void)
{
  static const float in[] = { 1, -1, 2, -5, 7, 7, 0, 0, /* pixels of two channels */
                              3, -2, 0, -4, 7, 6, 9, 1 };
  static const float expected[] = { 3, -1, 9, 7 };
  static const float gradient[] = { 10, 20, 30, 40 };
  static const float by_in[] = { 0, 20, 0, 0, 0, 40, 0, 0, 10, 0, 0, 0, 0, 0, 30, 0 };
  const Pool pool = { 2, 4, 2 };
  uint32_t winners[4];
  float out[4], in_gradient[16];

  pool_forward(&pool, 1, in, winners, out);
  g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
  pool_backward(&pool, 1, winners, gradient, in_gradient);
  g_assert_cmpmem(in_gradient, sizeof in_gradient, by_in, sizeof by_in);
}

/* ---- normalisation ---- */

static void
test_layernorm(void)
{
  enum { N = 3, W = 5 };
  float in[N * W], scale[W], bias[W], mean[N], inverse[N], out[N * W];

  fill(in, N * W, 3);
  fill(scale, W, 4);
  fill(bias, W, 5);
  layernorm_forward(N, W, in, scale, bias, mean, inverse, out);
  for (size_t i = 0; i < N; i++) {
    double middle = 0.0, variance = 0.0;
    for (size_t j = 0; j < W; j++) {
      middle += (double)in[i * W + j] / W;
    }
    for (size_t j = 0; j < W; j++) {
      variance += pow((double)in[i * W + j] - middle, 2.0) / W;
    }
    for (size_t j = 0; j < W; j++) {
      const double expected = ((double)in[i * W + j] - middle) / sqrt(variance + 1e-5)
                                  * (double)scale[j]
                              + (double)bias[j];
      g_assert_cmpfloat_with_epsilon((double)out[i * W + j], expected, 1e-5);
    }
  }
}

/* ---- attention ---- */

enum { CONTEXT = 5, STREAM = 6, HEADS = 2, WINDOWS = 2, HEAD = STREAM / HEADS };

/* element j of what `row` of a window gathers with a head */
static double
attend(const float *window, size_t row, size_t head, size_t j)
{
  const size_t stride = 3 * STREAM;
  double sum = 0.0, gathered = 0.0;

  for (size_t other = 0; other <= row; other++) {
    double score = 0.0;
    for (size_t k = 0; k < HEAD; k++) {
      score += (double)window[row * stride + head * HEAD + k]
               * (double)window[other * stride + STREAM + head * HEAD + k];
    }
    const double share = exp(score / sqrt(HEAD));
    sum += share;
    gathered += share * (double)window[other * stride + 2 * STREAM + head * HEAD + j];
  }
  return gathered / sum;
}

static void
test_attention(void)
{
  const Attention attention = { CONTEXT, STREAM, HEADS };
  float in[WINDOWS * CONTEXT * 3 * STREAM], out[WINDOWS * CONTEXT * STREAM];
  g_autofree float *shares = g_new(float, attention_shares_size(&attention, WINDOWS));

  fill(in, G_N_ELEMENTS(in), 6);
  attention_forward(&attention, WINDOWS, in, shares, out);
  for (size_t i = 0; i < G_N_ELEMENTS(out); i++) {
    const size_t row = i / STREAM, column = i % STREAM;
    const float *window = in + row / CONTEXT * CONTEXT * 3 * STREAM;
    const double expected = attend(window, row % CONTEXT, column / HEAD, column % HEAD);
    g_assert_cmpfloat_with_epsilon((double)out[i], expected, 1e-5);
  }
}

/* ---- softmax ---- */

static void
test_softmax(void)
{
  float rows[] = { 1.0f, 2.0f, 3.0f, 1e30f, 0.0f, -1e30f };
  const uint32_t labels[] = { 2, 0 };
  size_t n_correct;
  const double loss = softmax_loss(2, 3, labels, rows, &n_correct);

  g_assert_cmpfloat_with_epsilon(loss, log(1.0 + exp(-1.0) + exp(-2.0)), 1e-7);
  g_assert_cmpuint(n_correct, ==, 2);
  g_assert_cmpfloat_with_epsilon((double)rows[2], 0.66524095777, 1e-6);
  softmax_gradient(2, 3, labels, 2.0f, rows);
  g_assert_cmpfloat_with_epsilon((double)rows[2], -2.0 * 0.33475904223, 1e-6);
  g_assert_cmpfloat(rows[3], ==, 0.0f);
}

static void
test_a_tie_is_not_right(void)
{
  float rows[] = { 1.0f, 1.0f, 0.0f };
  const uint32_t label = 0;
  size_t n_correct;

  softmax_loss(1, 3, &label, rows, &n_correct);
  g_assert_cmpuint(n_correct, ==, 0);
}

/* ---- text ---- */

static void
test_text(void)
{
  static const char words[] = "b—a\nb";
  static const uint32_t expected[] = { 2, 3, 1, 0, 2 };
  g_autoptr(Text) text = text_new(words, strlen(words));

  g_assert_cmpuint(text->vocabulary, ==, 4);
  g_assert_cmpmem(text->tokens, text->n * sizeof *expected, expected, sizeof expected);
}

static void
test_text_that_is_none(void)
{
  g_assert_null(text_new("\xff\xfe", 2));
  g_assert_null(text_new("", 0));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/layers/conv", test_conv);
  g_test_add_func("/layers/pool", test_pool);
  g_test_add_func("/layers/layernorm", test_layernorm);
  g_test_add_func("/layers/attention", test_attention);
  g_test_add_func("/layers/softmax", test_softmax);
  g_test_add_func("/layers/softmax/a-tie-is-not-right", test_a_tie_is_not_right);
  g_test_add_func("/layers/text", test_text);
  g_test_add_func("/layers/text/not-utf-8", test_text_that_is_none);
  return g_test_run();
}

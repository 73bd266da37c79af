/* SPDX-License-Identifier: MIT */
/* char-gpt: a small transformer that predicts the next character of Moby Dick. The
 * first nine tenths of the book train, then come validation and test; an example is a
 * window of it. */
#include "problems.h"

#include "gpt.h"
#include "sets.h"
#include "softmax.h"
#include "text.h"

#include <math.h>

enum { LAYERS, WIDTH, HEADS, CONTEXT };
enum { METRIC_LOSS, METRIC_BITS, METRIC_ACCURACY };
enum {
  EVALUATION_BATCH = 16,
  MOST_EVALUATED = 512 /* windows of the training split */
};

static const optreg_problem_option options[] = {
  OPTREG_PROBLEM_INTEGER_ROW("layers", 2, 1, GPT_MOST_LAYERS, "blocks"),
  OPTREG_PROBLEM_INTEGER_ROW("width", 64, 1, 1024,
                             "of the stream; a multiple of heads"),
  OPTREG_PROBLEM_INTEGER_ROW("heads", 4, 1, 64, "of attention"),
  OPTREG_PROBLEM_INTEGER_ROW("context", 64, 2, 1024, "characters of a window"),
};

static const optreg_problem_metric metrics[] = {
  { "loss", "cross-entropy, in nats", INFINITY, 0.01, 0, 0 },
  { "bits_per_char", "the same in bits; worst is a guess among all characters", 6.4,
    0.02, 0, 0 },
  { "accuracy", "share of characters predicted", 0.0, 0.005,
    OPTREG_PROBLEM_HIGHER_IS_BETTER | OPTREG_PROBLEM_SHARE, 0 },
};

typedef struct CharGpt {
  const optreg_problem_host *host;
  Text *text;
  GptShape shape;
  Gpt *gpt;
  Parameters *parameters;
  uint32_t *tokens, *next; /* of the batch, as what follows */
  float *logits;
} CharGpt;

static void
char_gpt_close(void *self)
{
  CharGpt *problem = self;

  text_free(problem->text);
  gpt_free(problem->gpt);
  parameters_free(problem->parameters);
  g_free(problem->tokens);
  g_free(problem->next);
  g_free(problem->logits);
  g_free(problem);
}

/* the first character of a split; of the one after the last: the end */
static size_t
split_begin(const CharGpt *problem, uint32_t split)
{
  static const size_t twentieths[] = { 0, 18, 19, 20 };
  return problem->text->n * twentieths[split] / 20;
}

/* windows do not overlap; the last character of one is the first to predict of the next
 */
static size_t
count_windows(const CharGpt *problem, uint32_t split)
{
  const size_t n = split_begin(problem, split + 1) - split_begin(problem, split);
  return n > 0 ? (n - 1) / problem->shape.context : 0;
}

static Text *
read_text(const optreg_problem_host *host)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = sets_read("moby-dick", "data.txt", &error);

  if (bytes == NULL) {
    host->fail(host->context, OPTREG_PROBLEM_NO_DATA, error->message);
    return NULL;
  }
  return text_new(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void
make_room(CharGpt *problem, uint32_t batch_size)
{
  const size_t n = count_windows(problem, OPTREG_PROBLEM_TRAINING);
  const size_t capacity = MAX((size_t)EVALUATION_BATCH, MIN((size_t)batch_size, n));
  const size_t rows = capacity * problem->shape.context;

  problem->gpt = gpt_new(&problem->shape, capacity);
  problem->tokens = g_new0(uint32_t, rows);
  problem->next = g_new0(uint32_t, rows);
  problem->logits = g_new0(float, rows * problem->shape.vocabulary);
  problem->parameters = parameters_new();
  gpt_add_parameters(problem->gpt, problem->parameters);
}

static int32_t
char_gpt_open(const optreg_problem_host *host, const double *values,
              uint32_t batch_size, void **self)
{
  const size_t width = (size_t)values[WIDTH], n_heads = (size_t)values[HEADS];

  if (width % n_heads != 0) {
    return host->fail(host->context, OPTREG_PROBLEM_OPTIONS,
                      "width is not a multiple of heads: change one of them");
  }
  Text *text = read_text(host);
  if (text == NULL) {
    return OPTREG_PROBLEM_NO_DATA;
  }
  CharGpt *problem = g_new0(CharGpt, 1);
  problem->host = host;
  problem->text = text;
  problem->shape = (GptShape){ text->vocabulary, (size_t)values[CONTEXT], width,
                               n_heads, (size_t)values[LAYERS] };
  make_room(problem, batch_size);
  *self = problem;
  return OPTREG_PROBLEM_OK;
}

static size_t
char_gpt_tensors(const void *self, const optreg_problem_tensor **rows)
{
  const CharGpt *problem = self;
  return parameters_rows(problem->parameters, rows);
}

static size_t
char_gpt_examples(const void *self)
{
  return count_windows(self, OPTREG_PROBLEM_TRAINING);
}

static const char *
char_gpt_data(const void *self)
{
  (void)self;
  return sets_identity("moby-dick");
}

static void
char_gpt_init(void *self, uint32_t seed, float *const *weights)
{
  const CharGpt *problem = self;
  parameters_init(problem->parameters, problem->host, seed, weights);
}

static void
load_window(CharGpt *problem, uint32_t split, size_t window, size_t row)
{
  const size_t context = problem->shape.context;
  const uint32_t *from = problem->text->tokens + split_begin(problem, split)
                         + window * context;

  for (size_t i = 0; i < context; i++) {
    problem->tokens[row * context + i] = from[i];
    problem->next[row * context + i] = from[i + 1];
  }
}

/* sum of the losses of n windows; logits become probabilities */
static double
forward(CharGpt *problem, const float *const *weights, size_t n, size_t *n_correct)
{
  gpt_forward(problem->gpt, weights, problem->tokens, n, problem->logits);
  return softmax_loss(n * problem->shape.context, problem->shape.vocabulary,
                      problem->next, problem->logits, n_correct);
}

static double
char_gpt_gradient(void *self, const optreg_problem_batch *batch,
                  const float *const *weights, float *const *gradients)
{
  CharGpt *problem = self;
  const size_t rows = batch->n * problem->shape.context;
  size_t n_correct;

  for (size_t i = 0; i < batch->n; i++) {
    load_window(problem, OPTREG_PROBLEM_TRAINING, batch->examples[i], i);
  }
  const double loss = forward(problem, weights, batch->n, &n_correct);
  softmax_gradient(rows, problem->shape.vocabulary, problem->next,
                   (float)(batch->scale / (double)rows), problem->logits);
  gpt_backward(problem->gpt, weights, problem->tokens, batch->n, problem->logits,
               gradients);
  return loss / (double)rows;
}

static void
char_gpt_evaluate(void *self, uint32_t split, const float *const *weights,
                  double *values)
{
  CharGpt *problem = self;
  const size_t n_all = count_windows(problem, split);
  const size_t n = split == OPTREG_PROBLEM_TRAINING ? MIN(n_all, (size_t)MOST_EVALUATED)
                                                    : n_all;
  size_t n_correct = 0;
  double loss = 0.0;

  for (size_t start = 0; start < n; start += EVALUATION_BATCH) {
    const size_t n_batch = MIN((size_t)EVALUATION_BATCH, n - start);
    size_t n_batch_correct;
    for (size_t i = 0; i < n_batch; i++) {
      load_window(problem, split, start + i, i);
    }
    loss += forward(problem, weights, n_batch, &n_batch_correct);
    n_correct += n_batch_correct;
  }
  const double n_tokens = (double)(n * problem->shape.context);
  values[METRIC_LOSS] = loss / n_tokens;
  values[METRIC_BITS] = values[METRIC_LOSS] / log(2.0);
  values[METRIC_ACCURACY] = (double)n_correct / n_tokens;
}

const optreg_problem_class problem_char_gpt = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "char-gpt",
  .version = "1",
  .doc = "next character of Moby Dick, a transformer of 2 layers, width 64, context 64",
  .tier = OPTREG_PROBLEM_FULL,
  .batch_size = 16,
  .epochs = 3,
  .primary = METRIC_BITS,
  .primary_split = OPTREG_PROBLEM_TEST,
  .options = OPTREG_PROBLEM_TABLE(options),
  .metrics = OPTREG_PROBLEM_TABLE(metrics),
  .open = char_gpt_open,
  .close = char_gpt_close,
  .tensors = char_gpt_tensors,
  .examples = char_gpt_examples,
  .data = char_gpt_data,
  .init = char_gpt_init,
  .gradient = char_gpt_gradient,
  .evaluate = char_gpt_evaluate,
};

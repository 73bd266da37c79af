/* SPDX-License-Identifier: MIT */
/* A problem that is being trained: optreg/problem.h as the harness uses it.
 *
 * The class says what there is to know before anything is opened: name, doc, tier,
 * default batch_size and epochs, the tables of options and metrics, which metric
 * decides and on which split. A Problem is an instance with its options: tensors,
 * initial weights, the gradient of the batch of step k, metrics. Nothing in it
 * remembers the training: weights, the optimizer's checkpoint and the number of the
 * next step are all that a run has to save.
 *
 * One thread at a time for each Problem. */
#ifndef OPTREG_HARNESS_PROBLEM_H
#define OPTREG_HARNESS_PROBLEM_H

#include <glib.h>
#include <optreg/problem.h>
#include <stdbool.h>
#include <stdint.h>

typedef optreg_problem_class ProblemClass;
typedef optreg_problem_option ProblemOption;
typedef optreg_problem_metric ProblemMetric;
typedef optreg_problem_tensor ProblemTensor;

typedef enum Split { SPLIT_TRAINING, SPLIT_VALIDATION, SPLIT_TEST, N_SPLITS } Split;

typedef struct Problem Problem;

/* ---- the class ---- */

const ProblemMetric *problem_metrics(const ProblemClass *class, size_t *n);

/* Row of the metric, or of nothing: the error names a near one. */
bool problem_find_metric(const ProblemClass *class, const char *name, size_t *row,
                         GError **error);

const ProblemOption *problem_options(const ProblemClass *class, size_t *n);

/* A new array with the default of every option; free with g_free. */
double *problem_default_options(const ProblemClass *class);

/* Put an option, as it is written in a file or on the command line, into `values`. The
 * error says what is wrong without a place, which is the caller's to add: "mnist-mlp:
 * no option is called 'activaton'; did you mean 'activation'?". STATUS_USAGE. */
bool problem_set_option(const ProblemClass *class, const char *name, const char *text,
                        double *values, GError **error);

/* The value of row i as problem_set_option would take it; exact. Free with g_free. */
char *problem_show_option(const ProblemClass *class, size_t i, double value);

/* What its values are: "an integer in [1, 64]", "one of relu, tanh". Free with g_free.
 */
char *problem_describe_option(const ProblemClass *class, size_t i);

/* ---- the instance ---- */

/* `options` as above, or NULL for the defaults; copied. Errors: STATUS_USAGE (options
 * that do not go together), STATUS_FAILED (a data set that is missing or damaged; the
 * message names the command that fetches it). */
Problem *problem_open(const ProblemClass *class, const double *options,
                      uint32_t batch_size, GError **error);
void problem_free(Problem *problem);

const ProblemClass *problem_class(const Problem *problem);

/* Identity of the data, "" when version and options tell all. */
const char *problem_data(const Problem *problem);

size_t problem_n_tensors(const Problem *problem);
const ProblemTensor *problem_tensor(const Problem *problem, size_t i);
size_t problem_tensor_size(const ProblemTensor *tensor);

/* Training examples; steps that visit each of them once, the last of which may be
 * smaller. */
size_t problem_n_examples(const Problem *problem);
uint64_t problem_steps_per_epoch(const Problem *problem);

/* Initial weights of a seed, whatever they were before. */
void problem_init(Problem *problem, uint32_t seed, float *const *weights);

/* Mean loss of the batch of step `step`, 0 for the first, and the gradients of `scale`
 * times it. A pure function of its arguments and the options: steps may be asked for in
 * any order, in order is fastest. *n, if not NULL, receives the size of the batch. */
double problem_gradient(Problem *problem, uint32_t seed, uint64_t step, double scale,
                        const float *const *weights, float *const *gradients,
                        size_t *n);

/* A value for each metric of the class, over the split; a problem may take a fixed part
 * of a large training split. */
void problem_evaluate(Problem *problem, Split split, const float *const *weights,
                      double *values);

/* A buffer of zeros for each tensor. */
float **problem_new_buffers(const Problem *problem);
void problem_free_buffers(const Problem *problem, float **buffers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problem, problem_free)

/* ---- names ---- */

typedef struct ProblemSet ProblemSet;

/* The built-in problems and those of `files` (NULL-terminated paths of shared libraries
 * from the command line, may be NULL), which stay loaded for the life of the process. A
 * name that is there already is an error. STATUS_USAGE. */
ProblemSet *problem_set_new(char *const *files, GError **error);
void problem_set_free(ProblemSet *set);

/* In the order of the table, NULL-terminated; as long as the set. */
const ProblemClass *const *problem_set_classes(const ProblemSet *set);

/* By name, NULL for the default problem. The error names a near one. */
const ProblemClass *problem_set_find(const ProblemSet *set, const char *name,
                                     GError **error);

/* "smoke", "standard" or "full" to a tier: problems with 0 < class->tier <= tier are in
 * it. Other words are STATUS_USAGE. */
bool problem_parse_tier(const char *name, uint32_t *tier, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProblemSet, problem_set_free)

#endif

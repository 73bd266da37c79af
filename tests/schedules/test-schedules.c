/* SPDX-License-Identifier: MIT */
/* What schedules compute: published definitions, composition, purity, percentages. */
#include "reading.h"

/* ---- restarts ---- */

/* restarts of t_mul, first step by first step; 1.1 and 1.5 have no exact powers */
typedef struct Restarts {
  const char *t_mul;
  unsigned first, starts[6];
} Restarts;

static const Restarts restarts[] = {
  { "1", 5, { 5, 10, 15, 20, 5000000 } },
  { "2", 4, { 4, 12, 28, 60, 4u * 1048575u } },
  { "3", 10, { 10, 40, 130, 400, 1210 } },
  { "7", 2, { 2, 16, 114, 800, 5602, 39216 } }, /* Keras may come a step late here */
  { "1.5", 16, { 16, 40, 76, 130, 211 } },
  { "1.1", 100, { 100, 210, 331 } },
  { "10", 3, { 3, 33, 333, 3333, 33333, 333333 } },
};

static void
test_restarts(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(restarts); i++) {
    const Restarts *row = &restarts[i];
    g_autofree char *text =
        g_strdup_printf("{schedule: cosine_decay_restarts, initial_learning_rate: 1, "
                        "first_decay_steps: %u, t_mul: %s}",
                        row->first, row->t_mul);
    g_autoptr(OptregSchedule) schedule = schedule_of(text);

    for (size_t j = 0; j < G_N_ELEMENTS(row->starts) && row->starts[j] > 0; j++) {
      g_assert_cmpfloat(optreg_schedule_value(schedule, row->starts[j]), ==, 1.0);
      g_assert_cmpfloat(optreg_schedule_value(schedule, row->starts[j] - 1), <, 1.0);
    }
  }
}

/* ---- warmup ---- */

static void
test_warmup_to_number(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: warmup, steps: 4, then: 0.8}");
  static const double expected[] = { 0.0, 0.2, 0.4, 0.6, 0.8, 0.8 };

  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    assert_near(optreg_schedule_value(schedule, i), expected[i], 1e-15);
  }
}

/* each with a warmup of 0 steps, which is none, beside the same schedule without one */
static void
test_no_warmup(void)
{
  static const struct {
    const char *with, *without;
  } pairs[] = {
    { "{schedule: warmup, steps: 0, then: 0.8}", "{schedule: constant, value: 0.8}" },
    { "{schedule: warmup, steps: 0, initial_value: 7, then: {schedule: linear, "
      "initial_value: 1, end_value: 0, steps: 4}}",
      "{schedule: linear, initial_value: 1, end_value: 0, steps: 4}" },
    { "{schedule: wsd, peak_value: 1, warmup_steps: 0, total_steps: 8, decay_steps: 4}",
      "{schedule: warmup, steps: 4, initial_value: 1, then: {schedule: linear, "
      "initial_value: 1, end_value: 0, steps: 4}}" },
    { "{schedule: cosine_decay, initial_learning_rate: 0, decay_steps: 7, "
      "warmup_target: 1, warmup_steps: 0}",
      "{schedule: cosine_decay, initial_learning_rate: 1, decay_steps: 7}" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
    g_autoptr(OptregSchedule) with = schedule_of(pairs[i].with);
    g_autoptr(OptregSchedule) without = schedule_of(pairs[i].without);
    for (uint64_t s = 0; s < 20; s++) {
      g_assert_cmpfloat(optreg_schedule_value(with, s), ==,
                        optreg_schedule_value(without, s));
    }
  }
}

/* one over the root of the step from the first one on */
static void
test_noam_without_warmup(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: noam, model_size: 16, warmup_steps: 0}");

  for (uint64_t s = 0; s < 20; s++) {
    assert_near(optreg_schedule_value(schedule, s), 0.25 / sqrt((double)(s + 1)),
                1e-15);
  }
}

/* as Keras has it: 0 to the power of 0 is 1 */
static void
test_power_0(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: polynomial_decay, initial_learning_rate: 0.5, "
                             "decay_steps: 4, power: 0}");

  g_assert_cmpfloat(optreg_schedule_value(schedule, 0), ==, 0.5);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 4), ==, 0.5);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 1000), ==, 0.5);
}

#define EXPONENTIAL                                                           \
  "schedule: exponential_decay, initial_learning_rate: 0.5, decay_steps: 3, " \
  "decay_rate: 0.7"

static void
test_warmup_shifts(void)
{
  g_autoptr(OptregSchedule) plain = schedule_of("{" EXPONENTIAL "}");
  g_autoptr(OptregSchedule) warm = schedule_of(
      "{schedule: warmup, steps: 10, initial_value: 0.1, then: {" EXPONENTIAL "}}");

  for (uint64_t s = 0; s < 10; s++) {
    assert_near(optreg_schedule_value(warm, s), 0.1 + 0.04 * (double)s, 1e-14);
  }
  for (uint64_t s = 0; s < 50; s++) {
    g_assert_cmpfloat(optreg_schedule_value(warm, s + 10), ==,
                      optreg_schedule_value(plain, s));
  }
}

static void
test_warmup_of_warmup(void)
{
  g_autoptr(OptregSchedule) schedule = schedule_of(
      "{schedule: warmup, steps: 2, initial_value: 1, then: {schedule: warmup, steps: "
      "4, "
      "initial_value: 0.2, then: {schedule: linear, initial_value: 0.6, end_value: 0, "
      "steps: 3}}}");
  static const double expected[] = { 1.0, 0.6, 0.2, 0.3, 0.4, 0.5,
                                     0.6, 0.4, 0.2, 0.0, 0.0 };

  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_assert_cmpfloat_with_epsilon(optreg_schedule_value(schedule, i), expected[i],
                                   1e-15);
  }
}

/* ---- one_cycle ---- */

typedef struct Phase {
  double end, from, to;
} Phase;

/* PyTorch's OneCycleLR.get_lr, as its documentation and source give it: phases in
 * order, the first one that has not ended counts */
static double
one_cycle_of_pytorch(const Phase *phases, size_t n, bool is_linear, double step)
{
  double start = 0.0;

  for (size_t i = 0; i < n; i++) {
    if (step <= phases[i].end || i + 1 == n) {
      const double share = (step - start) / (phases[i].end - start);
      return is_linear ? (phases[i].to - phases[i].from) * share + phases[i].from
                       : phases[i].to
                             + (phases[i].from - phases[i].to) / 2.0
                                   * (cos(G_PI * share) + 1.0);
    }
    start = phases[i].end;
  }
  return NAN;
}

static void
compare_one_cycle(const char *text, const Phase *phases, size_t n, bool is_linear)
{
  g_autoptr(OptregSchedule) schedule = schedule_of(text);
  const double last = phases[n - 1].end;

  for (double step = 0.0; step <= last; step++) {
    g_assert_cmpfloat_with_epsilon(optreg_schedule_value(schedule, (uint64_t)step),
                                   one_cycle_of_pytorch(phases, n, is_linear, step),
                                   1e-14);
  }
  g_assert_cmpfloat(optreg_schedule_value(schedule, (uint64_t)last + 50), ==,
                    optreg_schedule_value(schedule, (uint64_t)last));
}

static void
test_one_cycle(void)
{
  const Phase phases[] = { { 29.0, 0.04, 1.0 }, { 99.0, 1.0, 4e-6 } };

  compare_one_cycle("{schedule: one_cycle, max_value: 1, total_steps: 100}", phases, 2,
                    false);
}

static void
test_one_cycle_three_phases(void)
{
  const Phase phases[] = { { 14.0, 0.05, 0.5 },
                           { 28.0, 0.5, 0.05 },
                           { 59.0, 0.05, 0.0005 } };

  compare_one_cycle("{schedule: one_cycle, max_value: 0.5, total_steps: 60, "
                    "pct_start: 0.25, anneal_strategy: linear, div_factor: 10, "
                    "final_div_factor: 100, three_phase: true}",
                    phases, 3, true);
}

static void
test_one_cycle_shortest(void)
{
  g_autoptr(OptregSchedule) schedule =
      schedule_of("{schedule: one_cycle, max_value: 1, total_steps: 1, pct_start: 1}");

  g_assert_cmpfloat(optreg_schedule_value(schedule, 0), ==, 1.0);
  assert_near(optreg_schedule_value(schedule, 1), 4e-6, 1e-12);
}

/* ---- wsd ---- */

typedef struct Point {
  uint64_t step;
  double value;
} Point;

static void
check_points(const char *text, const Point *points, size_t n)
{
  g_autoptr(OptregSchedule) schedule = schedule_of(text);

  for (size_t i = 0; i < n; i++) {
    g_assert_cmpfloat_with_epsilon(optreg_schedule_value(schedule, points[i].step),
                                   points[i].value, 1e-15);
  }
}

#define WSD \
  "{schedule: wsd, peak_value: 2, warmup_steps: 4, total_steps: 100, decay_steps: 16"

static void
test_wsd(void)
{
  static const Point linear[] = { { 0, 0 },      { 1, 0.5 }, { 4, 2 },   { 84, 2 },
                                  { 85, 1.875 }, { 92, 1 },  { 100, 0 }, { 999, 0 } };
  /* 1 − sqrt(share) of Hägele et al. 2024 */
  static const Point root[] = {
    { 84, 2 }, { 85, 1.575 }, { 88, 1.15 }, { 93, 0.725 }, { 100, 0.3 }
  };
  static const Point cosine[] = { { 84, 2 }, { 92, 1 }, { 100, 0 }, { 101, 0 } };

  check_points(WSD "}", linear, G_N_ELEMENTS(linear));
  check_points(WSD ", end_value: 0.3, decay: sqrt}", root, G_N_ELEMENTS(root));
  check_points(WSD ", decay: cosine}", cosine, G_N_ELEMENTS(cosine));
}

/* ---- noam ---- */

/* lrate = d_model^-0.5 · min(step_num^-0.5, step_num · warmup_steps^-1.5), step_num
 * from 1 */
static void
test_noam(void)
{
  g_autoptr(OptregSchedule) schedule =
      schedule_of("{schedule: noam, model_size: 512, warmup_steps: 4000, factor: 2}");

  for (uint64_t s = 0; s < 20000; s += 7) {
    const double n = (double)s + 1.0;
    const double expected = 2.0 * pow(512.0, -0.5)
                            * fmin(pow(n, -0.5), n * pow(4000.0, -1.5));
    assert_near(optreg_schedule_value(schedule, s), expected, 1e-14);
  }
}

/* ---- constant, linear ---- */

static void
test_linear(void)
{
  g_autoptr(OptregSchedule) flat = schedule_of("{schedule: constant, value: 0.3}");
  g_autoptr(OptregSchedule) line =
      schedule_of("{schedule: linear, initial_value: 1, end_value: 3, steps: 4}");

  g_assert_cmpfloat(optreg_schedule_value(flat, 0), ==, 0.3);
  g_assert_cmpfloat(optreg_schedule_value(flat, G_MAXUINT64), ==, 0.3);
  g_assert_cmpfloat(optreg_schedule_value(line, 0), ==, 1.0);
  g_assert_cmpfloat(optreg_schedule_value(line, 3), ==, 2.5);
  g_assert_cmpfloat(optreg_schedule_value(line, 4), ==, 3.0);
  g_assert_cmpfloat(optreg_schedule_value(line, G_MAXUINT64), ==, 3.0);
}

/* ---- all of them ---- */

static const char *const examples[] = {
  "{" EXPONENTIAL ", staircase: true}",
  "{schedule: piecewise_constant_decay, boundaries: [3, 90], values: [1, 0.5, 0.1]}",
  "{schedule: polynomial_decay, initial_learning_rate: 1, decay_steps: 7, power: 2, "
  "cycle: "
  "true}",
  "{schedule: inverse_time_decay, initial_learning_rate: 1, decay_steps: 7, "
  "decay_rate: 1}",
  "{schedule: cosine_decay, initial_learning_rate: 0, decay_steps: 70, warmup_target: "
  "1, "
  "warmup_steps: 9}",
  "{schedule: cosine_decay_restarts, initial_learning_rate: 1, first_decay_steps: 7, "
  "m_mul: "
  "0.9}",
  "{schedule: constant, value: 1}",
  "{schedule: linear, initial_value: 0, end_value: 1, steps: 90}",
  "{schedule: warmup, steps: 9, then: {" EXPONENTIAL "}}",
  "{schedule: one_cycle, max_value: 1, total_steps: 100}",
  "{schedule: wsd, peak_value: 1, warmup_steps: 9, total_steps: 100, decay_steps: 20}",
  "{schedule: noam, model_size: 16, warmup_steps: 9}",
};

static void
test_purity(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
    g_autoptr(OptregSchedule) forward = schedule_of(examples[i]);
    g_autoptr(OptregSchedule) jumping = schedule_of(examples[i]);
    double values[128];

    for (uint64_t s = 0; s < 128; s++) {
      values[s] = optreg_schedule_value(forward, s);
    }
    for (uint64_t j = 0; j < 128; j++) {
      const uint64_t s = (j * 77 + 13) % 128; /* every counter, in another order */
      g_assert_cmpfloat(optreg_schedule_value(jumping, s), ==, values[s]);
    }
  }
}

/* all fit into [0, 1], which their bounds must know and their values keep */
static void
test_bounds(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(OptregSchedule) schedule = schedule_read(&rho, examples[i], &error);

    g_assert_no_error(error);
    for (uint64_t s = 0; s < 10000; s++) {
      const double value = optreg_schedule_value(schedule, s);
      g_assert_true(value >= 0.0 && value <= 1.0);
    }
  }
}

/* what is shown reads back as the same schedule */
static void
test_show(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
    g_autoptr(OptregSchedule) schedule = schedule_of(examples[i]);
    g_autofree char *text = optreg_schedule_show(schedule);
    g_autoptr(OptregSchedule) again = schedule_of(text);
    g_autofree char *same = optreg_schedule_show(again);

    g_assert_cmpstr(text, ==, same);
    g_assert_true(g_str_has_suffix(text, ", counter: step}"));
    for (uint64_t s = 0; s < 128; s++) {
      g_assert_cmpfloat(optreg_schedule_value(schedule, s), ==,
                        optreg_schedule_value(again, s));
    }
  }
}

/* nobody counts so far, but nothing may go wrong there */
static void
test_far_counters(void)
{
  static const uint64_t counters[] = { UINT64_C(1) << 53, UINT64_C(1) << 63,
                                       UINT64_MAX };

  for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
    g_autoptr(OptregSchedule) schedule = schedule_of(examples[i]);
    for (size_t j = 0; j < G_N_ELEMENTS(counters); j++) {
      const double value = optreg_schedule_value(schedule, counters[j]);
      g_assert_true(value >= 0.0 && value <= 1.0);
    }
  }
}

/* a period that is as long as the last one, or a million times */
static void
test_far_restarts(void)
{
  static const char *const factors[] = { "1", "1.000001", "1.5", "1e6" };

  for (size_t i = 0; i < G_N_ELEMENTS(factors); i++) {
    g_autofree char *text =
        g_strdup_printf("{schedule: cosine_decay_restarts, initial_learning_rate: 1, "
                        "first_decay_steps: 1, t_mul: %s}",
                        factors[i]);
    g_autoptr(OptregSchedule) schedule = schedule_of(text);
    for (uint64_t s = 1; s != 0; s *= 2) {
      const double value = optreg_schedule_value(schedule, s);
      g_assert_true(value >= 0.0 && value <= 1.0);
    }
  }
}

static void
test_every_kind_is_tried(void)
{
  const optreg_schedule_info *const *infos = NULL;
  const size_t n = optreg_schedules(&infos);

  g_assert_cmpuint(n, ==, G_N_ELEMENTS(examples));
  for (size_t i = 0; i < n; i++) {
    g_autofree char *start = g_strdup_printf("{schedule: %s,", infos[i]->name);
    g_assert_true(g_str_has_prefix(examples[i], start));
  }
}

static void
test_counter(void)
{
  g_autoptr(OptregSchedule) updates = schedule_of("{schedule: constant, value: 1}");
  g_autoptr(OptregSchedule)
      gradients = schedule_of("{schedule: constant, value: 1, counter: micro_step}");

  g_assert_false(optreg_schedule_counts_micro_steps(updates));
  g_assert_true(optreg_schedule_counts_micro_steps(gradients));
}

/* ---- percentages ---- */

static void
test_percentages(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: warmup, steps: 7%, then: {schedule: linear, "
                             "initial_value: 1, end_value: "
                             "0, steps: 93%}}");
  g_autoptr(GError) error = NULL;

  g_assert_true(optreg_schedule_needs_total_steps(schedule));
  g_assert_true(isnan(optreg_schedule_value(schedule, 0)));
  g_assert_true(optreg_schedule_set_total_steps(schedule, 100, &error));
  g_assert_false(optreg_schedule_needs_total_steps(schedule));
  g_assert_cmpfloat(optreg_schedule_value(schedule, 7), ==, 1.0);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 99), >, 0.0);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 100), ==, 0.0);

  g_assert_true(optreg_schedule_set_total_steps(schedule, 1000, &error));
  g_assert_cmpfloat(optreg_schedule_value(schedule, 35), ==, 0.5);
  g_assert_true(optreg_schedule_set_total_steps(schedule, 0, &error));
  g_assert_true(isnan(optreg_schedule_value(schedule, 7)));
}

static void
test_percentages_round(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: piecewise_constant_decay, boundaries: [25%, "
                             "50%], values: [3, 2, 1]}");

  g_assert_true(optreg_schedule_set_total_steps(schedule, 10, NULL)); /* 3, 5 */
  g_assert_cmpfloat(optreg_schedule_value(schedule, 3), ==, 3.0);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 4), ==, 2.0);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 5), ==, 2.0);
  g_assert_cmpfloat(optreg_schedule_value(schedule, 6), ==, 1.0);
}

static void
test_default_percentage(void)
{
  g_autoptr(OptregSchedule)
      schedule = schedule_of("{schedule: one_cycle, max_value: 1}");
  g_autofree char *text = optreg_schedule_show(schedule);

  g_assert_true(optreg_schedule_needs_total_steps(schedule));
  g_assert_nonnull(strstr(text, "total_steps: 100%"));
}

/* no percentage: any number of planned steps changes nothing */
static void
test_no_percentages(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
    g_autoptr(OptregSchedule) schedule = schedule_of(examples[i]);
    const double before = optreg_schedule_value(schedule, 11);

    g_assert_false(optreg_schedule_needs_total_steps(schedule));
    g_assert_true(optreg_schedule_set_total_steps(schedule, 5, NULL));
    g_assert_cmpfloat(optreg_schedule_value(schedule, 11), ==, before);
  }
}

static void
test_too_few_steps(void)
{
  g_autoptr(OptregSchedule) schedule =
      schedule_of("{schedule: linear, initial_value: 1, end_value: 0, steps: 4%}");
  g_autoptr(GError) error = NULL;

  g_assert_true(optreg_schedule_set_total_steps(schedule, 100, NULL));
  g_assert_false(optreg_schedule_set_total_steps(schedule, 10, &error));
  g_assert_cmpstr(error->message, ==,
                  "a.yaml:1:74: steps: 4% of 10 planned steps is less than one step");
  g_assert_cmpfloat(optreg_schedule_value(schedule, 2), ==, 0.5);
}

static void
test_percentages_contradict(void)
{
  g_autoptr(OptregSchedule) schedule =
      schedule_of("{schedule: wsd, peak_value: 1, warmup_steps: 50, decay_steps: 40%}");
  g_autoptr(GError) error = NULL;

  g_assert_true(optreg_schedule_set_total_steps(schedule, 100, NULL));
  g_assert_false(optreg_schedule_set_total_steps(schedule, 80, &error));
  g_assert_cmpstr(
      error->message, ==,
      "a.yaml:1:16: total_steps: 80 are less than 50 of warmup and 32 of decay "
      "together");
}

static void
test_percentages_out_of_range(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OptregSchedule) schedule = schedule_read(
      &rho, "{schedule: noam, model_size: 1, warmup_steps: 10%, factor: 2}", &error);

  g_assert_no_error(error);
  g_assert_true(optreg_schedule_set_total_steps(schedule, 100, NULL));
  g_assert_false(optreg_schedule_set_total_steps(schedule, 10, &error));
  g_assert_cmpstr(error->message, ==,
                  "a.yaml:1:6: noam: reaches 2, but rho must stay in [0, 1]");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/schedules/restarts/are-on-time", test_restarts);
  g_test_add_func("/schedules/warmup/to-a-number", test_warmup_to_number);
  g_test_add_func("/schedules/warmup/of-no-steps-is-none", test_no_warmup);
  g_test_add_func("/schedules/noam/without-warmup", test_noam_without_warmup);
  g_test_add_func("/schedules/polynomial-decay/power-0-stays", test_power_0);
  g_test_add_func("/schedules/warmup/shifts-what-follows", test_warmup_shifts);
  g_test_add_func("/schedules/warmup/of-a-warmup", test_warmup_of_warmup);
  g_test_add_func("/schedules/one-cycle/two-phases-of-pytorch", test_one_cycle);
  g_test_add_func("/schedules/one-cycle/three-phases-of-pytorch",
                  test_one_cycle_three_phases);
  g_test_add_func("/schedules/one-cycle/of-one-step", test_one_cycle_shortest);
  g_test_add_func("/schedules/wsd/stays-and-decays", test_wsd);
  g_test_add_func("/schedules/noam/is-the-papers", test_noam);
  g_test_add_func("/schedules/constant-and-linear", test_linear);
  g_test_add_func("/schedules/all/do-not-remember", test_purity);
  g_test_add_func("/schedules/all/stay-in-their-bounds", test_bounds);
  g_test_add_func("/schedules/all/stay-in-their-bounds-far-away", test_far_counters);
  g_test_add_func("/schedules/restarts/far-away", test_far_restarts);
  g_test_add_func("/schedules/all/show-what-they-are", test_show);
  g_test_add_func("/schedules/all/are-tried-here", test_every_kind_is_tried);
  g_test_add_func("/schedules/all/have-a-counter", test_counter);
  g_test_add_func("/schedules/percentages/wait-for-planned-steps", test_percentages);
  g_test_add_func("/schedules/percentages/become-whole-steps", test_percentages_round);
  g_test_add_func("/schedules/percentages/by-default", test_default_percentage);
  g_test_add_func("/schedules/percentages/none", test_no_percentages);
  g_test_add_func("/schedules/percentages/of-too-few-steps", test_too_few_steps);
  g_test_add_func("/schedules/percentages/contradict", test_percentages_contradict);
  g_test_add_func("/schedules/percentages/out-of-range", test_percentages_out_of_range);
  return g_test_run();
}

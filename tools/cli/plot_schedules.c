/* SPDX-License-Identifier: MIT */
/* A picture of every value that follows a schedule. */
#include "plot_schedules.h"

#include "harness/trainer.h"
#include "support/file.h"
#include "support/format.h"
#include "support/plot.h"

#include <string.h>

enum {
  MOST_COLUMNS = 1400, /* about two a pixel */
  FEW_STEPS = 200      /* until here a step is wide enough to show that it is one */
};

/* ---- lines ---- */

static void
add_point(GArray *points, uint64_t x, double y)
{
  const PlotPoint point = { (double)x, y };

  g_array_append_val(points, point);
}

/* the lowest and the highest value of many steps, in their order */
static void
add_column(GArray *points, const optreg_optimizer *optimizer, size_t group,
           const char *name, uint64_t start, uint64_t end)
{
  uint64_t low = start, high = start;
  double least = optreg_optimizer_scheduled_value(optimizer, group, name, start);
  double most = least;

  for (uint64_t s = start; s < end; s++) {
    const double value = optreg_optimizer_scheduled_value(optimizer, group, name, s);
    if (value < least) {
      least = value;
      low = s;
    }
    if (value > most) {
      most = value;
      high = s;
    }
  }
  add_point(points, MIN(low, high), low < high ? least : most);
  if (low != high) {
    add_point(points, MAX(low, high), low < high ? most : least);
  }
}

static GArray *
sample(const optreg_optimizer *optimizer, size_t group, const char *name, uint64_t last)
{
  GArray *points = g_array_new(FALSE, FALSE, sizeof(PlotPoint));
  const uint64_t width = last / MOST_COLUMNS + 1;

  for (uint64_t s = 0; s < last; s += width) {
    add_column(points, optimizer, group, name, s, MIN(s + width, last));
    if (last <= FEW_STEPS) {
      add_point(points, s + 1, g_array_index(points, PlotPoint, points->len - 1).y);
    }
  }
  if (last > FEW_STEPS) {
    add_point(points, last,
              optreg_optimizer_scheduled_value(optimizer, group, name, last));
  }
  return points;
}

static gboolean
is_same(const void *one, const void *other)
{
  const GArray *a = one, *b = other;

  return a->len == b->len && memcmp(a->data, b->data, a->len * sizeof(PlotPoint)) == 0;
}

/* ---- groups ---- */

/* what a group, NULL for the model, says itself; NULL: nothing */
static const char *
find_own(const optreg_optimizer *optimizer, const char *group, const char *name)
{
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    if (g_strcmp0(options[i].group, group) == 0 && strcmp(options[i].name, name) == 0) {
      return options[i].value;
    }
  }
  return NULL;
}

static const char *
find_value(const optreg_optimizer *optimizer, const char *group, const char *name)
{
  const char *own = find_own(optimizer, group, name);

  return own != NULL ? own : find_own(optimizer, NULL, name);
}

static char *
describe_group(const optreg_group_info *group)
{
  return group->match == NULL || group->match[0] == '\0'
             ? g_strdup(group->label)
             : g_strdup_printf("%s %s", group->label, group->match);
}

static char *
describe_value(const optreg_optimizer *optimizer, const char *group, const char *name)
{
  const char *multiplier = find_own(optimizer, group, "learning_rate_multiplier");

  return multiplier != NULL && strcmp(name, "learning_rate") == 0
             ? g_strdup_printf("learning_rate_multiplier: %s", multiplier)
             : g_strdup(find_value(optimizer, group, name));
}

/* ---- panels ---- */

/* a hyperparameter and what its schedules count */
typedef struct Subject {
  const char *name;
  bool counts_micro_steps;
} Subject;

/* constants go with either */
static bool
is_about(const Subject *subject, const char *value)
{
  return !g_str_has_prefix(value, "{schedule: ")
         || g_str_has_suffix(value, "counter: micro_step}")
                == subject->counts_micro_steps;
}

/* what most parameters get comes first; groups like an earlier one share its line */
static void
add_lines(Plot *plot, const optreg_optimizer *optimizer, const Subject *subject,
          uint64_t last)
{
  const optreg_group_info *groups = NULL;
  const size_t n = optreg_optimizer_groups(optimizer, &groups);
  g_autoptr(GPtrArray) drawn = g_ptr_array_new();

  for (size_t i = 0; i < n; i++) {
    const size_t group = i == 0 ? n - 1 : i - 1;
    const char *label = groups[group].label;
    if (!is_about(subject, find_value(optimizer, label, subject->name))) {
      continue;
    }
    GArray *points = sample(optimizer, group, subject->name, last);
    if (g_ptr_array_find_with_equal_func(drawn, points, is_same, NULL)) {
      g_array_unref(points);
      continue;
    }
    g_autofree char *title = describe_group(&groups[group]);
    g_autofree char *note = describe_value(optimizer, label, subject->name);
    g_ptr_array_add(drawn, points);
    plot_add_line(plot, title, note, points);
  }
}

static void
add_panel(Plot *plot, const optreg_optimizer *optimizer, const Subject *subject,
          uint64_t n_steps)
{
  const uint64_t last = subject->counts_micro_steps
                            ? n_steps * optreg_optimizer_accumulation_steps(optimizer)
                            : n_steps;

  plot_add_panel(plot, subject->name,
                 subject->counts_micro_steps ? "micro_step (gradients)"
                                             : "step (updates)",
                 (double)last);
  add_lines(plot, optimizer, subject, last);
}

/* each once, in the order of the options */
static GArray *
find_subjects(const optreg_optimizer *optimizer)
{
  GArray *subjects = g_array_new(FALSE, FALSE, sizeof(Subject));
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    const Subject found = { options[i].name, g_str_has_suffix(options[i].value,
                                                              "counter: micro_step}") };
    bool is_new = g_str_has_prefix(options[i].value, "{schedule: ");
    for (guint j = 0; j < subjects->len; j++) {
      const Subject *subject = &g_array_index(subjects, Subject, j);
      is_new &= strcmp(subject->name, found.name) != 0
                || subject->counts_micro_steps != found.counts_micro_steps;
    }
    if (is_new) {
      g_array_append_val(subjects, found);
    }
  }
  return subjects;
}

static bool
write_plot(const Plot *plot, const char *path, GError **error)
{
  g_autofree char *svg = plot_render(plot);

  return file_write(path, svg, -1, error);
}

bool
plot_schedules(optreg_optimizer *optimizer, const char *title, uint64_t n_steps,
               const char *path, GError **error)
{
  g_autofree char *steps = format_plural(n_steps, "step");
  g_autofree char *heading = g_strdup_printf("%s over %s", title, steps);
  g_autoptr(Plot) plot = plot_new(heading);
  g_autoptr(GArray) subjects = find_subjects(optimizer);
  optreg_error *failure = NULL;

  if (!optreg_optimizer_set_total_steps(optimizer, n_steps, &failure)) {
    return status_take(failure, error);
  }
  if (subjects->len == 0) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s: no value follows a schedule; see 'optreg info --schedules'",
                title);
    return false;
  }
  for (guint i = 0; i < subjects->len; i++) {
    add_panel(plot, optimizer, &g_array_index(subjects, Subject, i), n_steps);
  }
  return write_plot(plot, path, error);
}

/* SPDX-License-Identifier: MIT */
/* Section: a card for each verdict; and an overview of all of them. */
#include "page_private.h"

#include "harness/calibration.h"
#include "harness/wording.h"
#include "support/axis.h"

#include <math.h>

/* of the picture of an interval */
enum { WIDTH = 300, HEIGHT = 40, MIDDLE = 16, MARGIN = 12 };

/* differences, positive where better, to places in the picture */
typedef struct Ruler {
  double low, high;
} Ruler;

static const Task *
task_of(const Page *page, const Pair *pair)
{
  return experiment_task(page->comparison->experiment, pair->task);
}

/* <ELEMENT class="verdict KIND" ...>, without its end tag */
static void
add_verdict(Page *page, const Pair *pair, const char *element, const char *more)
{
  const VerdictKind kind = pair->verdict.kind;

  g_string_append_printf(page->html, "<%s class=\"verdict %s\"%s>%s", element,
                         verdict_name(kind), more, verdict_words(kind));
}

/* ---- the interval as a picture ---- */

static Ruler
make_ruler(const Pair *pair, double effect)
{
  const double ends[] = {
    pair->interval.low, pair->interval.high, pair->estimate, -effect, effect, 0.0
  };
  Ruler ruler = { 0.0, 0.0 };

  for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
    if (isfinite(ends[i])) {
      ruler.low = fmin(ruler.low, ends[i]);
      ruler.high = fmax(ruler.high, ends[i]);
    }
  }
  const double room = fmax(0.08 * (ruler.high - ruler.low), 1e-12);
  return (Ruler){ ruler.low - room, ruler.high + room };
}

static double
place(const Ruler *ruler, double value)
{
  const double share = (value - ruler->low) / (ruler->high - ruler->low);
  return MARGIN + (WIDTH - 2 * MARGIN) * CLAMP(share, 0.0, 1.0);
}

static void
add_rect(GString *html, const char *class, double from, double to, int height)
{
  g_string_append_printf(
      html, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", class,
      (int)round(from), MIDDLE - height / 2, MAX((int)round(to - from), 1), height);
}

/* right is better; what is shaded does not matter */
static void
add_interval(Page *page, const Pair *pair)
{
  const double effect = task_of(page, pair)->least_effect;
  const Ruler ruler = make_ruler(pair, effect);
  const double point = place(&ruler, pair->estimate);

  g_string_append_printf(page->html,
                         "<svg class=\"interval\" viewBox=\"0 0 %d %d\" "
                         "aria-hidden=\"true\">",
                         WIDTH, HEIGHT);
  if (effect > 0.0) {
    add_rect(page->html, "negligible", place(&ruler, -effect), place(&ruler, effect),
             28);
  }
  add_rect(page->html, "zero", place(&ruler, 0.0), place(&ruler, 0.0), 28);
  add_rect(page->html, "range", place(&ruler, fmax(pair->interval.low, ruler.low)),
           place(&ruler, fmin(pair->interval.high, ruler.high)), 4);
  g_string_append_printf(page->html,
                         "<circle class=\"estimate\" cx=\"%d\" cy=\"%d\" r=\"6\"/>"
                         "<text x=\"%d\" y=\"%d\">worse</text>"
                         "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">better</text>"
                         "</svg>\n",
                         (int)round(point), MIDDLE, 2, HEIGHT, WIDTH - 2, HEIGHT);
}

/* ---- a card ---- */

/* takes the texts over */
static void
add_fact(Page *page, const char *name, char *value)
{
  html_add(page->html, "<dt>", name, "</dt>");
  html_add(page->html, "<dd>", value, "</dd>\n");
  g_free(value);
}

static char *
describe_interval(const Page *page, const Pair *pair)
{
  const Task *task = task_of(page, pair);
  const double direction = analysis_direction(task);
  const double a = direction * pair->interval.low, b = direction * pair->interval.high;
  g_autofree char *low = wording_difference(task_metric(task), fmin(a, b));
  g_autofree char *high = wording_difference(task_metric(task), fmax(a, b));

  return g_strdup_printf("%s to %s", low, high);
}

static char *
describe_p(const Page *page, const Pair *pair)
{
  const char *sign = pair->is_exact ? "" : "≈ ";

  return comparison_n_arms(page->comparison) > 2
             ? g_strdup_printf("%s%.3g (%.3g alone)", sign, pair->p_arms, pair->p)
             : g_strdup_printf("%s%.3g", sign, pair->p);
}

static char *
describe_seeds(const Pair *pair)
{
  if (pair->verdict.n_needed == 0) {
    return g_strdup_printf("better with %zu of %zu", pair->n_better, pair->n);
  }
  return g_strdup_printf("better with %zu of %zu; needs %s %zu", pair->n_better,
                         pair->n,
                         pair->verdict.kind == VERDICT_NONE ? "at least" : "about",
                         pair->verdict.n_needed);
}

static char *
describe_noise(const Page *page, const Pair *pair)
{
  Calibration row;

  if (!calibration_read(page->comparison, pair->task, &row)) {
    return g_strdup("not measured");
  }
  g_autofree char *noise =
      wording_difference(task_metric(task_of(page, pair)), row.noise_floor);
  return g_strdup_printf("%s by chance (%.1f %% of 200 pairings of the control with "
                         "itself are called different)",
                         noise + (noise[0] == '+'), 100.0 * row.false_share);
}

static void
add_facts(Page *page, const Pair *pair)
{
  g_autofree char *interval =
      g_strdup_printf("%.4g %% interval", 100.0 * (1.0 - page->analysis->alpha));

  g_string_append(page->html, "<dl>\n");
  add_fact(page, interval, describe_interval(page, pair));
  add_fact(page, comparison_n_arms(page->comparison) > 2 ? "p, over all arms" : "p",
           describe_p(page, pair));
  add_fact(page, "look",
           g_strdup_printf("%u, tested at %.3g", page->analysis->look,
                           page->analysis->alpha));
  add_fact(page, "seeds", describe_seeds(pair));
  add_fact(page, "noise floor", describe_noise(page, pair));
  g_string_append(page->html, "</dl>\n");
}

static void
add_effect(Page *page, const Pair *pair)
{
  const Task *task = task_of(page, pair);
  g_autofree char *effect =
      wording_difference(task_metric(task), analysis_direction(task) * pair->estimate);
  g_autofree char *metric = wording_metric(task);

  html_add(page->html, "<p class=\"effect\">", effect, "");
  html_add(page->html, " <small>", metric, "</small></p>\n");
}

static void
add_card(Page *page, const Pair *pair)
{
  const size_t control = page->comparison->experiment->control;

  g_string_append(page->html, "<article class=\"card\">\n<h3>");
  marks_add_sample(page->html, pair->arm);
  html_add(page->html, "<bdi>", page->arms[pair->arm], "</bdi>");
  html_add(page->html, " <small>against <bdi>", page->arms[control],
           "</bdi></small></h3>\n");
  add_verdict(page, pair, "p", "");
  g_string_append(page->html, "</p>\n");
  if (pair->n == 0) {
    html_add_paragraph(page->html, "doc",
                       g_strdup("There is no seed that both completed."));
  } else {
    add_effect(page, pair);
    add_interval(page, pair);
    add_facts(page, pair);
  }
  html_add_paragraph(page->html, "doc",
                     pair->is_tuned || pair->verdict.kind == VERDICT_NONE
                         ? NULL
                         : g_strdup("At these settings (not both tuned)."));
  g_string_append(page->html, "</article>\n");
}

void
verdicts_add(Page *page, size_t task)
{
  const Analysis *analysis = page->analysis;

  if (analysis->n_pairs == 0) {
    return;
  }
  g_string_append(page->html, "<div class=\"cards\">\n");
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task) {
      add_card(page, &analysis->pairs[i]);
    }
  }
  g_string_append(page->html, "</div>\n");
  html_add_paragraph(page->html, "doc", wording_method(page->comparison, analysis));
  html_add_paragraph(page->html, "doc", wording_calibration(page->comparison, task));
}

/* ---- overview ---- */

static void
add_overview_cell(Page *page, const Pair *pair)
{
  const Task *task = task_of(page, pair);
  g_autofree char *link = g_strdup_printf(" href=\"#p%zu\"", pair->task);
  g_autofree char *effect =
      wording_difference(task_metric(task), analysis_direction(task) * pair->estimate);

  g_string_append(page->html, "<td>");
  add_verdict(page, pair, "a", link);
  html_add(page->html, "</a> ", effect, "</td>");
}

/* arms by problems, when there are several */
void
overview_add(Page *page)
{
  const Analysis *analysis = page->analysis;
  const size_t n_tasks = comparison_n_tasks(page->comparison);

  if (n_tasks < 2 || analysis->n_pairs == 0) {
    return;
  }
  const size_t n = analysis->n_pairs / n_tasks;
  g_string_append(page->html, "<section>\n<h2>Verdicts</h2>\n<div class=\"wide\">"
                              "<table>\n<thead><tr><th scope=\"col\">arm</th>");
  for (size_t task = 0; task < n_tasks; task++) {
    html_add(page->html, "<th scope=\"col\">",
             experiment_task(page->comparison->experiment, task)->name, "</th>");
  }
  g_string_append(page->html, "</tr></thead>\n<tbody>\n");
  for (size_t k = 0; k < n; k++) {
    html_add(page->html, "<tr><th scope=\"row\"><bdi>",
             page->arms[analysis->pairs[k].arm], "</bdi></th>");
    for (size_t task = 0; task < n_tasks; task++) {
      add_overview_cell(page, &analysis->pairs[task * n + k]);
    }
    g_string_append(page->html, "</tr>\n");
  }
  g_string_append(page->html, "</tbody></table></div>\n</section>\n");
}

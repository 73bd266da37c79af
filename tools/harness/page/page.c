/* SPDX-License-Identifier: MIT */
/* The page around its sections. */
#include "page_private.h"

#include "csp.h"
#include "harness/page/page-data.h"
#include "harness/wording.h"
#include "support/format.h"

#include <gio/gio.h>
#include <optreg/optreg.h>
#include <string.h>

typedef void (*TaskSection)(Page *page, size_t task);
typedef void (*PageSection)(Page *page);

/* in this order for each problem */
static const TaskSection task_sections[] = {
  verdicts_add, anomalies_add, expected_add, learning_add,  arms_add,     pairs_add,
  speed_add,    tuning_add,    cost_add,     diagnosed_add, shadowed_add,
};

/* before and behind the problems */
static const PageSection first_sections[] = { overview_add };
static const PageSection last_sections[] = { profile_add, configs_add, provenance_add };

/* each in one element, in this order */
static const char *const scripts[] = {
  "vendor/uPlot.iife.js", "script/elements.js", "script/look.js",   "script/data.js",
  "script/axes.js",       "script/plot.js",     "script/figure.js", "script/arms.js",
  "script/sort.js",       "script/main.js",
};
static const char *const styles[] = {
  "vendor/uPlot.css", "style/colours.css", "style/page.css",
  "style/cards.css",  "style/tables.css",  "style/figures.css",
};

/* ---- resources ---- */

static char *
join(const char *const *names, size_t n)
{
  GString *text = g_string_new("\n");

  for (size_t i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat("/optreg/page/", names[i], NULL);
    g_autoptr(GBytes) bytes = g_resource_lookup_data(
        page_data_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    g_string_append_len(text, data, (gssize)size);
  }
  return g_string_free(text, FALSE);
}

/* ---- figures ---- */

char *
page_id(size_t task, const char *name)
{
  return g_strdup_printf("p%zu-%s", task, name);
}

void
page_add_figure(Page *page, Figure *figure)
{
  g_autoptr(Figure) owned = figure;

  if (figure_is_empty(owned)) {
    return;
  }
  for (guint i = 0; i < owned->views->len; i++) {
    const View *view = g_ptr_array_index(owned->views, i);
    for (guint k = 0; k < view->traces->len; k++) {
      trace_thin(&g_array_index(view->traces, Trace, k), page->detail.points);
    }
  }
  html_add(page->html, "<figure id=\"", owned->id, "\">\n");
  html_add(page->html, "<h3>", owned->title, "</h3>\n<div class=\"plot\">\n");
  figure_draw(owned, page->arms, page->html);
  html_add(page->html, "</div>\n<figcaption>", owned->caption,
           "</figcaption>\n</figure>\n");
  figure_write(owned, page->pool, page->figures);
}

/* ---- body ---- */

static void
add_head(GString *html, const char *title, const char *policy, const char *style)
{
  g_string_append(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                        "<meta charset=\"utf-8\">\n");
  html_add(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"", policy,
           "\">\n");
  g_string_append(html, "<meta name=\"viewport\" content=\"width=device-width, "
                        "initial-scale=1\">\n"
                        "<meta name=\"color-scheme\" content=\"light dark\">\n");
  html_add(html, "<title>", title, "</title>\n<style>");
  g_string_append(html, style);
  g_string_append(html, "</style>\n</head>\n<body>\n");
}

static void
add_facts(Page *page)
{
  const Experiment *experiment = page->comparison->experiment;
  g_autofree char *arms = format_plural(experiment->arms->len, "arm");
  g_autofree char *tasks = format_plural(experiment->tasks->len, "problem");
  g_autofree char *seeds = format_plural(experiment->n_seeds, "seed");

  html_add_paragraph(page->html, "facts",
                     g_strdup_printf("%s · %s · %s · look %u · optreg %s", arms, tasks,
                                     seeds, page->analysis->look, optreg_version()));
}

/* one line of it for each arm, the key of all figures */
static void
add_arms(Page *page)
{
  const size_t control = page->comparison->experiment->control;

  g_string_append(page->html, "<nav class=\"arms\" aria-label=\"arms\">\n<ul>\n");
  for (size_t i = 0; page->arms[i] != NULL; i++) {
    g_string_append(page->html, "<li>");
    marks_add_sample(page->html, i);
    html_add(page->html, "<bdi>", page->arms[i], "</bdi>");
    g_string_append(page->html, i == control && page->arms[1] != NULL
                                    ? " <small>control</small></li>\n"
                                    : "</li>\n");
  }
  g_string_append(page->html, "</ul>\n</nav>\n");
}

static char *
describe_task(const Page *page, const Task *task)
{
  const double amount = task->budget.amount;
  g_autofree char *unit = g_strdup(budget_unit(task->budget.kind));
  g_autofree char *metric = wording_metric(task);
  g_autofree char *effect = wording_difference(task_metric(task), task->least_effect);
  g_autofree char *seeds = format_plural(page->comparison->experiment->n_seeds, "seed");

  if (amount == 1.0) {
    unit[strlen(unit) - 1] = '\0';
  }
  return g_strdup_printf("%g %s · batches of %u · %s · decided by %s (%s is better) · "
                         "minimum effect %s",
                         amount, unit, task->batch_size, seeds, metric,
                         analysis_direction(task) > 0.0 ? "more" : "less", effect + 1);
}

static void
add_task(Page *page, size_t index)
{
  const Task *task = experiment_task(page->comparison->experiment, index);

  g_string_append_printf(page->html, "<section class=\"problem\" id=\"p%zu\">\n",
                         index);
  html_add(page->html, "<h2 dir=\"auto\">", task->name, "</h2>\n");
  html_add_paragraph(page->html, "doc", g_strdup(task->class->doc));
  html_add_paragraph(page->html, "facts", describe_task(page, task));
  for (size_t i = 0; i < G_N_ELEMENTS(task_sections); i++) {
    task_sections[i](page, index);
  }
  g_string_append(page->html, "</section>\n");
}

static void
add_body(Page *page, const char *title)
{
  g_autofree char *changes = wording_changes(page->manifest);

  html_add(page->html, "<header>\n<h1 dir=\"auto\">", title, "</h1>\n");
  add_facts(page);
  html_add_paragraph(page->html, "warning", g_steal_pointer(&changes));
  g_string_append(page->html, "</header>\n");
  add_arms(page);
  g_string_append(page->html, "<main>\n");
  for (size_t i = 0; i < G_N_ELEMENTS(first_sections); i++) {
    first_sections[i](page);
  }
  for (size_t i = 0; i < comparison_n_tasks(page->comparison); i++) {
    add_task(page, i);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(last_sections); i++) {
    last_sections[i](page);
  }
  g_string_append(page->html, "</main>\n");
}

/* ---- data of the script ---- */

static PageJson *
begin_data(const char *const *arms)
{
  PageJson *json = page_json_new();

  page_json_open(json, '{');
  page_json_key(json, "arms");
  page_json_open(json, '[');
  for (size_t i = 0; arms[i] != NULL; i++) {
    page_json_text(json, arms[i]);
  }
  page_json_close(json, ']');
  page_json_key(json, "figures");
  page_json_open(json, '[');
  return json;
}

static char *
end_data(PageJson *json, const FigurePool *pool)
{
  page_json_close(json, ']');
  page_json_key(json, "arrays");
  figure_pool_write(pool, json);
  page_json_close(json, '}');
  return page_json_free(json);
}

/* ---- everything ---- */

static char *
render(Page page, const char *script, const char *style)
{
  const char *name = page.comparison->experiment->name;
  const char *title = name != NULL ? name : "optreg compare";
  g_autofree char *policy = csp_policy(script, style);
  g_autoptr(FigurePool) pool = figure_pool_new();

  page.html = g_string_new(NULL);
  page.pool = pool;
  page.figures = begin_data(page.arms);
  add_head(page.html, title, policy, style);
  add_body(&page, title);
  g_autofree char *data = end_data(page.figures, pool);
  g_string_append(page.html, "<script type=\"application/json\" id=\"data\">");
  g_string_append(page.html, data);
  g_string_append(page.html, "</script>\n<script>");
  g_string_append(page.html, script);
  g_string_append(page.html, "</script>\n</body>\n</html>\n");
  return g_string_free(page.html, FALSE);
}

static const char **
list_arms(const Comparison *comparison)
{
  const size_t n = comparison_n_arms(comparison);
  const char **arms = g_new0(const char *, n + 1);

  for (size_t i = 0; i < n; i++) {
    arms[i] = arm_name(experiment_arm(comparison->experiment, i));
  }
  return arms;
}

static void
free_curves(void *curves)
{
  run_curves_free(curves);
}

static GPtrArray *
read_curves(const Comparison *comparison)
{
  GPtrArray *curves = g_ptr_array_new_with_free_func(free_curves);

  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    g_ptr_array_add(curves, run_curves_read(comparison, i));
  }
  return curves;
}

char *
page_render(const Comparison *comparison, const Analysis *analysis,
            const Manifest *manifest)
{
  static const Detail details[] = { { 400, true }, { 200, true },  { 100, true },
                                    { 50, true },  { 200, false }, { 100, false },
                                    { 50, false }, { 20, false } };
  g_autofree char *script = join(scripts, G_N_ELEMENTS(scripts));
  g_autofree char *style = join(styles, G_N_ELEMENTS(styles));
  g_autofree const char **arms = list_arms(comparison);
  g_autoptr(GPtrArray) curves = read_curves(comparison);
  Page page = { .comparison = comparison,
                .analysis = analysis,
                .manifest = manifest,
                .arms = arms,
                .curves = (const RunCurves *const *)curves->pdata };
  char *html = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS(details); i++) {
    page.detail = details[i];
    g_free(html);
    html = render(page, script, style);
    if (strlen(html) < PAGE_MOST_BYTES) {
      break;
    }
  }
  return html;
}

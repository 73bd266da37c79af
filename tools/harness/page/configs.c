/* SPDX-License-Identifier: MIT */
/* Section: what the configurations of the arms differ in. */
#include "page_private.h"

/* of each problem and arm at its trial: GArray of Setting */
static GPtrArray *
read_settings(const Page *page, size_t task)
{
  GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    g_ptr_array_add(all,
                    arm_settings(experiment_arm(page->comparison->experiment, arm),
                                 comparison_site(page->comparison, task, arm)->trial));
  }
  return all;
}

/* each once, in the order in which arms say them */
static GPtrArray *
list_paths(const GPtrArray *all)
{
  GPtrArray *paths = g_ptr_array_new();

  for (guint arm = 0; arm < all->len; arm++) {
    const GArray *settings = g_ptr_array_index(all, arm);
    for (guint i = 0; i < settings->len; i++) {
      char *path = g_array_index(settings, Setting, i).path;
      if (!g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL)) {
        g_ptr_array_add(paths, path);
      }
    }
  }
  return paths;
}

static bool
is_common(const GPtrArray *all, const char *path)
{
  const char *first = settings_find(g_ptr_array_index(all, 0), path);

  for (guint arm = 1; arm < all->len; arm++) {
    if (g_strcmp0(settings_find(g_ptr_array_index(all, arm), path), first) != 0) {
      return false;
    }
  }
  return true;
}

static void
add_row(Page *page, const GPtrArray *all, const char *path)
{
  html_add(page->html, "<tr><th scope=\"row\" dir=\"auto\">", path, "</th>");
  for (guint arm = 0; arm < all->len; arm++) {
    const char *text = settings_find(g_ptr_array_index(all, arm), path);
    if (text != NULL) {
      html_add(page->html, "<td dir=\"auto\">", text, "</td>");
    } else {
      g_string_append(page->html, "<td class=\"unset\">–</td>");
    }
  }
  g_string_append(page->html, "</tr>\n");
}

static void
add_table(Page *page, const GPtrArray *all, const GPtrArray *paths, bool common)
{
  g_string_append(page->html, "<div class=\"wide\"><table class=\"configs\">\n"
                              "<thead><tr><th scope=\"col\">option</th>");
  for (guint arm = 0; arm < all->len; arm++) {
    g_string_append_printf(page->html, "<th scope=\"col\" data-arm=\"%u\">", arm);
    marks_add_sample(page->html, arm);
    html_add(page->html, "<bdi>", page->arms[arm], "</bdi></th>");
  }
  g_string_append(page->html, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < paths->len; i++) {
    if (is_common(all, g_ptr_array_index(paths, i)) == common) {
      add_row(page, all, g_ptr_array_index(paths, i));
    }
  }
  g_string_append(page->html, "</tbody></table></div>\n");
}

static size_t
count_common(const GPtrArray *all, const GPtrArray *paths)
{
  size_t n = 0;

  for (guint i = 0; i < paths->len; i++) {
    n += is_common(all, g_ptr_array_index(paths, i));
  }
  return n;
}

static void
add_task(Page *page, size_t task)
{
  g_autoptr(GPtrArray) all = read_settings(page, task);
  g_autoptr(GPtrArray) paths = list_paths(all);
  const size_t n_common = all->len > 1 ? count_common(all, paths) : 0;

  add_table(page, all, paths, all->len == 1);
  if (n_common > 0) {
    g_string_append_printf(
        page->html, "<details><summary>%zu the same in all arms</summary>\n", n_common);
    add_table(page, all, paths, true);
    g_string_append(page->html, "</details>\n");
  }
}

/* tuned arms have other values on each problem */
static bool
is_any_tuned(const Experiment *experiment)
{
  for (guint i = 0; i < experiment->arms->len; i++) {
    if (arm_is_tuned(experiment_arm(experiment, i))) {
      return true;
    }
  }
  return false;
}

void
configs_add(Page *page)
{
  const Experiment *experiment = page->comparison->experiment;
  const size_t n = is_any_tuned(experiment) ? comparison_n_tasks(page->comparison) : 1;

  g_string_append(page->html, "<section id=\"configs\">\n<h2>Configurations</h2>\n");
  html_add_paragraph(
      page->html, "doc",
      g_strdup("What the arms differ in, as written; – where an arm says "
               "nothing and has the default."));
  for (size_t task = 0; task < n; task++) {
    if (n > 1) {
      html_add(page->html, "<h3 dir=\"auto\">", experiment_task(experiment, task)->name,
               "</h3>\n");
    }
    add_task(page, task);
  }
  g_string_append(page->html, "</section>\n");
}

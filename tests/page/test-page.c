/* SPDX-License-Identifier: MIT */
/* Pieces of the page: thinned curves, escaped text, the policy, averages, figures. */
#include "harness/page/csp.h"
#include "harness/page/downsample.h"
#include "harness/page/figure.h"
#include "harness/page/html.h"
#include "harness/page/sampled.h"
#include "harness/statistics/expected_best.h"
#include "harness/statistics/sample.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

enum { MANY = 10000, ROOM = 400 };

/* ---- downsampling ---- */

static double *
make_noise(size_t n)
{
  g_autoptr(GRand) random = g_rand_new_with_seed(7);
  double *values = g_new(double, n);

  for (size_t i = 0; i < n; i++) {
    values[i] = g_rand_double(random);
  }
  return values;
}

static void
test_few_points_are_all_kept(void)
{
  const double values[] = { 3.0, NAN, 1.0, 2.0 };
  size_t places[4];

  g_assert_cmpuint(downsample(values, 4, 4, places), ==, 4);
  for (size_t i = 0; i < 4; i++) {
    g_assert_cmpuint(places[i], ==, i);
  }
}

static void
test_peaks_are_kept(void)
{
  g_autofree double *values = make_noise(MANY);
  size_t places[ROOM];
  bool has_low = false, has_high = false;
  values[1234] = -5.0;
  values[8765] = 7.0;

  const size_t n = downsample(values, MANY, ROOM, places);
  g_assert_cmpuint(n, <=, ROOM);
  g_assert_cmpuint(n, >, ROOM / 2);
  g_assert_cmpuint(places[0], ==, 0);
  g_assert_cmpuint(places[n - 1], ==, MANY - 1);
  for (size_t i = 0; i < n; i++) {
    g_assert_true(i == 0 || places[i] > places[i - 1]);
    has_low = has_low || places[i] == 1234;
    has_high = has_high || places[i] == 8765;
  }
  g_assert_true(has_low && has_high);
}

/* the outline of a curve is the same: no stretch loses its lowest or highest value */
static void
test_each_stretch_keeps_its_peaks(void)
{
  g_autofree double *values = make_noise(MANY);
  size_t places[ROOM];
  const size_t n = downsample(values, MANY, ROOM, places);
  const size_t stretch =
      100; /* two of the 199 stretches are inside of any 100 values */

  for (size_t first = 1; first + stretch < MANY; first += stretch) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = first + 25; i < first + 75; i++) {
      low = fmin(low, values[i]);
      high = fmax(high, values[i]);
    }
    double kept_low = INFINITY, kept_high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
      if (places[i] + 30 >= first && places[i] < first + stretch + 30) {
        kept_low = fmin(kept_low, values[places[i]]);
        kept_high = fmax(kept_high, values[places[i]]);
      }
    }
    g_assert_cmpfloat(kept_low, <=, low);
    g_assert_cmpfloat(kept_high, >=, high);
  }
}

static void
test_gaps_stay_gaps(void)
{
  g_autofree double *values = make_noise(MANY);
  size_t places[ROOM], n_gaps = 0;
  for (size_t i = 4000; i < 5000; i++) {
    values[i] = NAN;
  }
  values[4500] = INFINITY;

  const size_t n = downsample(values, MANY, ROOM, places);
  for (size_t i = 0; i < n; i++) {
    n_gaps += !isfinite(values[places[i]]);
  }
  g_assert_cmpuint(n_gaps, >, 5);
}

static void
test_band_keeps_its_peaks(void)
{
  Trace trace = trace_new(TRACE_LINE, 0, "", MANY, true);
  for (size_t i = 0; i < MANY; i++) {
    trace.x[i] = (double)i;
    trace.y[i] = trace.low[i] = trace.high[i] = 0.5;
  }
  trace.low[3333] = -1.0;
  trace.high[6666] = 2.0;

  trace_thin(&trace, ROOM);
  double low = 0.0, high = 0.0;
  for (size_t i = 0; i < trace.n; i++) {
    low = fmin(low, trace.low[i]);
    high = fmax(high, trace.high[i]);
  }
  g_assert_cmpuint(trace.n, <=, ROOM);
  g_assert_cmpfloat(low, ==, -1.0);
  g_assert_cmpfloat(high, ==, 2.0);
  g_autoptr(Figure) figure = figure_new("f", "", "", NULL);
  view_add(figure_add_view(figure, "x", "y"), trace); /* frees it */
}

/* ---- text ---- */

static const char hostile[] = "</script><script>alert(1)</script>\"'&<!-- \xe2\x80\xa8"
                              "\xe2\x80\xa9 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \\ \x01\n";

static void
test_html_is_escaped(void)
{
  g_autofree char *escaped = html_escape(hostile);
  g_autofree char *invalid = html_escape("a\xff<");

  for (const char *p = "<>\"'"; *p != '\0'; p++) {
    g_assert_null(strchr(escaped, *p));
  }
  g_assert_nonnull(strstr(escaped, "&lt;/script&gt;"));
  g_assert_cmpstr(invalid, ==, "a\xef\xbf\xbd&lt;");
}

static void
test_json_cannot_leave_its_element(void)
{
  PageJson *json = page_json_new();
  page_json_open(json, '[');
  page_json_text(json, hostile);
  page_json_close(json, ']');
  g_autofree char *text = page_json_free(json);

  g_assert_null(strpbrk(text, "<>&"));
  g_assert_null(strstr(text, "\xe2\x80\xa8"));
  g_assert_null(strstr(text, "\xe2\x80\xa9"));
  g_autoptr(JsonNode) root = json_from_string(text, NULL);
  g_assert_nonnull(root);
  g_assert_cmpstr(json_array_get_string_element(json_node_get_array(root), 0), ==,
                  hostile);
}

static void
test_json_has_no_nan(void)
{
  const double values[] = { 0.1, NAN, -INFINITY, 123456.7, 1e-300 };
  PageJson *json = page_json_new();
  page_json_open(json, '{');
  page_json_key(json, "a");
  page_json_numbers(json, values, 5);
  page_json_key(json, "b");
  page_json_flag(json, true);
  page_json_close(json, '}');
  g_autofree char *text = page_json_free(json);

  g_assert_cmpstr(text, ==, "{\"a\":[0.1,null,null,123457,1e-300],\"b\":true}");
}

/* from `printf alert | openssl sha256 -binary | base64`, and of nothing */
static void
test_policy_has_the_hashes(void)
{
  g_autofree char *policy = csp_policy("alert", "");

  g_assert_cmpstr(policy, ==,
                  "default-src 'none'; "
                  "script-src 'sha256-35BQWN1npAn++BSA6B5HNlcrDttNf7mHxpXNB+Jg7IE='; "
                  "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
                  "base-uri 'none'; form-action 'none'");
}

/* ---- curves at common places ---- */

static void
test_interpolation(void)
{
  const double x[] = { 0.0, 1.0, 3.0 }, y[] = { 5.0, 7.0, 3.0 };
  const Sampled curve = { x, y, 3 };

  g_assert_cmpfloat(sampled_at(&curve, 0.0), ==, 5.0);
  g_assert_cmpfloat(sampled_at(&curve, 0.5), ==, 6.0);
  g_assert_cmpfloat(sampled_at(&curve, 2.0), ==, 5.0);
  g_assert_cmpfloat(sampled_at(&curve, 3.0), ==, 3.0);
  g_assert_true(isnan(sampled_at(&curve, 3.1)));
  g_assert_true(isnan(sampled_at(&curve, -0.1)));
}

static void
test_same_places_are_used_as_they_are(void)
{
  const double x[] = { 0.0, 1.0, 3.0 }, y[] = { 5.0, 7.0, 3.0 };
  const Sampled curves[] = { { x, y, 3 }, { x, y, 2 } };
  size_t n;
  g_autofree double *places = sampled_places(curves, 2, &n);

  g_assert_cmpuint(n, ==, 2);
  g_assert_cmpfloat(places[1], ==, 1.0);
}

static void
test_other_places_are_inside_of_all(void)
{
  const double x[] = { 0.0, 1.0, 3.0 }, z[] = { 0.5, 2.5, 9.0 };
  const double y[] = { 1.0, 1.0, 1.0 };
  const Sampled curves[] = { { x, y, 3 }, { z, y, 3 } };
  size_t n;
  g_autofree double *places = sampled_places(curves, 2, &n);

  g_assert_cmpuint(n, ==, SAMPLED_PLACES);
  g_assert_cmpfloat(places[0], ==, 0.5);
  g_assert_cmpfloat(places[n - 1], ==, 3.0);
}

static void
test_no_common_places(void)
{
  const double x[] = { 0.0, 1.0 }, z[] = { 2.0, 3.0 }, y[] = { 1.0, 1.0 };
  const Sampled curves[] = { { x, y, 2 }, { z, y, 2 } };
  size_t n = 1;

  g_assert_null(sampled_places(curves, 2, &n));
  g_assert_cmpuint(n, ==, 0);
}

/* ---- statistics ---- */

static void
test_quantiles(void)
{
  double values[] = { 9.0, 1.0, 5.0, 3.0, 7.0 };

  g_assert_cmpfloat(statistics_quantile(values, 5, 0.0), ==, 1.0);
  g_assert_cmpfloat(statistics_quantile(values, 5, 0.5), ==, 5.0);
  g_assert_cmpfloat(statistics_quantile(values, 5, 0.625), ==, 6.0);
  g_assert_cmpfloat(statistics_quantile(values, 5, 1.0), ==, 9.0);
  g_assert_true(isnan(statistics_quantile(values, 0, 0.5)));
}

/* mean over all subsets of the size, one by one */
static double
count_best(const double *values, size_t n, size_t k)
{
  double sum = 0.0;
  size_t n_subsets = 0;

  for (unsigned subset = 0; subset < 1u << n; subset++) {
    double best = -INFINITY;
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
      if ((subset >> i & 1u) != 0) {
        best = fmax(best, values[i]);
        size++;
      }
    }
    sum += size == k ? best : 0.0;
    n_subsets += size == k;
  }
  return sum / (double)n_subsets;
}

static void
test_expected_best_is_the_mean_over_subsets(void)
{
  const double values[] = { 0.3, -2.0, 0.9, 0.9, 5.0, 0.0, 1.5 };

  for (size_t k = 1; k <= 7; k++) {
    g_assert_cmpfloat_with_epsilon(expected_best(values, 7, k),
                                   count_best(values, 7, k), 1e-12);
  }
}

/* ---- figures ---- */

static Figure *
make_figure(void)
{
  Figure *figure = figure_new("f", "<title>", "", "g");
  View *view = figure_add_view(figure, "step", "loss");
  Trace trace = trace_new(TRACE_LINE, 0, "", 3, false);
  const double y[] = { 1.0, NAN, 0.5 };

  for (size_t i = 0; i < 3; i++) {
    trace.x[i] = (double)i;
    trace.y[i] = y[i];
  }
  view_add(view, trace);
  return figure;
}

static void
test_figure_without_points_is_empty(void)
{
  g_autoptr(Figure) figure = figure_new("f", "", "", NULL);
  Trace trace = trace_new(TRACE_LINE, 0, "", 1, false);
  trace.x[0] = 0.0;
  trace.y[0] = NAN;
  view_add(figure_add_view(figure, "x", "y"), trace);
  g_autoptr(Figure) full = make_figure();

  g_assert_true(figure_is_empty(figure));
  g_assert_false(figure_is_empty(full));
}

static void
test_picture_has_gaps_and_escaped_text(void)
{
  static const char *const arms[] = { "<b>", NULL };
  g_autoptr(Figure) figure = make_figure();
  g_autoptr(GString) html = g_string_new(NULL);

  figure_draw(figure, arms, html);
  g_assert_nonnull(strstr(html->str, "aria-label=\"&lt;title&gt;\""));
  g_assert_null(strstr(html->str, "nan"));
  const char *line = strstr(html->str, "class=\"trace c0 d0\" d=\"M");
  g_assert_nonnull(line);
  g_assert_nonnull(strchr(strchr(line, 'M') + 1, 'M'));
}

/* y falls from `first` to 1, most of it in the first tenth */
static void
add_falling_line(View *view, double first)
{
  Trace trace = trace_new(TRACE_LINE, 0, "", 21, false);

  for (size_t i = 0; i < 21; i++) {
    trace.x[i] = (double)i;
    trace.y[i] = i < 2 ? first : 2.0 - 0.05 * (double)i;
  }
  view_add(view, trace);
}

static void
test_beginning_does_not_flatten_the_rest(void)
{
  g_autoptr(Figure) figure = figure_new("f", "", "", NULL);
  View *steep = figure_add_view(figure, "x", "y");
  View *even = figure_add_view(figure, "x", "y");
  static const char *const arms[] = { "a", NULL };
  g_autoptr(GString) html = g_string_new(NULL);

  add_falling_line(steep, 50.0);
  add_falling_line(even, 2.0);
  view_settle(steep);
  view_settle(even);
  g_assert_cmpfloat(steep->low, ==, 1.0);
  g_assert_cmpfloat(steep->high, ==, 1.9);
  g_assert_true(isnan(even->low) && isnan(even->high));

  figure_draw(figure, arms, html);
  g_assert_nonnull(strstr(html->str, ">1.8</text>"));
  g_assert_null(strstr(html->str, ">50</text>"));
}

static void
test_line_that_is_flat_later_is_shown_whole(void)
{
  g_autoptr(Figure) figure = figure_new("f", "", "", NULL);
  View *view = figure_add_view(figure, "x", "y");
  Trace trace = trace_new(TRACE_LINE, 0, "", 21, false);

  for (size_t i = 0; i < 21; i++) {
    trace.x[i] = (double)i;
    trace.y[i] = i < 2 ? 7.0 : 3.0;
  }
  view_add(view, trace);
  view_settle(view);
  g_assert_true(isnan(view->low) && isnan(view->high));
}

static void
test_arrays_are_written_once(void)
{
  g_autoptr(Figure) figure = make_figure();
  g_autoptr(FigurePool) pool = figure_pool_new();
  PageJson *json = page_json_new(), *arrays = page_json_new();

  page_json_open(json, '[');
  figure_write(figure, pool, json);
  figure_write(figure, pool, json);
  page_json_close(json, ']');
  figure_pool_write(pool, arrays);
  g_autofree char *text = page_json_free(json), *pooled = page_json_free(arrays);
  g_assert_cmpstr(pooled, ==, "[[0,1,2],[1,null,0.5]]");
  g_autoptr(JsonNode) root = json_from_string(text, NULL);
  g_assert_nonnull(root);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(void);
  } tests[] = {
    { "/page/downsample/few-points-are-all-kept", test_few_points_are_all_kept },
    { "/page/downsample/peaks-are-kept", test_peaks_are_kept },
    { "/page/downsample/each-stretch-keeps-its-peaks",
      test_each_stretch_keeps_its_peaks },
    { "/page/downsample/gaps-stay-gaps", test_gaps_stay_gaps },
    { "/page/downsample/a-band-keeps-its-peaks", test_band_keeps_its_peaks },
    { "/page/text/html-is-escaped", test_html_is_escaped },
    { "/page/text/json-cannot-leave-its-element", test_json_cannot_leave_its_element },
    { "/page/text/json-has-no-nan", test_json_has_no_nan },
    { "/page/policy-has-the-hashes", test_policy_has_the_hashes },
    { "/page/sampled/interpolation", test_interpolation },
    { "/page/sampled/same-places-are-used-as-they-are",
      test_same_places_are_used_as_they_are },
    { "/page/sampled/other-places-are-inside-of-all",
      test_other_places_are_inside_of_all },
    { "/page/sampled/no-common-places", test_no_common_places },
    { "/page/statistics/quantiles", test_quantiles },
    { "/page/statistics/expected-best-is-the-mean-over-subsets",
      test_expected_best_is_the_mean_over_subsets },
    { "/page/figure/without-points-is-empty", test_figure_without_points_is_empty },
    { "/page/figure/picture-has-gaps-and-escaped-text",
      test_picture_has_gaps_and_escaped_text },
    { "/page/figure/beginning-does-not-flatten-the-rest",
      test_beginning_does_not_flatten_the_rest },
    { "/page/figure/line-that-is-flat-later-is-shown-whole",
      test_line_that_is_flat_later_is_shown_whole },
    { "/page/figure/arrays-are-written-once", test_arrays_are_written_once },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}

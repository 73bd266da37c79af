/* SPDX-License-Identifier: MIT */
/* Compare optreg with runs recorded from Keras, through the public interface alone.
 *
 * usage: conformance [--tap] [--verbose] [--keras] [--plugin-dir DIR]... CASES
 * CASES is a directory of *.json files or one gzip-compressed file of a case a line.
 * Exit status: 0 all passed or skipped, 1 one failed, 2 usage. */
#include "departures.h"
#include "replay.h"

typedef struct Options {
  gboolean is_tap, is_verbose, is_keras;
  GStrv plugin_dirs;
  char *cases;
} Options;

static void
options_clear(Options *options)
{
  g_strfreev(options->plugin_dirs);
  g_free(options->cases);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* ---- one case ---- */

static const struct {
  const char *name;
  void (*replay)(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
} kinds[] = {
  { "train", replay_training },    { "function", replay_function },
  { "schedule", replay_schedule }, { "error", replay_errors },
  { "config", replay_defaults },
};

static Outcome *
run_case(JsonObject *recorded, optreg_registry *registry, const Options *options)
{
  Outcome *outcome = outcome_new(case_string(recorded, "id"));
  const char *kind = case_string(recorded, "kind");
  outcome->is_verbose = options->is_verbose;
  outcome->is_keras = options->is_keras;
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    if (g_strcmp0(kind, kinds[i].name) == 0) {
      kinds[i].replay(outcome, recorded, registry);
      return outcome;
    }
  }
  outcome_fail(outcome, "the runner does not know the kind '%s'", kind);
  return outcome;
}

static void
print_distances(const Outcome *outcome)
{
  static const char *const fields[] = { "weights", "slots", "averages",
                                        "accumulators" };
  const char *where = NULL;
  const double worst = outcome_ulps(outcome, &where);
  g_print(" - %s: %.0f ulp", outcome->id, worst);
  for (size_t i = 0; worst > 0.0 && i < N_TENSOR_FIELDS; i++) {
    g_print("%s%s %.0f", i == 0 ? " (" : ", ", fields[i], outcome->ulps[i]);
  }
  if (worst > 0.0) {
    g_print("; %s)", where);
  }
}

/* the lines of the Test Anything Protocol read well enough without a harness */
static void
print_case(const Outcome *outcome, guint number)
{
  g_print("%s %u", outcome->n_failures > 0 ? "not ok" : "ok", number);
  if (outcome->skipped != NULL) {
    g_print(" - %s # SKIP %s\n", outcome->id, outcome->skipped);
    return;
  }
  print_distances(outcome);
  g_print("\n");
  if (outcome->n_failures > 0) {
    g_print("# %s: %s%s\n", outcome->id, outcome->failure,
            outcome->n_failures > 1 ? ", and more" : "");
  }
}

/* ---- all of them ---- */

static void
print_skips(const GPtrArray *outcomes)
{
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < outcomes->len; i++) {
    char *reason = ((const Outcome *)outcomes->pdata[i])->skipped;
    if (reason != NULL) {
      const guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, reason));
      g_hash_table_insert(counts, reason, GUINT_TO_POINTER(count + 1));
    }
  }
  g_autoptr(GList)
      reasons = g_list_sort(g_hash_table_get_keys(counts), (GCompareFunc)g_strcmp0);
  for (GList *reason = reasons; reason != NULL; reason = reason->next) {
    g_print("# skipped %u: %s\n",
            GPOINTER_TO_UINT(g_hash_table_lookup(counts, reason->data)),
            (char *)reason->data);
  }
}

static void
print_departures(const GPtrArray *outcomes)
{
  for (size_t row = 0; row < departures_count(); row++) {
    guint64 by_own_rule = 0, unchecked = 0;
    for (guint i = 0; i < outcomes->len; i++) {
      const Outcome *outcome = outcomes->pdata[i];
      by_own_rule += outcome->by_own_rule[row];
      unchecked += outcome->unchecked[row];
    }
    g_print("# departure: %s: %" G_GUINT64_FORMAT " values excused (%" G_GUINT64_FORMAT
            " compared with this rule)\n",
            departures_name(row), by_own_rule + unchecked, by_own_rule);
  }
}

static void
print_largest(const GPtrArray *outcomes, bool is_elementwise, const char *cases)
{
  double largest = 0.0;
  const char *id = NULL, *where = NULL, *largest_where = NULL;
  for (guint i = 0; i < outcomes->len; i++) {
    const Outcome *outcome = outcomes->pdata[i];
    const double ulps = outcome_ulps(outcome, &where);
    if (outcome->is_elementwise == is_elementwise && ulps > largest) {
      largest = ulps;
      largest_where = where;
      id = outcome->id;
    }
  }
  g_print("# largest distance in %s cases: %.0f ulp", cases, largest);
  if (id != NULL) {
    g_print(" (%s: %s)", id, largest_where);
  }
  g_print("\n");
}

static guint
print_summary(const GPtrArray *outcomes, bool is_tap)
{
  guint n_failed = 0, n_skipped = 0;
  guint64 n_compared = 0;
  for (guint i = 0; i < outcomes->len; i++) {
    const Outcome *outcome = outcomes->pdata[i];
    n_failed += outcome->n_failures > 0;
    n_skipped += outcome->n_failures == 0 && outcome->skipped != NULL;
    n_compared += outcome->n_compared;
  }
  print_skips(outcomes);
  print_departures(outcomes);
  print_largest(outcomes, true, "elementwise");
  print_largest(outcomes, false, "other");
  g_print("# %" G_GUINT64_FORMAT " values compared\n", n_compared);
  g_print("%s%u passed, %u failed, %u skipped\n", is_tap ? "# " : "",
          outcomes->len - n_failed - n_skipped, n_failed, n_skipped);
  return n_failed;
}

static guint
run_all(const GPtrArray *cases, optreg_registry *registry, const Options *options)
{
  g_autoptr(GPtrArray)
      outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)outcome_free);
  if (options->is_tap) {
    g_print("1..%u\n", cases->len);
  }
  for (guint i = 0; i < cases->len; i++) {
    Outcome *outcome = run_case(cases->pdata[i], registry, options);
    g_ptr_array_add(outcomes, outcome);
    print_case(outcome, i + 1);
  }
  return print_summary(outcomes, options->is_tap);
}

/* ---- the command line ---- */

static bool
read_options(Options *options, int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  const GOptionEntry entries[] = {
    { "plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->plugin_dirs,
      "where plugins are found", "DIR" },
    { "tap", 0, 0, G_OPTION_ARG_NONE, &options->is_tap, "print for a TAP harness",
      NULL },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &options->is_verbose,
      "print the distance of every tensor at every step", NULL },
    { "keras", 0, 0, G_OPTION_ARG_NONE, &options->is_keras,
      "configure as Keras serialises, where it can say all", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "CASES" },
    { .long_name = NULL }
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- compare with Keras");
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, error)) {
    return false;
  }
  if (rest == NULL || g_strv_length(rest) != 1) {
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "name one directory or file of cases; see --help");
    return false;
  }
  options->cases = g_strdup(rest[0]);
  return true;
}

/* relative directories are those of the shell */
static optreg_registry *
open_registry(const Options *options, optreg_error **error)
{
  g_autoptr(GPtrArray) directories = g_ptr_array_new_with_free_func(g_free);
  for (char **directory = options->plugin_dirs; directory != NULL && *directory != NULL;
       directory++) {
    g_ptr_array_add(directories, g_canonicalize_filename(*directory, NULL));
  }
  g_ptr_array_add(directories, NULL);
  return optreg_registry_new((const char *const *)directories->pdata, error);
}

int
main(int argc, char **argv)
{
  g_auto(Options) options = { 0 };
  g_autoptr(GError) error = NULL;
  g_autoptr(optreg_error) problem = NULL;

  if (!read_options(&options, argc, argv, &error)) {
    g_printerr("conformance: %s\n", error->message);
    return 2;
  }
  g_autoptr(GPtrArray) cases = cases_read(options.cases, &error);
  if (cases == NULL || cases->len == 0) {
    g_printerr("conformance: %s\n",
               error != NULL ? error->message : "there are no cases");
    return 2;
  }
  g_autoptr(optreg_registry) registry = open_registry(&options, &problem);
  if (registry == NULL) {
    g_printerr("conformance: %s\n", problem->message);
    return 2;
  }
  return run_all(cases, registry, &options) > 0 ? 1 : 0;
}

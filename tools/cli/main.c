/* SPDX-License-Identifier: MIT */
/* optreg: the command line. */
#include "manual.h"
#include "support/columns.h"
#include "support/nearest.h"
#include "support/startup.h"
#include "support/text.h"
#include "verbs.h"

#include <locale.h>
#include <stdio.h>

typedef struct Verb {
  const char *name;
  const char *doc; /* NULL: not in the help */
  Status (*run)(int argc, char **argv, GError **error);
} Verb;

static const Verb verbs[] = {
  { "list", "the optimizers that can be named", list_run },
  { "info", "an optimizer's hyperparameters, slots and kernels", info_run },
  { "config", "what a configuration means, option by option", config_run },
  { "problems", "what there is to train", problems_run },
  { "compare", "train configurations side by side on a real problem", compare_run },
  { "report", "the results of a comparison again, also as charts in the terminal",
    report_run },
  { "new", "begin a plugin of your own", new_run },
  { "check", "whether a plugin is right", check_run },
  { "state", "what is in a checkpoint, and what differs between two", state_run },
  { "bench", "the time of a step, against the speed of memory", bench_run },
  { "compare-run", NULL, train_run },
};

static const char about[] = "Optimizers by name: plugins that are configured in YAML.";
static const char exit_status[] =
    "0 done, 1 failed, 2 usage or invalid configuration, 3 a gate\n"
    "failed, 4 an expectation was missed, 5 incomplete, 130 interrupted.";

static const Verb *
find_verb(const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    if (g_str_equal(verbs[i].name, name)) {
      return &verbs[i];
    }
  }
  return NULL;
}

const char *
verbs_doc(const char *name)
{
  const Verb *verb = find_verb(name);

  return verb != NULL && verb->doc != NULL ? verb->doc : "";
}

static void
print_manual(void)
{
  manual_begin("optreg", "optimizers by name");
  manual_section("SYNOPSIS", "optreg VERB [OPTION...] [ARGUMENT...]");
  manual_section("DESCRIPTION", about);
  fputs(".SH VERBS\n", stdout);
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    if (verbs[i].doc != NULL) {
      manual_term(verbs[i].name, verbs[i].doc);
    }
  }
  manual_section("EXIT STATUS", exit_status);
  fputs(".SH SEE ALSO\n", stdout);
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    if (verbs[i].doc != NULL) {
      printf(".BR optreg\\-%s (1)\n", verbs[i].name);
    }
  }
}

static void
print_help(FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("ll");

  fprintf(stream, "usage: optreg VERB [OPTION...] [ARGUMENT...]\n\n%s\n\n", about);
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    if (verbs[i].doc != NULL) {
      columns_add(columns, verbs[i].name, verbs[i].doc);
    }
  }
  columns_add(columns, "--help", "show this; 'optreg VERB --help' tells more");
  columns_add(columns, "--version", "show the version");
  columns_print(columns, 2, stream);
  fprintf(stream, "\nExit status: %s\n", exit_status);
}

static Status
refuse(const char *name)
{
  const char *names[G_N_ELEMENTS(verbs) + 1] = { NULL };
  size_t n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    if (verbs[i].doc != NULL) {
      names[n++] = verbs[i].name;
    }
  }
  g_autofree char *reason = nearest_explain("verb", name, names);
  text_line(stderr, "optreg: %s; try 'optreg --help'", reason);
  return STATUS_USAGE;
}

/* a message may have lines of its own; those of the library are one line each */
static void
print_error(const GError *error)
{
  g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

  for (size_t i = 0; lines[i] != NULL; i++) {
    text_line(stderr, "%s%s", i == 0 ? "optreg: " : "", lines[i]);
  }
}

static Status
run_verb(const Verb *verb, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  Status status = verb->run(argc, argv, &error);

  if (error != NULL) {
    print_error(error);
    status = status_of_error(error);
  }
  return status;
}

static Status
run(int argc, char **argv)
{
  if (argc < 2) {
    print_help(stderr);
    return STATUS_USAGE;
  }
  if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
    print_help(stdout);
    return STATUS_DONE;
  }
  if (g_str_equal(argv[1], "--version")) {
    printf("optreg %s\n", optreg_version());
    return STATUS_DONE;
  }
  if (g_str_equal(argv[1], "--man")) {
    print_manual();
    return STATUS_DONE;
  }
  const Verb *verb = find_verb(argv[1]);
  return verb != NULL ? run_verb(verb, argc - 1, argv + 1) : refuse(argv[1]);
}

int
main(int argc, char **argv)
{
  startup_put_in_order();
  /* for the characters of the terminal; numbers stay as they are in C */
  setlocale(LC_CTYPE, "");
  const Status status = run(argc, argv);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fputs("optreg: cannot write the results to stdout\n", stderr);
    return STATUS_FAILED;
  }
  return status;
}

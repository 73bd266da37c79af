/* SPDX-License-Identifier: MIT */
/* optreg list: the optimizers that can be named. */
#include "plugins.h"
#include "support/columns.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

static const Usage usage = {
  .verb = "list",
  .summary =
      "Lists the optimizers that can be named. Where a name is there twice, the first\n"
      "folder has it, and the files that it hides are named. It reads what plugins say "
      "in their files and runs none of\n"
      "their code. One that cannot be used is shown with the reason, and the exit "
      "status\n"
      "is 1; 'optreg check' finds more.",
};

/* what it is, and which files of that name are not used */
static char *
describe(const optreg_plugin_summary *summary)
{
  if (summary->hides[0] == NULL) {
    return g_strdup(summary->doc);
  }
  g_autofree char *files = g_strjoinv(", ", summary->hides);
  return g_strdup_printf("%s (%s, which hides %s)", summary->doc, summary->path, files);
}

/* false when the plugin cannot be used */
static bool
add_optimizer(Columns *columns, optreg_registry *registry, const char *name)
{
  optreg_error *failure = NULL;
  optreg_plugin_summary *summary = optreg_registry_summary(registry, name, &failure);
  const bool is_usable = summary != NULL || failure->code == OPTREG_ERROR_UNREADABLE;

  if (summary != NULL) {
    g_autofree char *text = describe(summary);
    columns_add(columns, summary->name, summary->version, text);
  } else {
    g_autofree char *reason =
        g_strdup_printf("%s%s", is_usable ? "" : "cannot be used: ", failure->message);
    columns_add(columns, name, "-", reason);
  }
  optreg_plugin_summary_free(summary);
  optreg_error_free(failure);
  return is_usable;
}

static void
say_none(const optreg_registry *registry)
{
  const char *const *directories = optreg_registry_directories(registry);

  fputs("optreg: there is no optimizer in these folders:\n", stderr);
  for (size_t i = 0; directories[i] != NULL; i++) {
    text_line(stderr, "  %s", directories[i]);
  }
}

Status
list_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) directories = NULL, rest = NULL;
  const GOptionEntry entries[] = { PLUGINS_OPTION(&directories), G_OPTION_ENTRY_NULL };
  Status status = STATUS_DONE;

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(optreg_registry) registry = plugins_open(directories, error);
  if (registry == NULL) {
    return STATUS_FAILED;
  }
  g_autoptr(Columns) columns = columns_new("lll");
  char **names = optreg_registry_names(registry);
  columns_add_heading(columns, "name", "version", "what it is");
  for (size_t i = 0; names[i] != NULL; i++) {
    if (!add_optimizer(columns, registry, names[i])) {
      status = STATUS_FAILED;
    }
  }
  if (names[0] != NULL) {
    columns_print(columns, 0, stdout);
  } else {
    say_none(registry);
  }
  optreg_names_free(names);
  return status;
}

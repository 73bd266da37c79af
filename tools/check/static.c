/* SPDX-License-Identifier: MIT */
/* Checks of the file alone: none of its code runs. */
#include "check.h"
#include "object.h"

#include <elf.h>
#include <string.h>

static void
check_file(const Plugin *plugin, Finding *finding)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Object) object = object_new(plugin->path, &error);

  if (object == NULL) {
    finding_fail(finding, "%s", error->message);
  }
}

static void
check_name(const Plugin *plugin, Finding *finding)
{
  g_autofree char *base = g_path_get_basename(plugin->path);

  if (!g_regex_match_simple("^[a-z][a-z0-9_]{0,62}\\.so$", base, G_REGEX_DOLLAR_ENDONLY,
                            0)) {
    finding_fail(finding, "the file is called '%s'", base);
  }
}

static void
check_stack(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  if (object != NULL && object_has_executable_stack(object)) {
    finding_fail(finding, "asks for a stack that can be executed");
  }
}

static void
check_relocations(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  if (object != NULL && object_has_text_relocations(object)) {
    finding_fail(finding, "its code must be written to when it is loaded");
  }
}

static void
check_exports(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);
  bool has_entry = false;

  for (size_t i = 0; object != NULL && i < object->n_symbols; i++) {
    const ObjectSymbol *symbol = &object->symbols[i];
    if (!symbol->is_defined || symbol->binding == STB_LOCAL
        || object_is_instrumentation(symbol->name)) {
      continue;
    }
    if (!g_str_equal(symbol->name, "optreg_plugin_abi1")) {
      finding_fail(finding, "exports '%s' as well", symbol->name);
    } else if (symbol->type != STT_OBJECT || symbol->size < sizeof(optreg_plugin)) {
      finding_fail(finding,
                   "its symbol '%s' is not the data object that "
                   "OPTREG_PLUGIN(...) defines",
                   symbol->name);
    } else {
      has_entry = true;
    }
  }
  if (object != NULL && !has_entry) {
    finding_fail(finding, "does not export the symbol 'optreg_plugin_abi1'");
  }
}

static void
check_unique(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  for (size_t i = 0; object != NULL && i < object->n_symbols; i++) {
    if (object->symbols[i].binding == STB_GNU_UNIQUE) {
      finding_fail(finding,
                   "shares the variable '%s' with every other library that has it",
                   object->symbols[i].name);
    }
  }
}

static void
check_libraries(const Plugin *plugin, Finding *finding)
{
  static const char *const permitted[] = { "libc.so",      "libm.so",     "ld-linux",
                                           "libstdc++.so", "libgcc_s.so", "libasan.so",
                                           "libubsan.so" };
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  for (size_t i = 0; object != NULL && object->libraries[i] != NULL; i++) {
    bool is_permitted = false;
    for (size_t j = 0; j < G_N_ELEMENTS(permitted); j++) {
      is_permitted |= g_str_has_prefix(object->libraries[i], permitted[j]);
    }
    if (!is_permitted) {
      finding_fail(finding, "is linked with '%s'", object->libraries[i]);
    }
  }
}

/* what no optimizer has a reason to call */
static void
check_calls(const Plugin *plugin, Finding *finding)
{
  static const char *const forbidden[] = {
    "_Exit",          "_exit",          "abort",         "chdir",
    "clone",          "dlopen",         "execl",         "execv",
    "execve",         "exit",           "fork",          "fprintf",
    "fputs",          "fwrite",         "popen",         "posix_spawn",
    "printf",         "pthread_create", "putchar",       "puts",
    "raise",          "setenv",         "setlocale",     "sigaction",
    "signal",         "syscall",        "system",        "vfork",
    "write",          "__assert_fail",  "__fprintf_chk", "__printf_chk",
    "feenableexcept", "fesetenv",       "fesetround",    NULL,
  };
  g_autoptr(Object) object = object_new(plugin->path, NULL);
  g_autoptr(GString) names = g_string_new(NULL);

  for (size_t i = 0; object != NULL && i < object->n_symbols; i++) {
    const ObjectSymbol *symbol = &object->symbols[i];
    if (!symbol->is_defined && g_strv_contains(forbidden, symbol->name)) {
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", symbol->name);
    }
  }
  if (names->len > 0) {
    finding_fail(finding, "can call %s", names->str);
  }
}

static void
check_constructors(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  /* the compiler's own start-up code is one */
  if (object != NULL && object->n_constructors > 1 && !object_is_instrumented(object)) {
    finding_fail(finding, "%zu functions run when it is opened",
                 object->n_constructors - 1);
  }
}

static void
check_variables(const Plugin *plugin, Finding *finding)
{
  enum { OF_COMPILER = 16 }; /* bytes of its start-up code */
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  if (object == NULL || object_is_instrumented(object)) {
    return;
  }
  if (object->n_variables > 0) {
    finding_fail(finding, "'%s' is a variable that all instances and threads share",
                 object->variables[0].name);
  } else if (!object->has_names && object->n_variable_bytes > OF_COMPILER) {
    finding_fail(finding,
                 "has variables that all instances and threads share, %u bytes",
                 (unsigned)object->n_variable_bytes - OF_COMPILER);
  }
}

static void
check_readable(const Plugin *plugin, Finding *finding)
{
  const char *const directories[] = { plugin->directory, NULL };
  optreg_error *error = NULL;
  optreg_registry *registry = optreg_registry_new(directories, &error);

  if (registry != NULL) {
    optreg_plugin_summary *summary =
        optreg_registry_summary(registry, plugin->name, &error);
    if (summary == NULL && error->code == OPTREG_ERROR_UNREADABLE) {
      finding_fail(finding, "%s", error->message);
    }
    optreg_plugin_summary_free(summary);
  }
  optreg_error_free(error);
  optreg_registry_free(registry);
}

static const Check checks[] = {
  { "static.file", SEVERITY_ERROR,
    "the file is a whole shared library for this machine",
    "build it with -shared, and copy it completely", check_file },
  { "static.name", SEVERITY_ERROR, "the file is called NAME.so",
    "call it after its optimizer: a lower-case letter, then up to 62 of a-z, 0-9 and _",
    check_name },
  { "static.stack", SEVERITY_ERROR, "the stack cannot be executed",
    "link without -z execstack; nested functions of GNU C need it, write them as others",
    check_stack },
  { "static.relocations", SEVERITY_ERROR, "code is not changed when it is loaded",
    "compile with -fPIC", check_relocations },
  { "static.exports", SEVERITY_ERROR, "optreg_plugin_abi1 is exported and nothing else",
    "end the source with OPTREG_PLUGIN(&optimizer); compile with -fvisibility=hidden",
    check_exports },
  { "static.unique", SEVERITY_WARNING, "no variable is shared with other libraries",
    "compile C++ with -fno-gnu-unique, and avoid inline variables", check_unique },
  { "static.libraries", SEVERITY_ERROR, "libc, libm and those of C++ are all it needs",
    "remove the library; what an optimizer needs comes from plugin.h and libm",
    check_libraries },
  { "static.calls", SEVERITY_WARNING, "it does not print, exit, fork or open",
    "report through host->fail and host->log; leave the process alone", check_calls },
  { "static.constructors", SEVERITY_ERROR, "no code runs when the file is opened",
    "make the tables constant; do what has to be done in build", check_constructors },
  { "static.variables", SEVERITY_WARNING, "it has no variables but those of its calls",
    "make tables const; state belongs in slots, scratch in slots with OPTREG_TRANSIENT",
    check_variables },
  { "static.readable", SEVERITY_WARNING,
    "its name and version can be read from the file",
    "make the class and its texts constant, so that `optreg list` need not open it",
    check_readable },
};

const Family static_family = { .name = "static", CHECKS(checks), .is_gate = true };

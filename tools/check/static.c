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

/* the undefined symbols that are listed, as text */
static char *
list_imports(const Plugin *plugin, const char *const *listed)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);
  g_autoptr(GString) names = g_string_new(NULL);

  for (size_t i = 0; object != NULL && i < object->n_symbols; i++) {
    const ObjectSymbol *symbol = &object->symbols[i];
    if (!symbol->is_defined && g_strv_contains(listed, symbol->name)) {
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", symbol->name);
    }
  }
  return g_strdup(names->str);
}

/* what no optimizer has a reason to call */
static void
check_calls(const Plugin *plugin, Finding *finding)
{
  static const char *const forbidden[] = {
    /* ends, begins or changes the process */
    "_Exit",
    "_exit",
    "abort",
    "atexit",
    "chdir",
    "chroot",
    "clone",
    "daemon",
    "dlclose",
    "dlopen",
    "dlsym",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "exit",
    "fchdir",
    "feenableexcept",
    "fesetenv",
    "fesetround",
    "fork",
    "kill",
    "longjmp",
    "_longjmp",
    "__longjmp_chk",
    "siglongjmp",
    "setjmp",
    "_setjmp",
    "__sigsetjmp",
    "mprotect",
    "on_exit",
    "posix_spawn",
    "posix_spawnp",
    "prctl",
    "pthread_cancel",
    "pthread_create",
    "pthread_kill",
    "pthread_setaffinity_np",
    "ptrace",
    "putenv",
    "quick_exit",
    "raise",
    "sched_setaffinity",
    "setenv",
    "setlocale",
    "setpriority",
    "setrlimit",
    "sigaction",
    "signal",
    "sigprocmask",
    "pthread_sigmask",
    "syscall",
    "system",
    "thrd_create",
    "umask",
    "uselocale",
    "unsetenv",
    "vfork",
    "wait",
    "waitpid",
    "__assert_fail",
    /* reads or writes what is not its own */
    "accept",
    "bind",
    "connect",
    "creat",
    "dprintf",
    "fgets",
    "fopen",
    "fopen64",
    "fprintf",
    "fputc",
    "fputs",
    "fread",
    "fscanf",
    "fwrite",
    "getline",
    "ioctl",
    "listen",
    "mkdir",
    "mkstemp",
    "mmap",
    "mmap64",
    "open",
    "open64",
    "openat",
    "opendir",
    "perror",
    "popen",
    "printf",
    "putc",
    "putchar",
    "puts",
    "pwrite",
    "read",
    "recv",
    "remove",
    "rename",
    "rmdir",
    "scanf",
    "send",
    "socket",
    "stat",
    "tmpfile",
    "unlink",
    "vfprintf",
    "vprintf",
    "write",
    "__dprintf_chk",
    "__fprintf_chk",
    "__printf_chk",
    "__vfprintf_chk",
    "__vprintf_chk",
    /* time, chance, the environment: other numbers each time */
    "arc4random",
    "arc4random_uniform",
    "clock",
    "clock_gettime",
    "ctime",
    "drand48",
    "getentropy",
    "getenv",
    "gethostname",
    "getpid",
    "getrandom",
    "getrusage",
    "gettid",
    "gettimeofday",
    "gmtime",
    "localtime",
    "lrand48",
    "mktime",
    "mrand48",
    "pthread_self",
    "rand",
    "random",
    "sched_getcpu",
    "secure_getenv",
    "srand",
    "srand48",
    "srandom",
    "sysconf",
    "time",
    "timespec_get",
    "uname",
    "_ZNSt6chrono3_V212steady_clock3nowEv",
    "_ZNSt6chrono3_V212system_clock3nowEv",
    "_ZNSt13random_device9_M_getvalEv",
    /* waits */
    "clock_nanosleep",
    "nanosleep",
    "pause",
    "poll",
    "select",
    "sleep",
    "usleep",
    NULL,
  };
  g_autofree char *names = list_imports(plugin, forbidden);

  if (names[0] != '\0') {
    finding_fail(finding, "can call %s", names);
  }
}

/* libm promises the last bit of few functions; these are not among them */
static void
check_libm(const Plugin *plugin, Finding *finding)
{
#define BOTH(name) name, name "f"
  static const char *const inexact[] = {
    BOTH("acos"),  BOTH("acosh"), BOTH("asin"),   BOTH("asinh"),  BOTH("atan"),
    BOTH("atan2"), BOTH("atanh"), BOTH("cbrt"),   BOTH("cos"),    BOTH("cosh"),
    BOTH("erf"),   BOTH("erfc"),  BOTH("exp"),    BOTH("exp10"),  BOTH("exp2"),
    BOTH("expm1"), BOTH("hypot"), BOTH("lgamma"), BOTH("log"),    BOTH("log10"),
    BOTH("log1p"), BOTH("log2"),  BOTH("pow"),    BOTH("sin"),    BOTH("sincos"),
    BOTH("sinh"),  BOTH("tan"),   BOTH("tanh"),   BOTH("tgamma"), NULL,
  };
#undef BOTH
  g_autofree char *names = list_imports(plugin, inexact);

  if (names[0] != '\0') {
    finding_fail(finding, "calls %s, whose last bit depends on the C library", names);
  }
}

static size_t
count_indirect_symbols(const Object *object)
{
  size_t n = 0;

  for (size_t i = 0; i < object->n_symbols; i++) {
    n += object->symbols[i].type == STT_GNU_IFUNC ? 1 : 0;
  }
  return n;
}

static void
check_constructors(const Plugin *plugin, Finding *finding)
{
  g_autoptr(Object) object = object_new(plugin->path, NULL);

  if (object == NULL || object_is_instrumented(object)) {
    return;
  }
  const size_t n_indirect = object->n_indirect + count_indirect_symbols(object);
  if (object->n_constructors > 0) {
    finding_fail(finding, "%zu function%s when it is opened or closed",
                 object->n_constructors,
                 object->n_constructors == 1 ? " runs" : "s run");
  } else if (n_indirect > 0) {
    finding_fail(
        finding,
        "code that runs when it is opened chooses a function, %zu time%s (IFUNC)",
        n_indirect, n_indirect == 1 ? "" : "s");
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
    "link without -z execstack; nested functions of GNU C need it, write them as "
    "others",
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
  { "static.calls", SEVERITY_WARNING,
    "it leaves the process alone, and asks no clock, chance or environment",
    "report through host->fail and host->log; take numbers from hyperparameters, slots "
    "and the step",
    check_calls },
  { "static.libm", SEVERITY_NOTE, "it needs of libm what is exact on every machine",
    "use sqrt, fabs, fmin, fmax, copysign, and optreg_power for whole powers; others "
    "give "
    "other bits with another C library",
    check_libm },
  { "static.constructors", SEVERITY_ERROR, "no code runs when the file is opened",
    "make the tables constant; do what has to be done in build; for SIMD levels use "
    "the "
    "macros of plugin.h, not ifunc or target_clones",
    check_constructors },
  { "static.variables", SEVERITY_WARNING, "it has no variables but those of its calls",
    "make tables const; state belongs in slots, scratch in slots with OPTREG_TRANSIENT",
    check_variables },
  { "static.readable", SEVERITY_WARNING,
    "its name and version can be read from the file",
    "make the class and its texts constant, so that `optreg list` need not open it",
    check_readable },
};

const Family static_family = { .name = "static", CHECKS(checks), .is_gate = true };

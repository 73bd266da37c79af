/* SPDX-License-Identifier: MIT */
/* SIMD levels: names, and what OPTREG_ISA does. */
#include "cpu.h"

#include "trees.h"

#include <string.h>

static uint32_t
level_with(const char *text)
{
  g_setenv("OPTREG_ISA", text, TRUE);
  const uint32_t level = optreg_cpu_level();
  g_unsetenv("OPTREG_ISA");
  return level;
}

static void
test_names(void)
{
  g_assert_cmpstr(optreg_level_name(OPTREG_LEVEL_BASELINE), ==, "baseline");
  g_assert_cmpstr(optreg_level_name(OPTREG_LEVEL_X86_64_V3), ==, "x86-64-v3");
  g_assert_cmpstr(optreg_level_name(OPTREG_LEVEL_X86_64_V4), ==, "x86-64-v4");
  g_assert_null(optreg_level_name(1));
}

static void
test_environment_lowers(void)
{
  const uint32_t machine = optreg_cpu_level();

  g_assert_cmpuint(level_with("baseline"), ==, OPTREG_LEVEL_BASELINE);
  g_assert_cmpuint(level_with("x86-64-v3"), ==, MIN(machine, OPTREG_LEVEL_X86_64_V3));
  g_assert_cmpuint(level_with("x86-64-v4"), ==, machine);
  g_assert_cmpuint(level_with(""), ==, machine);
}

/* the kernel's own words about the processor, where it gives them */
static void
test_agrees_with_the_system(void)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)
      || strstr(text, " sse2 ") == NULL) {
    g_test_skip("there is no /proc/cpuinfo of an x86 processor");
    return;
  }
  const bool has_v4 = strstr(text, " avx512vl ") != NULL
                      && strstr(text, " avx512bw ") != NULL
                      && strstr(text, " avx512dq ") != NULL
                      && strstr(text, " avx512cd ") != NULL;
  const bool has_v3 = strstr(text, " avx2 ") != NULL && strstr(text, " bmi2 ") != NULL
                      && strstr(text, " movbe ") != NULL;
  g_assert_cmpuint(optreg_cpu_level(), ==,
                   has_v4   ? OPTREG_LEVEL_X86_64_V4
                   : has_v3 ? OPTREG_LEVEL_X86_64_V3
                            : OPTREG_LEVEL_BASELINE);
}

static void
test_refuse_unknown_level(void)
{
  g_autoptr(optreg_error) error = NULL;

  g_setenv("OPTREG_ISA", "avx2", TRUE);
  g_assert_null(optreg_registry_new(NULL, &error));
  g_unsetenv("OPTREG_ISA");
  g_assert_cmpstr(error->message, ==,
                  "OPTREG_ISA is 'avx2': set it to baseline, x86-64-v3 or x86-64-v4");
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
}

int
main(int argc, char **argv)
{
  g_unsetenv("OPTREG_ISA");
  g_unsetenv("OPTREG_PLUGIN_PATH");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cpu/names", test_names);
  g_test_add_func("/cpu/agrees-with-the-system", test_agrees_with_the_system);
  g_test_add_func("/cpu/environment/lowers", test_environment_lowers);
  g_test_add_func("/cpu/environment/refuse-unknown-level", test_refuse_unknown_level);
  return g_test_run();
}

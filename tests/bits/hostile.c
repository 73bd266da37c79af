/* SPDX-License-Identifier: MIT */
/* A host with another floating-point mode: denormals are zero, rounding is upward. */
#include "hostile.h"

#include <fenv.h>
#include <glib.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };

void
hostile_flushing_set(void)
{
  _mm_setcsr(_mm_getcsr() | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
}

void
hostile_flushing_check(void)
{
  const unsigned bits = FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
  g_assert_cmphex(_mm_getcsr() & bits, ==, bits);
  _mm_setcsr(_mm_getcsr() & ~bits);
}
#else
void
hostile_flushing_set(void)
{
}

void
hostile_flushing_check(void)
{
}
#endif

void
hostile_mode_set(void)
{
  hostile_flushing_set();
  g_assert_cmpint(fesetround(FE_UPWARD), ==, 0);
}

void
hostile_mode_check(void)
{
  g_assert_cmpint(fegetround(), ==, FE_UPWARD);
  fesetround(FE_TONEAREST);
  hostile_flushing_check();
}

typedef struct Task {
  void (*run)(void *argument, size_t index);
  void *argument;
  size_t index;
} Task;

static void *
run_task(void *data)
{
  const Task *task = data;
  hostile_mode_set();
  task->run(task->argument, task->index);
  hostile_mode_check();
  return NULL;
}

void
hostile_parallel_for(void *context, size_t n, void (*run)(void *argument, size_t index),
                     void *argument)
{
  g_autofree Task *tasks = g_new(Task, n);
  g_autofree GThread **threads = g_new(GThread *, n);
  (void)context;
  for (size_t i = 0; i < n; i++) {
    tasks[i] = (Task){ run, argument, i };
    threads[i] = g_thread_new("task", run_task, &tasks[i]);
  }
  for (size_t i = 0; i < n; i++) {
    g_thread_join(threads[i]);
  }
}

/* SPDX-License-Identifier: MIT */
/* What a plugin finds around it. */
#include "world.h"

#include "heap.h"
#include "imports.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* far apart, so that no rounding of a date hides it */
static unsigned current;

static time_t
now(void)
{
  return (time_t)1000000000 * (1 + current) + current;
}

static time_t
tell_time(time_t *seconds)
{
  if (seconds != NULL) {
    *seconds = now();
  }
  return now();
}

static int
tell_timespec(clockid_t clock, struct timespec *time)
{
  (void)clock;
  *time = (struct timespec){ .tv_sec = now(), .tv_nsec = (long)current * 123456789 };
  return 0;
}

static int
tell_timeval(struct timeval *time, void *zone)
{
  (void)zone;
  *time = (struct timeval){ .tv_sec = now(), .tv_usec = (suseconds_t)current * 123456 };
  return 0;
}

static clock_t
tell_clock(void)
{
  return (clock_t)1000 + (clock_t)current * 123456789;
}

/* a generator that all the process shares */
static long
draw(void)
{
  return 1234567 + (long)current * 987654321;
}

static int
draw_int(void)
{
  return (int)draw();
}

static double
draw_real(void)
{
  return current == 0 ? 0.25 : 0.75;
}

static void
seed_nothing(unsigned seed)
{
  (void)seed;
}

static ssize_t
draw_bytes(void *memory, size_t size, unsigned flags)
{
  (void)flags;
  memset(memory, current == 0 ? 0x11 : 0x77, size);
  return (ssize_t)size;
}

static int
draw_entropy(void *memory, size_t size)
{
  draw_bytes(memory, size, 0);
  return 0;
}

static char *
tell_variable(const char *name)
{
  static char value[] = "1";

  (void)name;
  return current == 0 ? NULL : value;
}

#define ROW(name, function)            \
  {                                    \
    name, (ImportedFunction)(function) \
  }

static const Replacement replacements[] = {
  ROW("time", tell_time),
  ROW("clock_gettime", tell_timespec),
  ROW("gettimeofday", tell_timeval),
  ROW("clock", tell_clock),
  ROW("rand", draw_int),
  ROW("random", draw),
  ROW("lrand48", draw),
  ROW("mrand48", draw),
  ROW("arc4random", draw_int),
  ROW("drand48", draw_real),
  ROW("srand", seed_nothing),
  ROW("srandom", seed_nothing),
  ROW("getrandom", draw_bytes),
  ROW("getentropy", draw_entropy),
  ROW("getpid", draw_int),
  ROW("gettid", draw_int),
  ROW("sched_getcpu", draw_int),
  ROW("getenv", tell_variable),
  ROW("secure_getenv", tell_variable),
};

void
world_open(void *library)
{
  imports_guard(library);
  imports_replace(library, replacements, G_N_ELEMENTS(replacements));
  world_change(0);
}

void
world_change(unsigned world)
{
  current = world;
  heap_set_fresh(world == 0 ? 0x11 : 0x33);
}

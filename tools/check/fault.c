/* SPDX-License-Identifier: MIT */
/* From the address of a memory fault to words about a plugin's kernel. */
#include "fault.h"

#include "commons.h"
#include "heap.h"
#include "rig.h"

#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static Finding *target;
static char context[200];
static const Guard *own_stack; /* of a thread that has one of its own */

static sigjmp_buf caught;
static volatile bool is_catching;

bool
fault_catch(void (*run)(void *data), void *data)
{
  if (sigsetjmp(caught, 1) != 0) {
    is_catching = false;
    rig_running = NULL;
    return true;
  }
  is_catching = true;
  run(data);
  is_catching = false;
  return false;
}

void
fault_set_context(const char *words)
{
  g_strlcpy(context, words, sizeof context);
}

static bool
explain(const Rig *rig, const char *address, char *text, size_t size)
{
  const Guard *guard;

  for (size_t i = 0; (guard = rig_guard(rig, i)) != NULL; i++) {
    if (guard_explain(guard, address, text, size)) {
      return true;
    }
  }
  return false;
}

/* of a block of the plugin's, in whatever call it is */
static void
describe_block(const char *text)
{
  finding_fail(target, "%s%s%s", text, context[0] != '\0' ? ": " : "", context);
}

static void
describe(const Rig *rig, const char *text)
{
  finding_fail(target, "%s (%s, level %u, %zu elements)", text,
               dtype_name(rig->spec.dtype), rig->spec.level, rig->n);
}

static void
handle(int number, siginfo_t *info, void *machine)
{
  const Rig *rig = rig_running;
  char text[200];

  (void)machine;
  if (is_catching) {
    siglongjmp(caught, 1);
  }
  if (rig != NULL && commons_explain(info->si_addr, text, sizeof text)) {
    describe(rig, text);
    commons_unlock(); /* and the write is tried again */
    return;
  }
  if (own_stack != NULL && guard_explain(own_stack, info->si_addr, text, sizeof text)) {
    describe_block(text);
  } else if (heap_explain(info->si_addr, text, sizeof text)) {
    describe_block(text);
  } else if (rig != NULL && explain(rig, info->si_addr, text, sizeof text)) {
    describe(rig, text);
  }
  signal(number, SIG_DFL);
  raise(number);
}

void
fault_set_stack(const Guard *guard)
{
  static char other[64 * 1024];
  const stack_t alternate = { .ss_sp = other, .ss_size = sizeof other };

  own_stack = guard;
  if (guard != NULL) {
    sigaltstack(&alternate, NULL);
  }
}

void
fault_explain_to(Finding *finding)
{
  const struct sigaction action = { .sa_sigaction = handle,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK };
  static char stack[64 * 1024];
  const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };

  target = finding;
  sigaltstack(&alternate, NULL);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Checks of an instance's life: building it, releasing it, a host that has no memory.
 */
#include "blob.h"
#include "check.h"
#include "heap.h"
#include "imports.h"
#include "process.h"
#include "sanitized.h"
#include "stack.h"
#include "subjects.h"
#include "trap.h"

#include <stdlib.h>
#include <string.h>

static void
visit_build(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  Rig rig;

  if (subjects_rig(&rig, plugin, spec, finding)) {
    rig_clear(&rig);
  }
}

static void
check_build(const Plugin *plugin, Finding *finding)
{
  RigSpec spec;

  imports_guard(plugin->library);
  subjects_visit(plugin, EXTENT_EDGES, finding, visit_build);
  if (heap_complaint() != NULL) {
    finding_fail(finding, "%s", heap_complaint());
  }
  if (!subjects_any(plugin, &spec)) {
    finding_fail(finding, "refuses a vector and a matrix: there is nothing it takes");
  }
}

/* every call that a plugin has, once or twice; whether they have changed the mode of
 * floating point */
static bool
live(const Plugin *plugin, const RigSpec *spec, Finding *finding)
{
  const optreg_optimizer_class *class = plugin->class;
  Rig rig;

  if (!subjects_rig(&rig, plugin, spec, finding)) {
    return false;
  }
  subjects_run(&rig, 2, NULL, finding);
  rig_finalize(&rig, NULL);
  if (class->serialize != NULL && class->deserialize != NULL) {
    Blob blob = { g_byte_array_new(), 0 };
    const optreg_stream out = { &blob, blob_put }, in = { &blob, blob_get };
    class->serialize(rig.self, &out);
    class->deserialize(rig.self, class->state_version, &in);
    g_byte_array_unref(blob.bytes);
  }
  rig_clear(&rig);
  return rig.has_changed_environment;
}

static void
check_environment(const Plugin *plugin, Finding *finding)
{
  Process before, after;
  RigSpec spec;

  process_look(&before);
  if (subjects_any(plugin, &spec) && live(plugin, &spec, finding)) {
    finding_fail(finding,
                 "changes the rounding, the traps or the denormals of its thread");
  }
  process_look(&after);
  process_compare(&before, &after, "in its calls", finding);
  process_clear(&before);
  process_clear(&after);
}

/* ---- the system ---- */

typedef struct Life {
  const Plugin *plugin;
  RigSpec spec;
  Finding *finding;
  bool is_trapped;
} Life;

static void *
live_trapped(void *data)
{
  Life *life = data;

  life->is_trapped = trap_calls(life->finding);
  if (life->is_trapped) {
    live(life->plugin, &life->spec, life->finding);
    trap_forget();
  }
  return NULL;
}

/* in a thread, since a filter of system calls cannot be taken off again */
static void
check_system(const Plugin *plugin, Finding *finding)
{
  Life life = { .plugin = plugin, .finding = finding };

  if (IS_SANITIZED) {
    finding_miss(finding, "a sanitizer makes system calls of its own");
    return;
  }
  if (!subjects_any(plugin, &life.spec)) {
    return;
  }
  run_in_thread(NULL, live_trapped, &life);
  if (!life.is_trapped) {
    finding_miss(finding, "system calls cannot be filtered here");
  }
}

/* ---- memory ---- */

static void
check_leak(const Plugin *plugin, Finding *finding)
{
  enum { N_ROUNDS = 8 };
  RigSpec spec;
  Rig rig;

  if (!subjects_any(plugin, &spec)) {
    return;
  }
  imports_watch(plugin->library);
  const long before = imports_allocations().n_live;
  for (size_t i = 0; i < N_ROUNDS && subjects_rig(&rig, plugin, &spec, finding); i++) {
    subjects_run(&rig, 2, NULL, finding);
    rig_clear(&rig);
  }
  const long lost = imports_allocations().n_live - before;
  if (lost > 0) {
    finding_fail(finding, "%ld of its allocations are left after %d instances", lost,
                 N_ROUNDS);
  }
}

/* ---- a host whose memory ends ---- */

typedef struct PoorHost {
  optreg_host table;
  size_t n_left; /* allocations that succeed */
  bool has_refused;
} PoorHost;

static void *
poor_alloc(void *context, size_t size, size_t alignment)
{
  PoorHost *host = context;

  if (host->n_left == 0) {
    host->has_refused = true;
    return NULL;
  }
  host->n_left--;
  imports_count_allocation(size);
  return aligned_alloc(MAX(alignment, 16), (size + 255) / 256 * 256 + 256);
}

static void
poor_free(void *context, void *memory)
{
  (void)context;
  if (memory != NULL) {
    imports_count_release();
    free(memory);
  }
}

/* build with `n` allocations; false when it asked for no more than that */
static bool
build_with(const Plugin *plugin, RigSpec spec, const Rig *model, size_t n,
           Finding *finding)
{
  PoorHost host = { .table = model->host, .n_left = n };
  Rig rig;
  int32_t status;

  host.table.context = &host;
  host.table.alloc = poor_alloc;
  host.table.free = poor_free;
  spec.host = &host.table;
  if (rig_init(&rig, plugin, &spec, &status)) {
    rig_clear(&rig);
    if (host.has_refused) {
      finding_fail(finding, "build succeeds although allocation %zu failed", n + 1);
    }
  }
  return host.has_refused;
}

static int32_t
count_fail(void *context, int32_t code, const char *message)
{
  (void)context;
  (void)message;
  return code;
}

static void
check_memory(const Plugin *plugin, Finding *finding)
{
  enum { MOST = 100 };
  RigSpec spec;
  Rig model;

  if (!subjects_any(plugin, &spec) || !subjects_rig(&model, plugin, &spec, finding)) {
    return;
  }
  model.host.fail = count_fail;
  const long before = imports_allocations().n_live;
  size_t n = 0;
  while (n < MOST && build_with(plugin, spec, &model, n, finding)) {
    n++;
  }
  if (imports_allocations().n_live != before) {
    finding_fail(finding, "a build that fails keeps memory");
  }
  if (n == 0) {
    finding_skip(finding, "asks the host for no memory");
  }
  rig_clear(&model);
}

/* ---- a host of a later minor version ---- */

static void
check_future(const Plugin *plugin, Finding *finding)
{
  struct {
    optreg_host host;
    void *later[8];
  } future;
  RigSpec spec;
  Rig present, rig;

  if (!subjects_any(plugin, &spec) || !subjects_rig(&present, plugin, &spec, finding)) {
    return;
  }
  memset(&future, 0xa5, sizeof future);
  future.host = present.host;
  future.host.struct_size = sizeof future;
  future.host.abi_minor = OPTREG_ABI_MINOR + 1;
  spec.host = &future.host;
  if (subjects_rig(&rig, plugin, &spec, finding)) {
    if (subjects_run(&present, 2, NULL, finding) && subjects_run(&rig, 2, NULL, finding)
        && rig_difference(&present, &rig) != NULL) {
      finding_fail(finding, "computes something else under a host of a later version");
    }
    rig_clear(&rig);
  }
  rig_clear(&present);
}

static const Check build_checks[] = {
  { "lifecycle.build", SEVERITY_ERROR,
    "it builds at its defaults for what shapes it takes",
    "return OPTREG_UNSUPPORTED for a shape that it cannot take, OPTREG_OK for others",
    check_build },
};

const Family build_family = {
  .name = "build", CHECKS(build_checks), .needs_plugin = true, .is_gate = true
};

static const Check checks[] = {
  { "lifecycle.environment", SEVERITY_ERROR,
    "calls leave the process and the floating-point mode alone",
    "do not call fesetround, fesetenv or _mm_setcsr, nor what changes signals, folder, "
    "locale, files or threads",
    check_environment },
  { "lifecycle.system", SEVERITY_ERROR,
    "calls ask the system for memory and nothing else",
    "remove the system call; report through host->fail and host->log", check_system },
  { "lifecycle.leak", SEVERITY_ERROR, "release gives back what build has taken",
    "free in release what build has allocated", check_leak },
  { "lifecycle.memory", SEVERITY_ERROR, "build fails when the host has no memory",
    "return OPTREG_NO_MEMORY, after freeing what has been allocated", check_memory },
  { "lifecycle.future", SEVERITY_ERROR, "a host of a later minor version is none other",
    "look at no field of the host beyond those of plugin.h", check_future },
};

const Family lifecycle_family = { .name = "lifecycle",
                                  CHECKS(checks),
                                  .needs_plugin = true };

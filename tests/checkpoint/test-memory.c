/* SPDX-License-Identifier: MIT */
/* Without memory a save or a load is refused, in words; nothing is lost, nobody aborts.
 */
#include "folder.h"
#include "heap.h"
#include "many.h"

#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define WORDS ((size_t)32 << 10) /* of an error */

typedef enum Outcome { DONE = 10, REFUSED } Outcome;

typedef struct Fixture {
  optreg_optimizer *optimizer;
  Folder folder;
  GBytes *file, *state; /* before */
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  folder_set_up(&fixture->folder, data);
  fixture->optimizer = new_optimizer("optimizer: adadelta\n" WRAPPED, "layer", 300);
  train(fixture->optimizer, 2);
  g_assert_true(
      optreg_optimizer_save(fixture->optimizer, fixture->folder.path, NULL, NULL));
  fixture->file = read_bytes(fixture->folder.path);
  train(fixture->optimizer, 3);
  fixture->state = save_to_bytes(fixture->optimizer);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  optreg_optimizer_free(fixture->optimizer);
  g_bytes_unref(fixture->file);
  g_bytes_unref(fixture->state);
  folder_tear_down(&fixture->folder, data);
}

/* how memory is taken away, and given back */
typedef struct Shortage {
  const char *name;
  void (*limit)(size_t bytes);
} Shortage;

static void
limit_address_space(size_t bytes)
{
  static const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
  g_autofree char *statm = NULL;

  if (bytes == SIZE_MAX) {
    setrlimit(RLIMIT_AS, &all);
    return;
  }
  g_assert_true(g_file_get_contents("/proc/self/statm", &statm, NULL, NULL));
  const rlim_t now = strtoull(statm, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
  const struct rlimit some = { now + bytes, RLIM_INFINITY };
  g_assert_cmpint(setrlimit(RLIMIT_AS, &some), ==, 0);
}

static const Shortage shortages[] = {
  { "heap", heap_limit },
  { "address-space", limit_address_space },
};

static bool
try_save(Fixture *fixture, optreg_error **error)
{
  return optreg_optimizer_save(fixture->optimizer, fixture->folder.path, NULL, error);
}

static bool
try_load(Fixture *fixture, optreg_error **error)
{
  return optreg_optimizer_load(fixture->optimizer, fixture->folder.path, NULL, error);
}

/* what optreg state does */
static bool
try_open(Fixture *fixture, optreg_error **error)
{
  optreg_checkpoint *checkpoint = optreg_checkpoint_open(fixture->folder.path, error);
  const bool is_sound = checkpoint != NULL
                        && optreg_checkpoint_verify(checkpoint, error);

  optreg_checkpoint_free(checkpoint);
  return is_sound;
}

typedef bool (*Attempt)(Fixture *fixture, optreg_error **error);

/* in a child: an assertion that fails ends it by a signal */
static Outcome
attempt_with(Fixture *fixture, Attempt attempt, const Shortage *shortage, size_t bytes)
{
  g_autoptr(optreg_error) error = NULL;
  GBytes *goal = attempt == try_save ? fixture->state : fixture->file;

  g_free(g_malloc(WORDS)); /* so that the C library has them */
  shortage->limit(bytes);
  const bool is_done = attempt(fixture, &error);
  shortage->limit(SIZE_MAX);
  g_autoptr(GBytes) file = read_bytes(fixture->folder.path);
  g_autoptr(GBytes) state = save_to_bytes(fixture->optimizer);
  g_assert_cmpuint(count_files(fixture->folder.directory), ==, 1);
  assert_same_bytes(file, is_done && attempt == try_save ? goal : fixture->file);
  assert_same_bytes(state, is_done && attempt == try_load ? goal : fixture->state);
  if (!is_done) {
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_MEMORY);
    g_assert_nonnull(strstr(error->message, "out of memory: "));
    g_assert_true(g_str_has_suffix(error->message, " bytes"));
  }
  return is_done ? DONE : REFUSED;
}

static Outcome
outcome_of_child(Fixture *fixture, Attempt attempt, const Shortage *shortage,
                 size_t bytes)
{
  int status = 0;
  const pid_t child = fork();

  if (child == 0) {
    _exit((int)attempt_with(fixture, attempt, shortage, bytes));
  }
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  if (!WIFEXITED(status)
      || (WEXITSTATUS(status) != DONE && WEXITSTATUS(status) != REFUSED)) {
    g_error("with %zu bytes of %s the process ended with status %#x", bytes,
            shortage->name, (unsigned)status);
  }
  return (Outcome)WEXITSTATUS(status);
}

typedef struct Sweep {
  const char *path;
  Attempt attempt;
  const Shortage *shortage;
} Sweep;

/* until it has worked some times */
static void
test_without_memory(Fixture *fixture, gconstpointer data)
{
  const Sweep *sweep = data;
  unsigned n_done = 0, n_refused = 0;

  for (size_t bytes = WORDS; n_done < 5; bytes += bytes / 6) {
    const Outcome outcome =
        outcome_of_child(fixture, sweep->attempt, sweep->shortage, bytes);
    g_assert_true(outcome == DONE || n_done == 0);
    n_done += outcome == DONE;
    n_refused += outcome == REFUSED;
    if (outcome == DONE && sweep->attempt == try_save) {
      gsize size;
      const void *before = g_bytes_get_data(fixture->file, &size);
      g_assert_true(
          g_file_set_contents(fixture->folder.path, before, (gssize)size, NULL));
    }
  }
  g_test_message("%u were refused", n_refused);
  g_assert_cmpuint(n_refused, >, 10);
}

static const Sweep sweeps[] = {
  { "save", try_save, &shortages[0] }, { "save", try_save, &shortages[1] },
  { "load", try_load, &shortages[0] }, { "load", try_load, &shortages[1] },
  { "open", try_open, &shortages[0] }, { "open", try_open, &shortages[1] },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(sweeps); i++) {
    g_autofree char *path = g_strdup_printf("/memory/without/%s/%s", sweeps[i].path,
                                            sweeps[i].shortage->name);
    g_test_add(path, Fixture, &sweeps[i], set_up, test_without_memory, tear_down);
  }
  return g_test_run();
}

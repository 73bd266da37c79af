/* SPDX-License-Identifier: MIT */
/* How long saving and loading many small tensors takes: the best of some turns, and
 * what a plain write of as many bytes takes with its fsync. No test: it only prints.
 *
 *   checkpoints PLUGINS FOLDER [PARAMETERS] */
#include <fcntl.h>
#include <math.h>
#include <optreg/optreg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 7, WIDTH = 16 };

typedef struct Bench {
  optreg_optimizer *optimizer;
  const char *path;
  size_t n;
  void *bytes;
  size_t size;
} Bench;

static void
stop(const char *what)
{
  fprintf(stderr, "checkpoints: %s\n", what);
  exit(1);
}

static void
stop_on(const optreg_error *error)
{
  if (error != NULL) {
    stop(error->message);
  }
}

static double
now(clockid_t clock)
{
  struct timespec time;

  clock_gettime(clock, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void
save(Bench *bench)
{
  optreg_error *error = NULL;

  optreg_optimizer_save(bench->optimizer, bench->path, NULL, &error);
  stop_on(error);
}

static void
save_to_memory(Bench *bench)
{
  optreg_error *error = NULL;

  optreg_memory_free(bench->bytes);
  bench->bytes =
      optreg_optimizer_save_to_memory(bench->optimizer, NULL, &bench->size, &error);
  stop_on(error);
}

static void
load(Bench *bench)
{
  optreg_error *error = NULL;

  optreg_optimizer_load(bench->optimizer, bench->path, NULL, &error);
  stop_on(error);
}

static void
find_states(Bench *bench)
{
  uint64_t n;

  for (size_t i = 0; i < bench->n; i++) {
    if (optreg_optimizer_state(bench->optimizer, i, "accumulated_grad", &n) == NULL) {
      stop("a slot is missing");
    }
  }
}

/* the same bytes at once: what no save can be faster than */
static void
write_plain(Bench *bench)
{
  const int fd = open(bench->path, O_CREAT | O_TRUNC | O_WRONLY, 0666);

  if (fd < 0 || write(fd, bench->bytes, bench->size) != (ssize_t)bench->size
      || fsync(fd) != 0) {
    stop("the folder cannot be written to");
  }
  close(fd);
}

static void
show(const char *what, void (*call)(Bench *bench), Bench *bench)
{
  double best = INFINITY, best_cpu = INFINITY;

  for (int i = 0; i < TURNS; i++) {
    const double begin = now(CLOCK_MONOTONIC),
                 begin_cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    call(bench);
    best = fmin(best, now(CLOCK_MONOTONIC) - begin);
    best_cpu = fmin(best_cpu, now(CLOCK_PROCESS_CPUTIME_ID) - begin_cpu);
  }
  printf("%-24s %9.2f ms, %9.2f ms of the processor\n", what, best, best_cpu);
}

static optreg_optimizer *
build(const char *plugins, size_t n)
{
  static const uint64_t shape[] = { WIDTH };
  optreg_error *error = NULL;
  float *memory = calloc(2 * n * WIDTH, sizeof *memory);
  const char *const directories[] = { plugins, NULL };
  optreg_registry *registry = optreg_registry_new(directories, &error);

  stop_on(error);
  optreg_optimizer *optimizer = optreg_optimizer_from_string(
      registry, "optimizer: adadelta\n", "checkpoints", &error);
  stop_on(error);
  for (size_t i = 0; i < n; i++) {
    char name[64];
    snprintf(name, sizeof name, "model/layer_%zu/block/dense/kernel", i);
    optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, shape, 1,
                                   memory + 2 * i * WIDTH, memory + (2 * i + 1) * WIDTH,
                                   &error);
    stop_on(error);
  }
  optreg_optimizer_build(optimizer, &error);
  stop_on(error);
  return optimizer;
}

int
main(int argc, char **argv)
{
  if (argc < 3) {
    stop("give the folder of the plugins and one to write to");
  }
  Bench bench = { .n = argc > 3 ? strtoull(argv[3], NULL, 10) : 10000 };
  char path[4096];
  snprintf(path, sizeof path, "%s/bench.safetensors", argv[2]);
  bench.path = path;
  bench.optimizer = build(argv[1], bench.n);
  save_to_memory(&bench);
  printf("%zu parameters, %zu bytes\n", bench.n, bench.size);
  show("plain write and fsync", write_plain, &bench);
  show("save", save, &bench);
  show("save to memory", save_to_memory, &bench);
  show("load", load, &bench);
  show("optreg_optimizer_state", find_states, &bench);
  unlink(path);
  return 0;
}

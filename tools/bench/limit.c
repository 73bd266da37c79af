/* SPDX-License-Identifier: MIT */
/* Ways to stream through memory. */
#include "limit.h"

#include "loops.h"
#include "support/format.h"
#include "support/status.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define LINE 64u

/* a model of more elements is always faster with several threads */
#define MOST_ALONE 1000000u

typedef struct Way {
  const LoopSet *loops;
  bool is_fused;
  uint64_t chunk; /* elements that a thread takes at once; 0: an equal share; all: one
                     thread takes them, without fork and join */
  size_t skew;    /* bytes by which each stream begins later in its page */
} Way;

struct Limit {
  Traffic traffic;
  uint64_t n;
  Team *team;
  char *memory;
  size_t stride; /* bytes from stream to stream */
  GArray *ways;  /* of Way */
  const Way *way;
  const Pass *pass;
  atomic_size_t next; /* chunk */
};

static size_t
count_bits(uint32_t bits)
{
  size_t n = 0;

  for (; bits != 0; bits &= bits - 1) {
    n++;
  }
  return n;
}

static float *
stream_at(const Limit *limit, uint32_t bit, uint64_t begin)
{
  const size_t place = count_bits(limit->traffic.streams & (bit - 1));

  return (float *)(void *)(limit->memory + place * (limit->stride + limit->way->skew))
         + begin;
}

static LoopSpan
cut(const Limit *limit, uint64_t begin, uint64_t end)
{
  const Pass *pass = limit->pass;
  LoopSpan span = { .n = (size_t)(end - begin) };

  for (size_t i = 0; i < MAX_STREAMS; i++) {
    const uint32_t bit = 1u << i;
    if (((pass->read | pass->update | pass->write) & bit) == 0) {
      continue;
    }
    float *stream = stream_at(limit, bit, begin);
    if ((pass->read & bit) != 0) {
      span.read[span.n_read++] = stream;
    } else if ((pass->update & bit) != 0) {
      span.update[span.n_update++] = stream;
    } else {
      span.write[span.n_write++] = stream;
    }
  }
  return span;
}

static void
run_part(Limit *limit, uint64_t begin, uint64_t end)
{
  LoopSpan span = cut(limit, begin, MIN(end, limit->n));

  loops_run(limit->way->loops, limit->way->is_fused, &span);
}

/* shares are cut at lines, so that no two threads write to one */
static uint64_t
share_begin(const Limit *limit, size_t worker)
{
  const uint64_t n_lines = limit->n / 16;

  return worker == team_size(limit->team)
             ? limit->n
             : n_lines * worker / team_size(limit->team) * 16;
}

static void
work(void *argument, size_t worker)
{
  Limit *limit = argument;
  const uint64_t chunk = limit->way->chunk;
  uint64_t begin;

  if (chunk == 0) {
    run_part(limit, share_begin(limit, worker), share_begin(limit, worker + 1));
    return;
  }
  while ((begin = atomic_fetch_add(&limit->next, 1) * chunk) < limit->n) {
    run_part(limit, begin, begin + chunk);
  }
}

static bool
run(void *self, Call call, GError **error)
{
  Limit *limit = self;

  (void)error;
  for (size_t i = 0; i < limit->traffic.n_passes[call]; i++) {
    limit->pass = &limit->traffic.passes[call][i];
    atomic_store(&limit->next, 0);
    if (limit->way->chunk >= limit->n) {
      run_part(limit, 0, limit->n);
    } else {
      team_run(limit->team, work, limit);
    }
  }
  return true;
}

/* ---- making one ---- */

static void
add_ways(Limit *limit, const LoopSet *loops, size_t skew)
{
  const uint64_t chunks[] = { 0, 32 * 1024, limit->n };
  const size_t n_chunks = limit->n <= MOST_ALONE ? 3 : 2;

  for (size_t i = 0; i < n_chunks; i++) {
    for (int is_fused = 0; is_fused < 2; is_fused++) {
      const Way way = { loops, is_fused != 0, chunks[i], skew };
      g_array_append_val(limit->ways, way);
    }
  }
}

static void
add_all_ways(Limit *limit)
{
  const size_t n_streams = count_bits(limit->traffic.streams);
  const size_t skews[] = { 0, LINE, PAGE / n_streams / LINE * LINE };
  const LoopSet *sets;
  const size_t n_sets = loops_sets(&sets);

  for (size_t i = 0; i < n_sets; i++) {
    for (size_t j = 0; j < G_N_ELEMENTS(skews); j++) {
      add_ways(limit, &sets[i], skews[j]);
    }
  }
}

/* a page apart, so that every skew has room */
Limit *
limit_new(const Traffic *traffic, uint64_t n, Team *team, GError **error)
{
  g_autoptr(Limit) limit = g_new0(Limit, 1);
  const size_t n_streams = count_bits(traffic->streams);

  limit->traffic = *traffic;
  limit->n = n;
  limit->team = team;
  limit->stride = ((size_t)n * sizeof(float) / PAGE + 1) * PAGE;
  limit->ways = g_array_new(FALSE, FALSE, sizeof(Way));
  const size_t size = n_streams * (limit->stride + PAGE);
  limit->memory = aligned_alloc(PAGE, size);
  if (limit->memory == NULL) {
    g_autofree char *text = format_bytes(size);
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "out of memory: the limit needs %s; choose fewer parameters", text);
    return NULL;
  }
  memset(limit->memory, 0, size);
  add_all_ways(limit);
  return g_steal_pointer(&limit);
}

void
limit_free(Limit *limit)
{
  if (limit != NULL) {
    free(limit->memory);
    g_array_unref(limit->ways);
    g_free(limit);
  }
}

size_t
limit_n_ways(const Limit *limit)
{
  return limit->ways->len;
}

char *
limit_describe_way(const Limit *limit, size_t way)
{
  const Way *it = &g_array_index(limit->ways, Way, way);

  return g_strdup_printf("%s, %s, %s, streams %zu bytes apart in their pages",
                         it->loops->level, it->is_fused ? "one loop" : "tiles",
                         it->chunk == 0          ? "equal shares"
                         : it->chunk >= limit->n ? "one thread"
                                                 : "chunks",
                         it->skew);
}

Subject
limit_subject(Limit *limit, size_t way)
{
  limit->way = &g_array_index(limit->ways, Way, way);
  return (Subject){ run, limit };
}

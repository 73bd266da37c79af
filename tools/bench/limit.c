/* SPDX-License-Identifier: MIT */
/* Ways to stream through memory. */
#include "limit.h"

#include "loops.h"
#include "memory.h"
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
  LoopStyle style;
  uint64_t chunk; /* elements that a thread takes at once; 0: an equal share; all: one
                     thread takes them, without fork and join */
  size_t skew;    /* bytes by which each stream begins later in its page */
} Way;

struct Limit {
  Traffic traffic;
  uint64_t n;
  Team *team;
  char *streams[MAX_STREAMS]; /* NULL: not in the traffic */
  GArray *ways;               /* of Way */
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
stream_at(const Limit *limit, size_t stream, uint64_t begin)
{
  const size_t place = count_bits(limit->traffic.streams & ((1u << stream) - 1));

  return (float *)(void *)(limit->streams[stream] + place * limit->way->skew) + begin;
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
    float *stream = stream_at(limit, i, begin);
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

  loops_run(limit->way->loops, limit->way->style, &span);
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
    for (LoopStyle style = 0; style < LOOPS_N_STYLES; style++) {
      const Way way = { loops, style, chunks[i], skew };
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

/* with a page more, so that every skew has room */
static bool
allocate_streams(Limit *limit, bool has_huge_pages, GError **error)
{
  const size_t size = (size_t)limit->n * sizeof(float) + PAGE;

  for (size_t i = 0; i < MAX_STREAMS; i++) {
    const bool is_state = i != STREAM_GRADIENT && i != STREAM_PARAM;
    if ((limit->traffic.streams & 1u << i) == 0) {
      continue;
    }
    limit->streams[i] = memory_allocate(size, is_state || has_huge_pages);
    if (limit->streams[i] == NULL) {
      g_autofree char *text = format_bytes(size * count_bits(limit->traffic.streams));
      g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                  "out of memory: the limit needs %s; choose fewer parameters", text);
      return false;
    }
    memset(limit->streams[i], 0, size);
  }
  return true;
}

Limit *
limit_new(const Traffic *traffic, uint64_t n, bool has_huge_pages, Team *team,
          GError **error)
{
  g_autoptr(Limit) limit = g_new0(Limit, 1);

  limit->traffic = *traffic;
  limit->n = n;
  limit->team = team;
  limit->ways = g_array_new(FALSE, FALSE, sizeof(Way));
  if (!allocate_streams(limit, has_huge_pages, error)) {
    return NULL;
  }
  add_all_ways(limit);
  return g_steal_pointer(&limit);
}

void
limit_free(Limit *limit)
{
  if (limit != NULL) {
    for (size_t i = 0; i < MAX_STREAMS; i++) {
      free(limit->streams[i]);
    }
    g_array_unref(limit->ways);
    g_free(limit);
  }
}

size_t
limit_n_ways(const Limit *limit)
{
  return limit->ways->len;
}

static const char *const styles[] = {
  [LOOPS_TILED] = "tiles",
  [LOOPS_FUSED] = "one loop",
  [LOOPS_AHEAD] = "one loop with prefetching",
};

char *
limit_describe_way(const Limit *limit, size_t way)
{
  const Way *it = &g_array_index(limit->ways, Way, way);

  return g_strdup_printf("%s, %s, %s, streams %zu bytes apart in their pages",
                         it->loops->level, styles[it->style],
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

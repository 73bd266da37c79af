/* SPDX-License-Identifier: MIT */
/* The limit's loops touch every element of every stream, once. */
#include "bench/loops.h"

#include <glib.h>

enum { N = 1300, N_STREAMS = 12 };

typedef struct Streams {
  float x[N_STREAMS][N + 1]; /* one more, that must stay as it is */
} Streams;

static void
fill(Streams *streams)
{
  for (size_t i = 0; i < N_STREAMS; i++) {
    for (size_t j = 0; j <= N; j++) {
      streams->x[i][j] = (float)(i + 1) * 4.0f;
    }
  }
}

static LoopSpan
arrange(Streams *streams, size_t n_read, size_t n_update, size_t n_write)
{
  LoopSpan span = {
    .n_read = n_read, .n_update = n_update, .n_write = n_write, .n = N
  };
  size_t next = 0;

  for (size_t i = 0; i < n_read; i++) {
    span.read[i] = streams->x[next++];
  }
  for (size_t i = 0; i < n_update; i++) {
    span.update[i] = streams->x[next++];
  }
  for (size_t i = 0; i < n_write; i++) {
    span.write[i] = streams->x[next++];
  }
  return span;
}

static float
expected(size_t stream, size_t n_read, float sum)
{
  const float before = (float)(stream + 1) * 4.0f;
  return stream < n_read ? before : before * 0.5f + sum;
}

static void
assert_updates(const LoopSet *set, LoopStyle style, size_t n_read, size_t n_update)
{
  Streams streams;
  fill(&streams);
  LoopSpan span = arrange(&streams, n_read, n_update, 0);
  const float sum = n_read == 1 ? 4.0f : n_read == 2 ? 12.0f : 24.0f;

  loops_run(set, style, &span);
  for (size_t i = 0; i < n_read + n_update; i++) {
    for (size_t j = 0; j < N; j++) {
      g_assert_cmpfloat(streams.x[i][j], ==, expected(i, n_read, sum));
    }
    g_assert_cmpfloat(streams.x[i][N], ==, (float)(i + 1) * 4.0f);
  }
}

static void
test_every_stream_is_updated(void)
{
  const LoopSet *sets;
  const size_t n_sets = loops_sets(&sets);

  for (size_t i = 0; i < n_sets; i++) {
    for (size_t n_read = 1; n_read <= 3; n_read++) {
      for (size_t n_update = 1; n_update <= 9; n_update++) {
        for (LoopStyle style = 0; style < LOOPS_N_STYLES; style++) {
          assert_updates(&sets[i], style, n_read, n_update);
        }
      }
    }
  }
}

static void
assert_sees(const LoopSet *set, LoopStyle style, size_t n_read, size_t stream,
            size_t at)
{
  Streams streams;
  fill(&streams);
  streams.x[stream][at] = -1024.0f;
  LoopSpan span = arrange(&streams, n_read, 0, 0);

  loops_run(set, style, &span);
  g_assert_cmphex(span.sink, ==, 0x44800000u);
}

static void
test_every_element_is_looked_at(void)
{
  const LoopSet *sets;
  const size_t n_sets = loops_sets(&sets);

  for (size_t i = 0; i < n_sets; i++) {
    for (size_t at = 0; at < N; at += 433) {
      assert_sees(&sets[i], LOOPS_FUSED, 1, 0, at);
      assert_sees(&sets[i], LOOPS_FUSED, 2, 1, at);
      assert_sees(&sets[i], LOOPS_TILED, 2, 0, at);
      assert_sees(&sets[i], LOOPS_AHEAD, 4, 3, at);
    }
  }
}

static void
test_sum_is_overwritten(void)
{
  const LoopSet *sets;
  const size_t n_sets = loops_sets(&sets);

  for (size_t i = 0; i < n_sets; i++) {
    Streams streams;
    fill(&streams);
    LoopSpan span = arrange(&streams, 1, 0, 1);
    loops_run(&sets[i], LOOPS_FUSED, &span);
    g_assert_cmpfloat(streams.x[1][0], ==, 5.0f);
    g_assert_cmpfloat(streams.x[1][N - 1], ==, 5.0f);
    g_assert_cmpfloat(streams.x[1][N], ==, 8.0f);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/loops/every-stream-is-updated", test_every_stream_is_updated);
  g_test_add_func("/bench/loops/every-element-is-looked-at",
                  test_every_element_is_looked_at);
  g_test_add_func("/bench/loops/sum-is-overwritten", test_sum_is_overwritten);
  return g_test_run();
}

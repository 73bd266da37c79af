/* SPDX-License-Identifier: MIT */
/* The speed of memory: the same streams and threads as a step, trivial arithmetic. */
#ifndef OPTREG_BENCH_LIMIT_H
#define OPTREG_BENCH_LIMIT_H

#include "subject.h"
#include "team.h"

typedef struct Limit Limit;

/* `n` elements in each stream of the traffic, in memory of its own: parameter and
 * gradient in huge pages or in small ones, state in huge pages. The team must outlive
 * it. NULL with an error when memory is out. */
Limit *limit_new(const Traffic *traffic, uint64_t n, bool has_huge_pages, Team *team,
                 GError **error);
void limit_free(Limit *limit);

/* Ways to run it: SIMD level, style of the loop, shares or chunks, where streams
 * begin. */
size_t limit_n_ways(const Limit *limit);

/* "x86-64-v4, one loop, chunks, streams 64 bytes apart in their pages" */
char *limit_describe_way(const Limit *limit, size_t way);

/* A subject that runs it in this way from now on. */
Subject limit_subject(Limit *limit, size_t way);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Limit, limit_free)

#endif

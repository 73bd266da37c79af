/* SPDX-License-Identifier: MIT */
/* Memory as a step finds it: in huge pages, or in small ones. */
#ifndef OPTREG_BENCH_MEMORY_H
#define OPTREG_BENCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Not filled, at the beginning of a page; to be freed with
 * free(). NULL when memory is out. With huge pages, the kernel is asked for them where
 * the size is that of one; it may refuse. */
void *memory_allocate(size_t size, bool has_huge_pages);

#endif

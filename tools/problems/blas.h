/* SPDX-License-Identifier: MIT */
/* OpenBLAS, opened when something is trained: it starts threads and takes some 170 MiB
 * of address space as soon as it is there, which is nothing for a program that lists
 * names. */
#ifndef OPTREG_PROBLEMS_BLAS_H
#define OPTREG_PROBLEMS_BLAS_H

#include <cblas.h>
#include <glib.h>

typedef struct Blas {
  __typeof__(&cblas_sgemm) multiply;
  __typeof__(&openblas_set_num_threads) set_threads;
  __typeof__(&openblas_get_config) config;
  __typeof__(&openblas_get_corename) core;
} Blas;

/* The library, on one thread; the same in each call and never closed. NULL where it is
 * missing or does not fit into the address space that there is, in which it would wait
 * for ever. [any thread] */
const Blas *blas_open(GError **error);

#endif

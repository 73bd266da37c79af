/* SPDX-License-Identifier: MIT */
/* What results depend on besides the experiment. */
#ifndef OPTREG_HARNESS_MACHINE_H
#define OPTREG_HARNESS_MACHINE_H

typedef struct Machine {
  const char *cpu;       /* model name */
  const char *system;    /* "Linux 6.1.0 x86_64" */
  const char *blas;      /* "OpenBLAS 0.3.21 ..." */
  const char *blas_core; /* kernels that OpenBLAS has chosen, which decide about bits */
} Machine;

/* Valid for the life of the process. */
Machine machine_describe(void);

#endif

/* SPDX-License-Identifier: MIT */
/* What results depend on besides the experiment. */
#ifndef OPTREG_HARNESS_MACHINE_H
#define OPTREG_HARNESS_MACHINE_H

typedef struct Machine {
  const char *cpu;    /* model name */
  const char *system; /* "Linux 6.1.0 x86_64" */
} Machine;

typedef struct MachineBlas {
  const char *library; /* "OpenBLAS 0.3.21 ...", or "not available" */
  const char *core;    /* kernels that it has chosen, which decide about bits */
} MachineBlas;

/* Valid for the life of the process. */
Machine machine_describe(void);

/* Opens OpenBLAS. Valid for the life of the process. */
MachineBlas machine_describe_blas(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Axes of pictures: where ticks are and what they say. */
#ifndef OPTREG_TOOLS_AXIS_H
#define OPTREG_TOOLS_AXIS_H

#include <glib.h>

/* The next of 1, 2, 5 times a power of ten that is at least `least` > 0. */
double axis_find_tick(double least);

/* A tick's value with as many digits as ticks `tick` apart differ in: "0.0005",
 * "2e-7". Owned by the caller. */
char *axis_show_tick(double value, double tick);

/* A number in printf's format for one double, in any locale; `buffer` has
 * G_ASCII_DTOSTR_BUF_SIZE bytes and is returned. */
const char *axis_show(double value, const char *format, char *buffer);

#endif

/* SPDX-License-Identifier: MIT */
/* Ticks and their numbers. */
#include "axis.h"

#include <math.h>

double
axis_find_tick(double least)
{
  const double power = pow(10.0, floor(log10(least)));
  const double share = least / power;

  return power * (share <= 1.0 ? 1.0 : share <= 2.0 ? 2.0 : share <= 5.0 ? 5.0 : 10.0);
}

const char *
axis_show(double value, const char *format, char *buffer)
{
  return g_ascii_formatd(buffer, G_ASCII_DTOSTR_BUF_SIZE, format, value);
}

char *
axis_show_tick(double value, double tick)
{
  const double rounded = round(value / tick) * tick;
  const int digits = (int)MAX(ceil(-log10(tick) - 1e-9), 0.0);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (rounded == 0.0) {
    return g_strdup("0");
  }
  if (digits > 5 || fabs(rounded) >= 1e6) {
    return g_strdup(axis_show(rounded, "%.3g", text));
  }
  g_autofree char *format = g_strdup_printf("%%.%df", digits);
  return g_strdup(axis_show(rounded, format, text));
}

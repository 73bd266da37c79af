/* SPDX-License-Identifier: MIT */
/* Newton's method with halved steps. */
#include "newton.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, MOST_HALVINGS = 60 };

/* s ← H⁻¹ s by Cholesky's factors, which are written over H: H = L Lᵀ */
static void
solve(double *h, size_t n, double *s)
{
  for (size_t j = 0; j < n; j++) {
    for (size_t i = j; i < n; i++) {
      double sum = h[i * n + j];
      for (size_t k = 0; k < j; k++) {
        sum -= h[i * n + k] * h[j * n + k];
      }
      h[i * n + j] = i == j ? sqrt(sum) : sum / h[j * n + j];
    }
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++) {
      s[i] -= h[i * n + k] * s[k];
    }
    s[i] /= h[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++) {
      s[i] -= h[k * n + i] * s[k];
    }
    s[i] /= h[i * n + i];
  }
}

/* x ← x − step, or the largest half, quarter, ... of it that goes down; the new value
 */
static double
descend(newton_function function, const void *context, size_t n, double value,
        const double *step, double *x)
{
  g_autofree double *start = g_memdup2(x, n * sizeof *x);
  double factor = 1.0;

  for (int i = 0; i < MOST_HALVINGS; i++, factor *= 0.5) {
    for (size_t j = 0; j < n; j++) {
      x[j] = start[j] - factor * step[j];
    }
    const double lower = function(context, x, NULL, NULL);
    if (lower < value) {
      return lower;
    }
  }
  memcpy(x, start, n * sizeof *x);
  return value;
}

double
newton_minimise(newton_function function, const void *context, size_t n, double *x)
{
  g_autofree double *step = g_new0(double, n);
  g_autofree double *hessian = g_new0(double, n *n);
  double value = INFINITY;

  g_assert(n <= NEWTON_MOST_VARIABLES);
  for (int i = 0; i < MOST_STEPS; i++) {
    value = function(context, x, step, hessian);
    solve(hessian, n, step);
    const double lower = descend(function, context, n, value, step, x);
    if (!(lower < value)) {
      break;
    }
  }
  return value;
}

/* SPDX-License-Identifier: MIT */
/* The factors of norm clipping. */
#include "wrappers/shortening.h"

#include <float.h>
#include <math.h>

/* from the smallest number with all digits on */
static double
smallest(OptregType type)
{
  return type == OPTREG_TYPE_F32 ? (double)FLT_MIN : DBL_MIN;
}

static bool
is_within(double value, double low, double high)
{
  return value >= low && value <= high;
}

/* c / norm as two factors: the power of two next to the norm brings gradients to about
 * 1. What underflows thereby is nothing beside the norm. */
static OptregShortening
shorten_exactly(double c, OptregSquares squares)
{
  const double length = sqrt(squares.sum);
  int exponent, c_exponent;

  if (!isfinite(length)) {
    return (OptregShortening){ 1.0, c / length, c / length, false };
  }
  if (optreg_squares_norm(squares) <= c) {
    return (OptregShortening){ 1.0, 1.0, 1.0, false };
  }
  const double mantissa = frexp(length, &exponent);
  const double c_mantissa = frexp(c, &c_exponent);
  exponent -= squares.unit;
  const int power = exponent < -1022 ? -1022 : exponent > 1022 ? 1022 : exponent;
  return (OptregShortening){ ldexp(1.0, -power), c / ldexp(mantissa, exponent - power),
                             ldexp(c_mantissa / mantissa, c_exponent - exponent),
                             false };
}

/* no gradient is longer than the norm, so no product with c leaves what c · norm does
 * not leave; and what underflows in it is nothing beside c · norm */
static bool
is_usual_for_tensor(OptregType type, double c, double norm, bool is_finite)
{
  const double low = smallest(type);
  const double high = type == OPTREG_TYPE_F32 ? (double)FLT_MAX : DBL_MAX;

  return is_within(c, low, high)
         && (norm == 0.0 || !is_finite
             || (is_within(norm, low, high) && is_within(norm * c, low, high)));
}

/* there may be many: written where it stays */
void
optreg_shorten_tensor(OptregShortening *shortening, OptregType type, double clipnorm,
                      OptregSquares squares, double norm)
{
  if (!is_usual_for_tensor(type, clipnorm, norm, isfinite(squares.sum))) {
    *shortening = shorten_exactly(clipnorm, squares);
    return;
  }
  const double c = optreg_rounded(type, clipnorm), longest = optreg_rounded(type, norm);
  shortening->first = c;
  shortening->second = longest <= c ? c : longest;
  shortening->ratio = norm > clipnorm ? clipnorm / norm : 1.0;
  shortening->is_usual = true;
}

/* k = c min(1/N, 1/c) + (N − N): the last term turns an infinite norm into nan. Formed
 * in the type of the gradient. */
#define GLOBAL_FACTOR(name, real)                                                      \
  static double name(double clipnorm, double global_norm)                              \
  {                                                                                    \
    const real c = (real)clipnorm;                                                     \
    const real norm = (real)global_norm;                                               \
    const real reciprocal = (real)(1.0 / clipnorm);                                    \
    const real limit = (real)1.0 / norm >= reciprocal ? reciprocal : (real)1.0 / norm; \
    return (double)(c * limit + (norm - norm));                                        \
  }

GLOBAL_FACTOR(global_factor_f32, float)
GLOBAL_FACTOR(global_factor_f64, double)

/* the reciprocals have all their digits, and so has k */
static bool
is_usual_for_all(OptregType type, double c, OptregSquares squares)
{
  const double low = smallest(type), high = 1.0 / low;
  const double norm = optreg_squares_norm(squares);

  if (!isfinite(squares.sum)) {
    return true;
  }
  return is_within(c, low, high)
         && (norm <= c || (is_within(norm, low, high) && c / norm >= low));
}

OptregShortening
optreg_shorten_model(OptregType type, double c, OptregSquares squares)
{
  if (!is_usual_for_all(type, c, squares)) {
    return shorten_exactly(c, squares);
  }
  const double norm = optreg_squares_norm(squares);
  const double factor = type == OPTREG_TYPE_F32 ? global_factor_f32(c, norm)
                                                : global_factor_f64(c, norm);
  return (OptregShortening){ factor, 1.0, fmin(1.0, c / norm), true };
}

/* by the formulas of the stages */
double
optreg_shortened(OptregType type, const OptregShortening *shortening, double element)
{
  const double first = shortening->first, second = shortening->second;

  if (!shortening->is_usual) {
    return optreg_rounded(type, element * first * second);
  }
  return type == OPTREG_TYPE_F32
             ? (double)((float)element * (float)first / (float)second)
             : element * first / second;
}

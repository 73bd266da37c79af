/* SPDX-License-Identifier: MIT */
/* Numbers as people write them, whatever the locale. */
#include "config/number.h"

#include <math.h>
#include <string.h>

#define LARGEST_WHOLE \
  9007199254740992.0 /* 2^53, shown without an exponent up to here */

static const char *
skip_sign(const char *p)
{
  return *p == '+' || *p == '-' ? p + 1 : p;
}

/* digits with single underscores between them; returns p when there are none */
static const char *
skip_digits(const char *p)
{
  while (g_ascii_isdigit(*p)) {
    p++;
    if (p[0] == '_' && g_ascii_isdigit(p[1])) {
      p++;
    }
  }
  return p;
}

static bool
is_infinite(const char *p)
{
  p = skip_sign(p);
  return g_ascii_strcasecmp(*p == '.' ? p + 1 : p, "inf") == 0;
}

static OptregNumber
classify(const char *text)
{
  const char *start = skip_sign(text), *p = skip_digits(start);
  size_t n_digits = (size_t)(p - start);

  if (*p == '\0') {
    return n_digits > 0 ? OPTREG_NUMBER_INTEGER : OPTREG_NUMBER_NONE;
  }
  if (*p == '.') {
    const char *fraction = p + 1;
    p = skip_digits(fraction);
    n_digits += (size_t)(p - fraction);
  }
  if (n_digits > 0 && (*p == 'e' || *p == 'E')) {
    const char *exponent = skip_sign(p + 1);
    p = skip_digits(exponent);
    n_digits = (size_t)(p - exponent);
  }
  return n_digits > 0 && *p == '\0' ? OPTREG_NUMBER_REAL : OPTREG_NUMBER_NONE;
}

static char *
without_underscores(const char *text)
{
  char *plain = g_strdup(text), *end = plain;

  for (const char *p = text; *p != '\0'; p++) {
    if (*p != '_') {
      *end++ = *p;
    }
  }
  *end = '\0';
  return plain;
}

static bool
is_zero(const char *text)
{
  const size_t length = strcspn(text, "eE");

  return strcspn(text, "123456789") >= length;
}

/* printed in full, the double has the digits of the text */
static bool
is_exact(const char *integer, double number)
{
  const char *digits = skip_sign(integer);

  if (fabs(number) < LARGEST_WHOLE) {
    return true;
  }
  g_autofree char *whole = g_strdup_printf("%.0f", fabs(number));
  return strcmp(digits + strspn(digits, "0"), whole) == 0;
}

OptregNumber
optreg_number_read(const char *text, double *value)
{
  if (is_infinite(text)) {
    *value = *text == '-' ? -INFINITY : INFINITY;
    return OPTREG_NUMBER_REAL;
  }
  const OptregNumber kind = classify(text);
  if (kind == OPTREG_NUMBER_NONE) {
    return kind;
  }
  g_autofree char *plain = without_underscores(text);
  const double number = g_ascii_strtod(plain, NULL);
  if (isinf(number)) {
    return OPTREG_NUMBER_HUGE;
  }
  if (number == 0.0 && !is_zero(plain)) {
    return OPTREG_NUMBER_TINY;
  }
  *value = number;
  return kind == OPTREG_NUMBER_INTEGER && !is_exact(plain, number)
             ? OPTREG_NUMBER_INEXACT
             : kind;
}

/* 1e-07 -> 1e-7, 1e+20 -> 1e20 */
static void
shorten_exponent(char *text)
{
  char *exponent = strchr(text, 'e');

  if (exponent != NULL) {
    char *to = exponent[1] == '-' ? exponent + 2 : exponent + 1;
    const char *from = exponent + 2 + strspn(exponent + 2, "0");
    memmove(to, from, strlen(from) + 1);
  }
}

/* precision that reads back as the same double */
static int
find_precision(double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  int precision = 0;

  do {
    g_autofree char *format = g_strdup_printf("%%.%dg", ++precision);
    g_ascii_formatd(text, sizeof text, format, value);
  } while (precision < 17 && g_ascii_strtod(text, NULL) != value);
  return precision;
}

/* 100 and not 1e2, 0.001, but 1e-4 */
static char *
find_format(double value)
{
  const double size = fabs(value);
  const int precision = find_precision(value);

  if (size > 0.0 && size < 1e-3) {
    return g_strdup_printf("%%.%de", precision - 1);
  }
  const bool is_whole = size >= 1.0 && size <= LARGEST_WHOLE;
  const int whole_digits = is_whole ? (int)floor(log10(size)) + 1 : 0;
  return g_strdup_printf("%%.%dg", MAX(precision, whole_digits));
}

char *
optreg_number_show(double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isinf(value)) {
    return g_strdup(value > 0.0 ? "inf" : "-inf");
  }
  g_autofree char *format = find_format(value);
  g_ascii_formatd(text, sizeof text, format, value);
  shorten_exponent(text);
  return g_strdup(text);
}

char *
optreg_number_round(double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(text, sizeof text, "%.6g", value);
  shorten_exponent(text);
  return g_strdup(text);
}

/* SPDX-License-Identifier: MIT */
/* How arms are told apart without seeing colours: dashes of lines, shapes of marks. */
#ifndef OPTREG_HARNESS_PAGE_MARKS_H
#define OPTREG_HARNESS_PAGE_MARKS_H

#include <glib.h>
#include <stddef.h>

/* Colours are Okabe and Ito's, in the page's style. The first 35 arms have a pair of
 * colour and dashes of their own. */
enum { MARKS_COLOURS = 7, MARKS_DASHES = 5, MARKS_SHAPES = 6 };

size_t marks_colour(size_t arm);
size_t marks_dashes(size_t arm);
size_t marks_shape(size_t arm);

/* Classes of the arm: "c3 d1". */
char *marks_class(size_t arm);

/* The mark around a place, as the path of an SVG. */
char *marks_outline(size_t arm, double x, double y);

/* A short piece of the arm's line with its mark, as an SVG that is hidden from readers
 * of screens. */
void marks_add_sample(GString *html, size_t arm);

#endif

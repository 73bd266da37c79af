/* SPDX-License-Identifier: MIT */
/* Lines drawn with characters: dots of Braille, two by four in a cell, or in ASCII one
 * symbol in a cell.
 */
#ifndef OPTREG_TOOLS_CANVAS_H
#define OPTREG_TOOLS_CANVAS_H

#include "screen.h"

typedef struct Canvas Canvas;

/* The screen must outlive it. */
Canvas *canvas_new(const Screen *screen, size_t columns, size_t rows);
void canvas_free(Canvas *canvas);

/* A stroke between two points of the unit square, y upwards, in the colour of `owner`;
 * what lies outside is cut off. */
void canvas_stroke(Canvas *canvas, size_t owner, double x1, double y1, double x2,
                   double y2);

/* The owner's symbol at a point, over what is there. */
void canvas_mark(Canvas *canvas, size_t owner, double x, double y);

/* Row 0 is the uppermost; newly allocated, without blanks at its end. */
char *canvas_row(const Canvas *canvas, size_t row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Canvas, canvas_free)

#endif

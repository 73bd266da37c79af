/* SPDX-License-Identifier: MIT */
/* A shared library as it would lie in memory, without any of its code being run: no
 * constructor, no dependency, no lookup in other libraries. Data that is constant in
 * the source can be read from it; whatever points elsewhere is caught. */
#ifndef OPTREG_CORE_IMAGE_H
#define OPTREG_CORE_IMAGE_H

#include <glib.h>
#include <stdbool.h>

typedef struct OptregImage OptregImage;

/* Read the file and relocate its data. Returns NULL with OPTREG_ERROR_ABI, _UNREADABLE
 * or an error of GFile. */
OptregImage *optreg_image_new(const char *path, GError **error);
void optreg_image_free(OptregImage *image);

/* An exported data object, or NULL; *size receives its size, all of it inside the
 * image. */
const void *optreg_image_symbol(const OptregImage *image, const char *name,
                                gsize *size);

/* Whether `size` bytes from an aligned pointer on lie inside. */
bool optreg_image_holds(const OptregImage *image, const void *pointer, gsize size);

/* Whether a text begins there that ends inside. */
bool optreg_image_holds_text(const OptregImage *image, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregImage, optreg_image_free)

#endif

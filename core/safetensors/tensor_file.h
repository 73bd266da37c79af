/* SPDX-License-Identifier: MIT */
/* A safetensors file in memory: named tensors and metadata.
 *
 * 8 bytes, little-endian: length of the header. The header: a JSON object that gives
 * dtype, shape and data_offsets of every tensor, and "__metadata__", text by text. Then
 * the tensors, in the order of their offsets, without holes. Format:
 * https://github.com/huggingface/safetensors */
#ifndef OPTREG_CORE_SAFETENSORS_TENSOR_FILE_H
#define OPTREG_CORE_SAFETENSORS_TENSOR_FILE_H

#include <glib.h>
#include <optreg/optreg.h>

/* No header may be longer, in bytes: the format's own limit. */
#define OPTREG_HEADER_MAX 100000000u

/* The public optreg_checkpoint. */
typedef struct optreg_checkpoint {
  GArray *tensors;      /* optreg_state_info in the order of the data */
  GArray *metadata;     /* optreg_metadata, sorted by key */
  char *texts;          /* all names, keys and values */
  GArray *extents;      /* uint64_t, all shapes */
  uint64_t header_size; /* no text in here is longer, nor all of them together */
  const guint8 *data;   /* behind the header */
  guint8 *owned;        /* to be freed, or NULL */
} OptregTensorFile;

/* Empty, with room for the texts of a header of that length. */
OptregTensorFile *optreg_tensor_file_new(size_t header_size);
void optreg_tensor_file_free(OptregTensorFile *file);

/* Read a file, or bytes that must outlive the result. All lengths are checked before
 * memory is allocated for them. Errors: IO, MEMORY, DAMAGED ("path: what is wrong"). */
OptregTensorFile *optreg_tensor_file_open(const char *path, GError **error);
OptregTensorFile *optreg_tensor_file_parse(const void *bytes, size_t size,
                                           GError **error);

/* NULL: there is none of that name. Every call looks through the whole list. */
const optreg_state_info *optreg_tensor_file_find(const OptregTensorFile *file,
                                                 const char *name);
const char *optreg_tensor_file_metadata(const OptregTensorFile *file, const char *key);

/* Element types of safetensors: the name as a constant, or NULL for an unknown one; the
 * bytes of an element of a known one. */
const char *optreg_dtype_find(const char *name);
size_t optreg_dtype_size(const char *name);

/* The digits of a number; printf takes several times as long. */
void optreg_append_number(GString *text, uint64_t number);

/* In the order of the data: larger elements first, then by name. */
void optreg_tensor_file_sort(GArray *tensors);

/* The head of a file with these tensors in this order: length and header, padded with
 * spaces so that the data begin at a multiple of 64. Metadata must be sorted. NULL with
 * OPTREG_ERROR_ARGUMENT when it would be too long to be read again. */
GString *optreg_tensor_file_header(const GArray *tensors, const GArray *metadata,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregTensorFile, optreg_tensor_file_free)

#endif

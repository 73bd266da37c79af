/* SPDX-License-Identifier: MIT */
/* Files that people take for checkpoints. */
#include "checkpoint/foreign.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define ONLY "; only safetensors is read"

#define KIND(magic, meaning)          \
  {                                   \
    magic, sizeof(magic) - 1, meaning \
  }

static const struct {
  const char *magic;
  size_t length;
  const char *meaning;
} kinds[] = {
  KIND("version https://git-lfs",
       "a Git LFS pointer in the place of a file that was not "
       "fetched; run git lfs pull"),
  KIND("PK\x03\x04", "a ZIP archive, as torch.save and Keras write" ONLY),
  KIND("\x80\x02", "a Python pickle" ONLY),
  KIND("\x80\x03", "a Python pickle" ONLY),
  KIND("\x80\x04", "a Python pickle" ONLY),
  KIND("\x80\x05", "a Python pickle" ONLY),
  KIND("\x89HDF\r\n", "an HDF5 file, as Keras writes" ONLY),
  KIND("\x93NUMPY", "a NumPy array" ONLY),
  KIND("\x1f\x8b", "compressed with gzip; uncompress it first"),
  KIND("(\xb5/\xfd", "compressed with zstd; uncompress it first"),
  KIND("\x7f"
       "ELF",
       "a program or a plugin" ONLY),
  KIND("GGUF", "a GGUF file" ONLY),
};

static bool
is_text(const guint8 *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const bool is_space = bytes[i] == '\t' || bytes[i] == '\n' || bytes[i] == '\r';
    if (!is_space && (bytes[i] < 0x20 || bytes[i] > 0x7e)) {
      return false;
    }
  }
  return n > 0;
}

const char *
optreg_foreign_explain(const void *bytes, size_t n)
{
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    if (n >= kinds[i].length && memcmp(bytes, kinds[i].magic, kinds[i].length) == 0) {
      return kinds[i].meaning;
    }
  }
  if (n > 0 && *(const char *)bytes == '{' && is_text(bytes, n)) {
    return "JSON" ONLY;
  }
  return is_text(bytes, n) ? "text, perhaps a configuration" ONLY : NULL;
}

/* SPDX-License-Identifier: MIT */
/* Reading a safetensors file: what it claims is checked before memory is taken. */
#include "safetensors/header.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files that people take for checkpoints ---- */

#define LOOKED_AT 24 /* bytes of the beginning */

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

/* what a file is that begins with these bytes and is no safetensors file, and what to
 * do; NULL when it could be anything */
static const char *
explain(const void *bytes, size_t n)
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

/* ---- lengths ---- */

static bool
check_length(uint64_t header, uint64_t size, GError **error)
{
  if (header <= MIN(size - sizeof header, OPTREG_HEADER_MAX)) {
    return true;
  }
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
              "the header claims %" G_GUINT64_FORMAT
              " bytes, but the file has %" G_GUINT64_FORMAT
              " (and no header may have more than %u)",
              header, size, OPTREG_HEADER_MAX);
  return false;
}

static bool
check_size(uint64_t size, GError **error)
{
  if (size >= sizeof(uint64_t)) {
    return true;
  }
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
              "%" G_GUINT64_FORMAT " bytes are too few for a safetensors file", size);
  return false;
}

/* a length that a header can have is believed: then this is no other kind of file */
static bool
may_be_tensors(const void *bytes, uint64_t size)
{
  uint64_t length;

  if (size < sizeof length) {
    return false;
  }
  memcpy(&length, bytes, sizeof length);
  return GUINT64_FROM_LE(length) <= MIN(size - sizeof length, OPTREG_HEADER_MAX);
}

/* what is recognised is named; the lengths of anything else say what is wrong. `bytes`
 * has the beginning of a file of that size */
static bool
check_kind(const void *bytes, uint64_t size, GError **error)
{
  const char *kind =
      may_be_tensors(bytes, size) ? NULL : explain(bytes, (size_t)MIN(size, LOOKED_AT));

  if (kind != NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "this is %s", kind);
  }
  return kind == NULL;
}

OptregTensorFile *
optreg_tensor_file_parse(const void *bytes, size_t size, GError **error)
{
  uint64_t length;

  if (!check_kind(bytes, size, error) || !check_size(size, error)) {
    return NULL;
  }
  memcpy(&length, bytes, sizeof length);
  length = GUINT64_FROM_LE(length);
  if (!check_length(length, size, error)) {
    return NULL;
  }
  const char *header = (const char *)bytes + sizeof length;
  OptregTensorFile *file =
      optreg_header_read(header, (size_t)length, size - sizeof length - length, error);
  if (file != NULL) {
    optreg_header_place(file, (const guint8 *)header + length);
  }
  return file;
}

/* ---- from a file ---- */

static bool
refuse_errno(const char *what, GError **error)
{
  const int code = errno;

  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_IO, "%s: %s", what, g_strerror(code));
  return false;
}

static guint8 *
allocate(uint64_t size, GError **error)
{
  guint8 *memory = size < SIZE_MAX ? g_try_malloc((size_t)size + 1) : NULL;

  if (memory == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY,
                "out of memory: reading needs %" G_GUINT64_FORMAT " bytes", size);
  }
  return memory;
}

/* all of them, or the file has become shorter */
static bool
read_all(int fd, void *memory, uint64_t size, GError **error)
{
  for (uint64_t done = 0; done < size;) {
    const ssize_t n = read(fd, (char *)memory + done, MIN(size - done, 1u << 30));
    if (n < 0 && errno != EINTR) {
      return refuse_errno("cannot be read", error);
    }
    if (n == 0) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "the file is cut off");
      return false;
    }
    done += n > 0 ? (uint64_t)n : 0;
  }
  return true;
}

static bool
measure(int fd, uint64_t *size, GError **error)
{
  struct stat status;

  if (fstat(fd, &status) != 0) {
    return refuse_errno("cannot be read", error);
  }
  if (!S_ISREG(status.st_mode)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_IO, "not a regular file");
    return false;
  }
  *size = (uint64_t)status.st_size;
  return true;
}

/* the first bytes, which are read again */
static bool
look_at(int fd, uint64_t size, GError **error)
{
  guint8 bytes[LOOKED_AT] = { 0 };

  return pread(fd, bytes, sizeof bytes, 0) < 0
             ? refuse_errno("cannot be read", error)
             : check_kind(bytes, size, error) && check_size(size, error);
}

/* the data behind a header that has been found sound */
static bool
read_data(int fd, OptregTensorFile *file, uint64_t size, GError **error)
{
  file->owned = allocate(size, error);
  if (file->owned == NULL || !read_all(fd, file->owned, size, error)) {
    return false;
  }
  optreg_header_place(file, file->owned);
  return true;
}

static OptregTensorFile *
read_file(int fd, GError **error)
{
  uint64_t size = 0, length = 0;

  if (!measure(fd, &size, error) || !look_at(fd, size, error)
      || !read_all(fd, &length, sizeof length, error)) {
    return NULL;
  }
  length = GUINT64_FROM_LE(length);
  if (!check_length(length, size, error)) {
    return NULL;
  }
  g_autofree char *header = (char *)allocate(length, error);
  if (header == NULL || !read_all(fd, header, length, error)) {
    return NULL;
  }
  const uint64_t data_size = size - sizeof length - length;
  g_autoptr(OptregTensorFile)
      file = optreg_header_read(header, (size_t)length, data_size, error);
  return file != NULL && read_data(fd, file, data_size, error) ? g_steal_pointer(&file)
                                                               : NULL;
}

OptregTensorFile *
optreg_tensor_file_open(const char *path, GError **error)
{
  /* a pipe must not make us wait */
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0) {
    const int code = errno;
    g_set_error(error, OPTREG_ERROR,
                code == ENOENT ? OPTREG_ERROR_NOT_FOUND : OPTREG_ERROR_IO,
                "%s: cannot be opened: %s", path, g_strerror(code));
    return NULL;
  }
  OptregTensorFile *file = read_file(fd, error);
  if (file == NULL) {
    g_prefix_error(error, "%s: ", path);
  }
  close(fd);
  return file;
}

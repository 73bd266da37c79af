/* SPDX-License-Identifier: MIT */
/* Shared library files: is it one, and is all of it there? */
#include "elf.h"

#include "error.h"

#include <link.h>
#include <string.h>

static bool
read_at(GMappedFile *file, uint64_t offset, void *target, size_t size)
{
  const uint64_t length = g_mapped_file_get_length(file);

  if (offset > length || size > length - offset) {
    return false;
  }
  memcpy(target, g_mapped_file_get_contents(file) + offset, size);
  return true;
}

static bool
is_complete(GMappedFile *file, const ElfW(Ehdr) * header)
{
  const uint64_t length = g_mapped_file_get_length(file);

  for (size_t i = 0; i < header->e_phnum; i++) {
    ElfW(Phdr) segment;
    if (!read_at(file, header->e_phoff + i * sizeof(segment), &segment,
                 sizeof(segment))) {
      return false;
    }
    if (segment.p_type == PT_LOAD
        && (segment.p_offset > length
            || segment.p_filesz > length - segment.p_offset)) {
      return false;
    }
  }
  return true;
}

static bool
is_shared_library(const ElfW(Ehdr) * header)
{
  const unsigned char native = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

  return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0
         && header->e_ident[EI_CLASS] == native && header->e_type == ET_DYN
         && header->e_phentsize == sizeof(ElfW(Phdr));
}

bool
optreg_elf_check(const char *path, GError **error)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
  ElfW(Ehdr) header;

  if (file == NULL) {
    return false;
  }
  if (!read_at(file, 0, &header, sizeof(header)) || !is_shared_library(&header)) {
    g_set_error(
        error, OPTREG_ERROR, OPTREG_ERROR_ABI,
        "is not a shared library for this kind of machine: build it with -shared");
    return false;
  }
  if (!is_complete(file, &header)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "is cut off: copy it again, to another name first, and then rename it");
    return false;
  }
  return true;
}

/* SPDX-License-Identifier: MIT */
/* A shared library as it would lie in memory. The file may say anything: every offset
 * is checked where it is used. */
#include "image.h"

#include "elf.h"
#include "error.h"

#include <link.h>
#include <stdint.h>
#include <string.h>

enum { MAX_SIZE = 64 << 20 };

struct OptregImage {
  GMappedFile *file;
  char *memory; /* its segments, from virtual address 0 */
  uint64_t size;
  ElfW(Dyn) entries[DT_NUM]; /* of the dynamic section, by tag */
};

/* the relocations that data of a plugin has */
#if defined(__x86_64__)
enum {
  RELATIVE = R_X86_64_RELATIVE,
  ABSOLUTE = R_X86_64_64,
  GLOBAL = R_X86_64_GLOB_DAT
};
#elif defined(__aarch64__)
enum {
  RELATIVE = R_AARCH64_RELATIVE,
  ABSOLUTE = R_AARCH64_ABS64,
  GLOBAL = R_AARCH64_GLOB_DAT
};
#else
enum { RELATIVE = -1, ABSOLUTE = -2, GLOBAL = -3 };
#endif

static bool
copy_from(const void *source, uint64_t length, uint64_t offset, void *target,
          size_t size)
{
  if (offset > length || size > length - offset) {
    return false;
  }
  memcpy(target, (const char *)source + offset, size);
  return true;
}

static bool
read_file(const OptregImage *self, uint64_t offset, void *target, size_t size)
{
  return copy_from(g_mapped_file_get_contents(self->file),
                   g_mapped_file_get_length(self->file), offset, target, size);
}

static bool
read_memory(const OptregImage *self, uint64_t address, void *target, size_t size)
{
  return copy_from(self->memory, self->size, address, target, size);
}

static bool
write_address(OptregImage *self, uint64_t address, uint64_t value)
{
  const uintptr_t pointer = (uintptr_t)self->memory + value;

  if (address > self->size || sizeof pointer > self->size - address) {
    return false;
  }
  memcpy(self->memory + address, &pointer, sizeof pointer);
  return true;
}

/* ---- segments ---- */

static bool
read_segment(const OptregImage *self, const ElfW(Ehdr) * header, size_t i,
             ElfW(Phdr) * segment)
{
  return read_file(self, header->e_phoff + i * sizeof *segment, segment,
                   sizeof *segment);
}

static bool
measure(OptregImage *self, const ElfW(Ehdr) * header)
{
  ElfW(Phdr) segment;

  for (size_t i = 0; i < header->e_phnum; i++) {
    if (!read_segment(self, header, i, &segment)) {
      return false;
    }
    if (segment.p_type == PT_LOAD) {
      if (segment.p_vaddr > MAX_SIZE || segment.p_memsz > MAX_SIZE
          || segment.p_filesz > segment.p_memsz) {
        return false;
      }
      self->size = MAX(self->size, segment.p_vaddr + segment.p_memsz);
    }
  }
  return self->size > 0;
}

static void
note_entries(OptregImage *self, uint64_t address, uint64_t size)
{
  ElfW(Dyn) entry;

  for (uint64_t i = 0; i < size / sizeof entry; i++) {
    if (!read_memory(self, address + i * sizeof entry, &entry, sizeof entry)
        || entry.d_tag == DT_NULL) {
      return;
    }
    if (entry.d_tag > 0 && entry.d_tag < DT_NUM) {
      self->entries[entry.d_tag] = entry;
    }
  }
}

static bool
copy_segments(OptregImage *self, const ElfW(Ehdr) * header)
{
  ElfW(Phdr) segment;

  self->memory = g_malloc0(self->size);
  for (size_t i = 0; i < header->e_phnum; i++) {
    if (read_segment(self, header, i, &segment) && segment.p_type == PT_LOAD
        && !read_file(self, segment.p_offset, self->memory + segment.p_vaddr,
                      segment.p_filesz)) {
      return false;
    }
  }
  for (size_t i = 0; i < header->e_phnum; i++) {
    if (read_segment(self, header, i, &segment) && segment.p_type == PT_DYNAMIC) {
      note_entries(self, segment.p_vaddr, segment.p_memsz);
    }
  }
  return true;
}

/* ---- relocations ---- */

/* what lies in another library stays NULL */
static bool
relocate(OptregImage *self, const ElfW(Rela) * relocation)
{
  const int type = (int)ELF64_R_TYPE(relocation->r_info);
  const uint64_t addend = (uint64_t)relocation->r_addend;
  ElfW(Sym) symbol;

  if (type == RELATIVE) {
    return write_address(self, relocation->r_offset, addend);
  }
  if (type != ABSOLUTE && type != GLOBAL) {
    return true;
  }
  if (!read_memory(self,
                   self->entries[DT_SYMTAB].d_un.d_ptr
                       + ELF64_R_SYM(relocation->r_info) * sizeof symbol,
                   &symbol, sizeof symbol)) {
    return false;
  }
  return symbol.st_shndx == SHN_UNDEF
         || write_address(self, relocation->r_offset, symbol.st_value + addend);
}

/* -z pack-relative-relocs: an address, then bits for the 63 words behind it */
static bool
relocate_packed(OptregImage *self)
{
#ifdef DT_RELR
  const uint64_t n = self->entries[DT_RELRSZ].d_un.d_val / sizeof(uint64_t);
  uint64_t word = 0, entry, addend;

  for (uint64_t i = 0; i < n; i++) {
    if (!read_memory(self, self->entries[DT_RELR].d_un.d_ptr + i * sizeof entry, &entry,
                     sizeof entry)) {
      return false;
    }
    uint64_t address = (entry & 1) == 0 ? entry : word;
    uint64_t bits = (entry & 1) == 0 ? 1 : entry >> 1;
    word = (entry & 1) == 0 ? entry + sizeof entry : word + 63 * sizeof entry;
    for (; bits != 0; bits >>= 1, address += sizeof entry) {
      if ((bits & 1) != 0
          && (!read_memory(self, address, &addend, sizeof addend)
              || !write_address(self, address, addend))) {
        return false;
      }
    }
  }
#endif
  return true;
}

static bool
relocate_all(OptregImage *self)
{
  const uint64_t n = self->entries[DT_RELASZ].d_un.d_val / sizeof(ElfW(Rela));
  ElfW(Rela) relocation;

  for (uint64_t i = 0; i < n; i++) {
    if (!read_memory(self, self->entries[DT_RELA].d_un.d_ptr + i * sizeof relocation,
                     &relocation, sizeof relocation)
        || !relocate(self, &relocation)) {
      return false;
    }
  }
  return relocate_packed(self);
}

OptregImage *
optreg_image_new(const char *path, GError **error)
{
  g_autoptr(OptregImage) self = g_new0(OptregImage, 1);
  ElfW(Ehdr) header;

  if (!optreg_elf_check(path, error)
      || (self->file = g_mapped_file_new(path, FALSE, error)) == NULL) {
    return NULL;
  }
  if (!read_file(self, 0, &header, sizeof header) || !measure(self, &header)
      || !copy_segments(self, &header) || !relocate_all(self)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_UNREADABLE,
                "is damaged or too large to be read: build it again");
    return NULL;
  }
  return g_steal_pointer(&self);
}

void
optreg_image_free(OptregImage *self)
{
  if (self != NULL) {
    g_clear_pointer(&self->file, g_mapped_file_unref);
    g_free(self->memory);
    g_free(self);
  }
}

/* ---- looking inside ---- */

/* how many there are is said by the section headers only */
static uint64_t
count_symbols(const OptregImage *self)
{
  ElfW(Ehdr) header;
  ElfW(Shdr) section;

  for (size_t i = 0; read_file(self, 0, &header, sizeof header) && i < header.e_shnum;
       i++) {
    if (!read_file(self, header.e_shoff + i * sizeof section, &section,
                   sizeof section)) {
      return 0;
    }
    if (section.sh_type == SHT_DYNSYM) {
      return MIN(section.sh_size, self->size) / sizeof(ElfW(Sym));
    }
  }
  return 0;
}

const void *
optreg_image_symbol(const OptregImage *self, const char *name, gsize *size)
{
  const uint64_t n = count_symbols(self);
  ElfW(Sym) symbol;

  for (uint64_t i = 0; i < n; i++) {
    const uint64_t address = self->entries[DT_SYMTAB].d_un.d_ptr + i * sizeof symbol;
    if (!read_memory(self, address, &symbol, sizeof symbol)) {
      return NULL;
    }
    const uint64_t text = self->entries[DT_STRTAB].d_un.d_ptr + symbol.st_name;
    if (symbol.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT
        && text < self->size && optreg_image_holds_text(self, self->memory + text)
        && strcmp(self->memory + text, name) == 0 && symbol.st_value < self->size
        && symbol.st_size <= self->size - symbol.st_value) {
      *size = symbol.st_size;
      return self->memory + symbol.st_value;
    }
  }
  return NULL;
}

bool
optreg_image_holds(const OptregImage *self, const void *pointer, gsize size)
{
  const uintptr_t begin = (uintptr_t)self->memory, at = (uintptr_t)pointer;

  return at >= begin && at - begin <= self->size && size <= self->size - (at - begin)
         && at % sizeof(uint64_t) == 0;
}

bool
optreg_image_holds_text(const OptregImage *self, const char *text)
{
  const uintptr_t begin = (uintptr_t)self->memory, at = (uintptr_t)text;

  return at >= begin && at - begin < self->size
         && memchr(text, '\0', self->size - (at - begin)) != NULL;
}

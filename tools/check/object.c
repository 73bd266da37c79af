/* SPDX-License-Identifier: MIT */
/* What a shared library's file says about itself. */
#include "object.h"

#include "support/status.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#define INDIRECT R_X86_64_IRELATIVE
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#define INDIRECT R_AARCH64_IRELATIVE
#else
#define OWN_MACHINE EM_NONE
#define INDIRECT 0
#endif

/* `size` bytes of the file, or NULL where they are not all there */
static const void *
at(const Object *object, uint64_t offset, uint64_t size)
{
  const uint64_t length = g_mapped_file_get_length(object->file);

  return offset > length || size > length - offset
             ? NULL
             : g_mapped_file_get_contents(object->file) + offset;
}

static const char *
text_at(const Object *object, const ElfW(Shdr) * strings, uint64_t offset)
{
  const char *text = at(object, strings->sh_offset, strings->sh_size);

  return text == NULL || offset >= strings->sh_size
                 || memchr(text + offset, '\0', strings->sh_size - offset) == NULL
             ? NULL
             : text + offset;
}

static bool
refuse(const char *path, const char *reason, GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_FAILED, "'%s' %s", path, reason);
  return false;
}

static bool
check_header(const Object *object, const char *path, GError **error)
{
  const ElfW(Ehdr) *header = at(object, 0, sizeof *header);

  if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0
      || header->e_type != ET_DYN) {
    return refuse(path, "is not a shared library", error);
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != OWN_MACHINE) {
    return refuse(path, "is for another kind of machine", error);
  }
  if (at(object, header->e_phoff, header->e_phnum * sizeof(ElfW(Phdr))) == NULL
      || at(object, header->e_shoff, header->e_shnum * sizeof(ElfW(Shdr))) == NULL) {
    return refuse(path, "is cut off", error);
  }
  return true;
}

static bool
read_segments(Object *object, const char *path, GError **error)
{
  const ElfW(Ehdr) *header = at(object, 0, sizeof *header);
  const ElfW(Phdr) *segments = at(object, header->e_phoff, 0);

  /* without the entry the linker takes the machine's default, which is executable */
  object->is_stack_executable = true;
  for (size_t i = 0; i < header->e_phnum; i++) {
    if (segments[i].p_type == PT_LOAD
        && at(object, segments[i].p_offset, segments[i].p_filesz) == NULL) {
      return refuse(path, "is cut off", error);
    }
    if (segments[i].p_type == PT_GNU_STACK) {
      object->is_stack_executable = (segments[i].p_flags & PF_X) != 0;
    }
  }
  return true;
}

/* how many functions an entry of the dynamic section lets run when the file is opened
 * or closed. Start-up code of the compiler's, which a section .init shows, has one in
 * each array, and that section itself */
static size_t
count_functions(const Object *object, const ElfW(Dyn) * entry)
{
  const size_t own = object->startup != 0 ? 1 : 0;

  switch (entry->d_tag) {
  case DT_INIT_ARRAYSZ:
  case DT_FINI_ARRAYSZ:
  case DT_PREINIT_ARRAYSZ: {
    const size_t n = entry->d_un.d_val / sizeof(void *);
    return n > own ? n - own : 0;
  }
  case DT_INIT:
    return entry->d_un.d_ptr != object->startup ? 1 : 0;
  case DT_FINI:
    return entry->d_un.d_ptr != object->closing ? 1 : 0;
  default:
    return 0;
  }
}

static void
read_dynamic(Object *object, const ElfW(Shdr) * section, const ElfW(Shdr) * strings,
             GPtrArray *libraries)
{
  const ElfW(Dyn) *entries = at(object, section->sh_offset, section->sh_size);

  for (size_t i = 0; entries != NULL && i < section->sh_size / sizeof *entries; i++) {
    if (entries[i].d_tag == DT_NULL) {
      return;
    }
    const char *name = entries[i].d_tag == DT_NEEDED
                           ? text_at(object, strings, entries[i].d_un.d_val)
                           : NULL;
    if (name != NULL) {
      g_ptr_array_add(libraries, (char *)name);
    }
    object->has_text_relocations |=
        entries[i].d_tag == DT_TEXTREL
        || (entries[i].d_tag == DT_FLAGS && (entries[i].d_un.d_val & DF_TEXTREL) != 0);
    object->n_constructors += count_functions(object, &entries[i]);
  }
}

static void
read_symbols(Object *object, const ElfW(Shdr) * section, const ElfW(Shdr) * strings)
{
  const ElfW(Sym) *symbols = at(object, section->sh_offset, section->sh_size);
  const size_t n = symbols == NULL ? 0 : section->sh_size / sizeof *symbols;

  object->symbols = g_new0(ObjectSymbol, n + 1);
  for (size_t i = 1; i < n; i++) {
    const char *name = text_at(object, strings, symbols[i].st_name);
    if (name != NULL) {
      object->symbols[object->n_symbols++] = (ObjectSymbol){
        .name = name,
        .type = ELF64_ST_TYPE(symbols[i].st_info),
        .binding = ELF64_ST_BIND(symbols[i].st_info),
        .is_defined = symbols[i].st_shndx != SHN_UNDEF,
        .size = symbols[i].st_size,
      };
    }
  }
}

/* ---- variables ---- */

/* constant data with addresses in it is writable only until the linker has filled them
 * in */
static bool
is_variable_section(const ElfW(Shdr) * section, const char *name)
{
  static const char *const others[] = {
    ".data.rel.ro", ".dynamic", ".got",   ".got.plt",       ".init_array",
    ".fini_array",  ".ctors",   ".dtors", ".tm_clone_table"
  };

  for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(others); i++) {
    if (g_str_has_prefix(name, others[i])) {
      return false;
    }
  }
  return name != NULL && (section->sh_flags & SHF_WRITE)
         && (section->sh_flags & SHF_ALLOC);
}

/* "completed.0", "__dso_handle" and their like are the compiler's */
static bool
is_of_source(const ElfW(Sym) * symbol, const char *name)
{
  const unsigned type = ELF64_ST_TYPE(symbol->st_info);

  return name != NULL && (type == STT_OBJECT || type == STT_TLS) && symbol->st_size > 0
         && !g_str_has_prefix(name, "__") && !g_str_has_prefix(name, "completed.");
}

static void
add_variable(GArray *variables, const ElfW(Sym) * symbol, const char *name)
{
  const ObjectVariable variable = {
    .name = name,
    .address = symbol->st_value,
    .size = symbol->st_size,
    .is_of_thread = ELF64_ST_TYPE(symbol->st_info) == STT_TLS,
  };

  g_array_append_val(variables, variable);
}

static void
read_variables(Object *object, const ElfW(Shdr) * sections, size_t n_sections,
               const ElfW(Shdr) * names)
{
  g_autoptr(GArray) variables = g_array_new(FALSE, FALSE, sizeof(ObjectVariable));

  for (size_t i = 0; i < n_sections; i++) {
    const char *name = text_at(object, names, sections[i].sh_name);
    object->n_variable_bytes +=
        is_variable_section(&sections[i], name) ? sections[i].sh_size : 0;
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= n_sections) {
      continue;
    }
    const ElfW(Sym) *symbols = at(object, sections[i].sh_offset, sections[i].sh_size);
    for (size_t j = 0; symbols != NULL && j < sections[i].sh_size / sizeof *symbols;
         j++) {
      const ElfW(Sym) *symbol = &symbols[j];
      const char *text =
          text_at(object, &sections[sections[i].sh_link], symbol->st_name);
      if (symbol->st_shndx < n_sections && is_of_source(symbol, text)
          && is_variable_section(
              &sections[symbol->st_shndx],
              text_at(object, names, sections[symbol->st_shndx].sh_name))) {
        add_variable(variables, symbol, text);
      }
    }
    object->has_names = true;
  }
  object->variables =
      (ObjectVariable *)(void *)g_array_steal(variables, &object->n_variables);
}

/* a resolver runs for each reference to such a function */
static void
read_relocations(Object *object, const ElfW(Shdr) * section)
{
  const ElfW(Rela) *relocations = at(object, section->sh_offset, section->sh_size);

  for (size_t i = 0; relocations != NULL && i < section->sh_size / sizeof *relocations;
       i++) {
    object->n_indirect += ELF64_R_TYPE(relocations[i].r_info) == INDIRECT ? 1 : 0;
  }
}

static void
read_startup(Object *object, const ElfW(Shdr) * sections, size_t n_sections,
             const ElfW(Shdr) * names)
{
  for (size_t i = 0; i < n_sections; i++) {
    const char *name = text_at(object, names, sections[i].sh_name);
    if (g_strcmp0(name, ".init") == 0) {
      object->startup = sections[i].sh_addr;
    } else if (g_strcmp0(name, ".fini") == 0) {
      object->closing = sections[i].sh_addr;
    }
  }
}

static void
read_sections(Object *object)
{
  const ElfW(Ehdr) *header = at(object, 0, sizeof *header);
  const ElfW(Shdr) *sections = at(object, header->e_shoff, 0);
  g_autoptr(GPtrArray) libraries = g_ptr_array_new();

  if (header->e_shstrndx < header->e_shnum) {
    read_startup(object, sections, header->e_shnum, &sections[header->e_shstrndx]);
  }
  for (size_t i = 0; i < header->e_shnum; i++) {
    const ElfW(Shdr) *strings =
        sections[i].sh_link < header->e_shnum ? &sections[sections[i].sh_link] : NULL;
    if (strings != NULL && sections[i].sh_type == SHT_DYNAMIC) {
      read_dynamic(object, &sections[i], strings, libraries);
    }
    if (strings != NULL && sections[i].sh_type == SHT_DYNSYM
        && object->symbols == NULL) {
      read_symbols(object, &sections[i], strings);
    }
    if (sections[i].sh_type == SHT_RELA) {
      read_relocations(object, &sections[i]);
    }
  }
  if (header->e_shstrndx < header->e_shnum) {
    read_variables(object, sections, header->e_shnum, &sections[header->e_shstrndx]);
  }
  g_ptr_array_add(libraries, NULL);
  object->libraries = (const char **)g_ptr_array_steal(libraries, NULL);
}

Object *
object_new(const char *path, GError **error)
{
  g_autoptr(Object) object = g_new0(Object, 1);

  object->file = g_mapped_file_new(path, FALSE, error);
  if (object->file == NULL || !check_header(object, path, error)
      || !read_segments(object, path, error)) {
    return NULL;
  }
  read_sections(object);
  return g_steal_pointer(&object);
}

void
object_free(Object *object)
{
  if (object != NULL) {
    g_clear_pointer(&object->file, g_mapped_file_unref);
    g_free(object->symbols);
    g_free(object->libraries);
    g_free(object->variables);
    g_free(object);
  }
}

bool
object_is_instrumentation(const char *symbol)
{
  return g_str_has_prefix(symbol, "__asan") || g_str_has_prefix(symbol, "__odr")
         || g_str_has_prefix(symbol, "__ubsan")
         || g_str_has_prefix(symbol, "__sanitizer");
}

bool
object_is_instrumented(const Object *object)
{
  for (size_t i = 0; i < object->n_symbols; i++) {
    if (object_is_instrumentation(object->symbols[i].name)) {
      return true;
    }
  }
  return false;
}

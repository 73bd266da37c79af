/* SPDX-License-Identifier: MIT */
/* What a plugin's file says about its optimizer, read without running its code. */
#include "summary.h"

#include "error.h"
#include "image.h"
#include "module.h"
#include "printable.h"

#include <string.h>

enum { MAX_TEXT = 1024 };

static bool
refuse_unreadable(GError **error)
{
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_UNREADABLE,
              "does not say what it is before its code runs: make its class and texts "
              "constant");
  return false;
}

/* the entry's pointers are followed only where they lead into the file */
static const optreg_optimizer_class *
find_class(const OptregImage *image, GError **error)
{
  gsize size = 0;
  const optreg_plugin *entry = optreg_image_symbol(image, OPTREG_MODULE_ENTRY, &size);

  if (entry == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ABI,
                "exports no data '%s': end its source with OPTREG_PLUGIN(...)",
                OPTREG_MODULE_ENTRY);
    return NULL;
  }
  if (!optreg_image_holds(image, entry, sizeof *entry)
      || (entry->flavor != NULL && !optreg_image_holds_text(image, entry->flavor))) {
    refuse_unreadable(error);
    return NULL;
  }
  if (!optreg_module_check(entry, size, error)) {
    return NULL;
  }
  if (!optreg_image_holds(image, entry->optimizers, sizeof entry->optimizers[0])
      || !optreg_image_holds(image, entry->optimizers[0],
                             sizeof *entry->optimizers[0])) {
    refuse_unreadable(error);
    return NULL;
  }
  return entry->optimizers[0];
}

static bool
check_texts(const OptregImage *image, const optreg_optimizer_class *class,
            GError **error)
{
  const char *const texts[] = { class->name, class->version, class->doc };

  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    if (!optreg_image_holds_text(image, texts[i])) {
      return refuse_unreadable(error);
    }
    if (strlen(texts[i]) > MAX_TEXT || !g_utf8_validate(texts[i], -1, NULL)) {
      g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                  "its name, version or doc is not a line of text: correct it");
      return false;
    }
  }
  return true;
}

static optreg_plugin_summary *
make_summary(const optreg_optimizer_class *class, const char *path)
{
  optreg_plugin_summary *summary = g_new0(optreg_plugin_summary, 1);

  summary->name = g_strdup(class->name);
  summary->version = g_strdup(class->version);
  summary->doc = g_strdup(class->doc);
  summary->path = g_strdup(path);
  return summary;
}

static optreg_plugin_summary *
read_summary(const char *path, const char *name, GError **error)
{
  g_autoptr(OptregImage) image = optreg_image_new(path, error);
  const optreg_optimizer_class *class = image == NULL ? NULL : find_class(image, error);

  if (class == NULL || !check_texts(image, class, error)) {
    return NULL;
  }
  if (strcmp(class->name, name) != 0) {
    g_autofree char *printable = optreg_printable(class->name);
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PLUGIN,
                "holds the optimizer '%.64s': rename the file to %.64s.so", printable,
                printable);
    return NULL;
  }
  return make_summary(class, path);
}

optreg_plugin_summary *
optreg_summary_of_file(const char *path, const char *name, GError **error)
{
  optreg_plugin_summary *summary = read_summary(path, name, error);

  if (summary == NULL) {
    g_prefix_error(error, "plugin '%s': ", path);
  }
  return summary;
}

optreg_plugin_summary *
optreg_summary_of_descriptor(const OptregDescriptor *descriptor)
{
  optreg_plugin_summary *summary = make_summary(&descriptor->class, descriptor->path);

  summary->hides = g_strdupv(descriptor->hides);
  return summary;
}

void
optreg_plugin_summary_free(optreg_plugin_summary *summary)
{
  if (summary != NULL) {
    g_free(summary->name);
    g_free(summary->version);
    g_free(summary->doc);
    g_free(summary->path);
    g_strfreev(summary->hides);
    g_free(summary);
  }
}

/* SPDX-License-Identifier: MIT */
/* The policy of the page. */
#include "csp.h"

#include <string.h>

static char *
hash(const char *text)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize size = sizeof digest;

  g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
  g_checksum_get_digest(sum, digest, &size);
  return g_base64_encode(digest, size);
}

char *
csp_policy(const char *script, const char *style)
{
  g_autofree char *script_hash = hash(script), *style_hash = hash(style);

  return g_strdup_printf("default-src 'none'; script-src 'sha256-%s'; "
                         "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
                         script_hash, style_hash);
}

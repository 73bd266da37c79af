/* SPDX-License-Identifier: MIT */
/* A scalar as YAML writes it, as the text that it means. */
#ifndef OPTREG_SUPPORT_YAML_TEXT_H
#define OPTREG_SUPPORT_YAML_TEXT_H

/* `"a \"b\""` is a "b"; what is no scalar is returned as it is. Newly allocated. */
char *yaml_text(const char *scalar);

#endif

/* SPDX-License-Identifier: MIT */
/* A text that tries to leave wherever it is put: an element, an attribute, a line of a
 * script, its direction. tests/page/test-browser.py has the same. */
#ifndef HOSTILE_H
#define HOSTILE_H

#define HOSTILE_TEXT                           \
  "</script><script>alert(1)</script>\"'&<!--" \
  "\xe2\x80\xa8\xe2\x80\xae\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "

#endif

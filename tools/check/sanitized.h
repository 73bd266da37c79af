/* SPDX-License-Identifier: MIT */
/* Whether AddressSanitizer is part of the checker. It maps terabytes, makes system
 * calls of its own, and keeps books among the variables of plugins. */
#ifndef OPTREG_CHECK_SANITIZED_H
#define OPTREG_CHECK_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#endif

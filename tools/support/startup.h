/* SPDX-License-Identifier: MIT */
/* What a program inherits from whoever started it, put in order. */
#ifndef OPTREG_SUPPORT_STARTUP_H
#define OPTREG_SUPPORT_STARTUP_H

/* First in main. Descriptors 0 to 2 that are closed are opened, so that no file that
 * the program opens takes their place and receives what it prints; reading or writing
 * them still fails, and so the loss of results is noticed. Ends of child processes can
 * be waited for, also where SIGCHLD was ignored or blocked. */
void startup_put_in_order(void);

#endif

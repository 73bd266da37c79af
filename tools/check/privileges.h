/* SPDX-License-Identifier: MIT */
/* What root has and a plugin does not need. */
#ifndef OPTREG_CHECK_PRIVILEGES_H
#define OPTREG_CHECK_PRIVILEGES_H

/* Give up all capabilities, and where this process is root's, become the user 'nobody',
 * who may still read what root may read: a plugin in a folder of root's can be checked.
 * Where that is not possible, e.g. in a container without the capabilities that it
 * needs, the user stays. */
void privileges_drop(void);

#endif

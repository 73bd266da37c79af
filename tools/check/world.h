/* SPDX-License-Identifier: MIT */
/* What a plugin finds around it: the time, chance, the environment, what is left in
 * memory. Two worlds differ in all of it. */
#ifndef OPTREG_CHECK_WORLD_H
#define OPTREG_CHECK_WORLD_H

/* From now on the opened library asks here and not the C library; in world 0 first. */
void world_open(void *library);
void world_change(unsigned world);

#endif

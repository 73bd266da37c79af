/* SPDX-License-Identifier: MIT */
/* What root has and a plugin does not need. */
#include "privileges.h"

#include <glib.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

#define BIT(capability) (UINT64_C(1) << (capability))

static uint64_t
read_capabilities(void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct data[2] = { { 0 } };

  if (syscall(SYS_capget, &header, data) != 0) {
    return 0;
  }
  return data[0].effective | (uint64_t)data[1].effective << 32;
}

static void
keep_capabilities(uint64_t set)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  const uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
  struct __user_cap_data_struct data[2] = { { low, low, 0 }, { high, high, 0 } };

  syscall(SYS_capset, &header, data);
}

/* the one that reads only, or the one that containers have */
static uint64_t
reading_capability(uint64_t all)
{
  return (all & BIT(CAP_DAC_READ_SEARCH)) != 0 ? BIT(CAP_DAC_READ_SEARCH)
                                               : all & BIT(CAP_DAC_OVERRIDE);
}

/* the checker must be able to end this process afterwards, hence CAP_KILL, which its
 * parent has if this process has it */
static bool
can_change_user(uint64_t all)
{
  const uint64_t needed = BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL);

  return geteuid() == 0 && (all & needed) == needed && reading_capability(all) != 0;
}

/* as far as it goes: a user namespace may not have that user */
static bool
become_nobody(void)
{
  return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0
         && setresgid(NOBODY, NOBODY, NOBODY) == 0
         && setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

void
privileges_drop(void)
{
  const uint64_t all = read_capabilities();

  if (can_change_user(all)) {
    become_nobody();
  }
  keep_capabilities(reading_capability(all));
}

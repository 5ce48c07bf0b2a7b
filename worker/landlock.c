/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Structure and numbers are spelled here because kernel headers of 6.1 end at ABI 2 (linux/landlock.h). */
typedef struct {
        uint64_t handled_access_fs;
        uint64_t handled_access_net; /* ABI 4 */
        uint64_t scoped;             /* ABI 6 */
} LandlockRules;

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

int landlock_abi(void)
{
        const unsigned version_flag = 1;
        long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, version_flag);
        return abi > 0 ? (int)abi : 0;
}

bool landlock_enter(GError **error)
{
        /* How many rights an ABI knows: 13 in 1; REFER, TRUNCATE and IOCTL_DEV came with 2, 3 and 5. */
        static const unsigned fs_rights[] = {0, 13, 14, 15, 15, 16};
        int abi = landlock_abi();
        LandlockRules rules = {
                .handled_access_fs = (UINT64_C(1) << fs_rights[MIN(abi, 5)]) - 1,
                .handled_access_net = abi >= 4 ? 3 : 0, /* bind and connect */
                .scoped = abi >= 6 ? 3 : 0,             /* abstract sockets and signals */
        };
        size_t size = abi >= 6   ? sizeof rules
                      : abi >= 4 ? offsetof(LandlockRules, scoped)
                                 : offsetof(LandlockRules, handled_access_net);
        int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0U);
        if (fd < 0)
                return fault_errno(error, FAULT_WORKER, errno, "sandbox: landlock_create_ruleset, ABI %d",
                                   abi);
        bool ok = syscall(SYS_landlock_restrict_self, fd, 0U) == 0 ||
                  fault_errno(error, FAULT_WORKER, errno, "sandbox: landlock_restrict_self, ABI %d", abi);
        close(fd);
        return ok;
}

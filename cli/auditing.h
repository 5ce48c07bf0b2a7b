/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auditing.h - the paragraph that an ethics form or an auditor asks for, made of what was counted and of nothing else. */
#ifndef CLI_AUDITING_H
#define CLI_AUDITING_H

#include "core/record.h"

/* Did a request begin that was over the limit of its time, or before a wait that was asked for was over? */
bool auditing_is_kept(const Conduct *host);

/* Who was asked, how fast at most, what robots.txt said and what became of it, what stopped us, how operators could reach us.
 * Plain text; what hosts and market files say in it is as hostile as it came. g_free it. */
char *auditing_statement(const Sweep *sweep, Conduct *const *hosts, size_t n);

#endif

// SPDX-License-Identifier: BSD-2-Clause
/* Who holds the sessions of the table, from /proc. */
#ifndef SOCKTAPE_SOURCE_DIAG_OWNER_H
#define SOCKTAPE_SOURCE_DIAG_OWNER_H

#include "source/diag_table.h"

/*
 * One walk over the descriptors of every process that may be looked at.  Only for the start: after
 * the privileges are gone /proc shows no descriptors of others, and of the processes of one's own
 * user a walk each second would cost more than all the rest.
 */
void diag_owner_learn(struct diag_table *t);

#endif

// SPDX-License-Identifier: BSD-2-Clause
#include "run/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534 /* the kernel's own overflow id: owns nothing, on any distribution */

int privileges_drop(struct err *e)
{
	int r = 0;

	capng_clear(CAPNG_SELECT_BOTH);
	if (!geteuid())
		r = capng_change_id(NOBODY, NOBODY, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (!r)
		r = capng_apply(CAPNG_SELECT_CAPS);
	if (r)
		return fail(e, -EPERM, "cannot give up privileges (step %d): %s", r, strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail(e, -errno, "cannot give up new privileges: %s", strerror(errno));
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) > CAPNG_NONE)
		return fail(e, -EPERM, "capabilities are left after giving them up");
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
#ifndef SOCKTAPE_RUN_PRIVILEGES_H
#define SOCKTAPE_RUN_PRIVILEGES_H

#include "base/err.h"

/*
 * Gives up every capability for good and, when root, becomes nobody.  To be called when all is open:
 * descriptors and mapped memory stay usable.
 */
int privileges_drop(struct err *e);

#endif

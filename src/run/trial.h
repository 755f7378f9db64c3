// SPDX-License-Identifier: BSD-2-Clause
#ifndef SOCKTAPE_RUN_TRIAL_H
#define SOCKTAPE_RUN_TRIAL_H

#include "base/err.h"
#include "source/source.h"

/*
 * Records one loopback session of its own with this source and compares the record with the truth:
 * both ends, bytes, owner (where the source knows owners).  0 when all of it is right.
 */
int trial_run(const struct source_ops *source, struct err *e);

#endif

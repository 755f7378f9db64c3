// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel and the rights of this process allow, each found by trying it. */
#ifndef SOCKTAPE_SOURCE_FEATURE_H
#define SOCKTAPE_SOURCE_FEATURE_H

#include <stddef.h>

#include "base/err.h"

enum feature_need {
	FEATURE_NEEDED,  /* without it there is no source bpf */
	FEATURE_WITNESS, /* without it some ends may be missed under load (and are counted) */
	FEATURE_OWNER,   /* without it owners are less sure */
};

struct feature {
	const char *name, *use; /* what it is, what it is for */
	const char *mend;       /* what to do when it is missing */
	enum feature_need need;
	const char *program;    /* of probe.bpf.c; NULL: see probe */
	int (*probe)(struct err *e);
};

extern const struct feature features[];
extern const size_t feature_count;

/* 0 when it is there; -errno and why not. */
int feature_probe(const struct feature *f, struct err *e);

/* 0 when this process may load and attach the kernel programs; -EPERM and how it could. */
int feature_rights(struct err *e);

#endif

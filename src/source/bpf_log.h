// SPDX-License-Identifier: BSD-2-Clause
/* What libbpf says while it loads: kept, so that a failure can name its reason. */
#ifndef SOCKTAPE_SOURCE_BPF_LOG_H
#define SOCKTAPE_SOURCE_BPF_LOG_H

/* Forgets what was said and listens.  libbpf has one listener for the whole process. */
void bpf_log_begin(void);

/* The line that tells most about the last failure, or "no reason given". */
const char *bpf_log_last(void);

#endif

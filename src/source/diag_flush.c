// SPDX-License-Identifier: BSD-2-Clause
#include "source/diag_flush.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool make_marker(struct diag_marker *m)
{
	socklen_t len = sizeof(m->cookie);

	m->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (m->fd >= 0 && !getsockopt(m->fd, SOL_SOCKET, SO_COOKIE, &m->cookie, &len))
		return true;
	if (m->fd >= 0)
		close(m->fd);
	return false;
}

void diag_flush_open(struct diag_flush *f)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (cpus < 1 || cpus > CPU_SETSIZE)
		cpus = CPU_SETSIZE;
	f->markers = calloc(cpus, sizeof(*f->markers));
	while (f->markers && f->count < cpus && make_marker(&f->markers[f->count]))
		f->count++;
}

/* A CPU that we may not run on keeps its marker: it goes wherever we are. */
void diag_flush_begin(struct diag_flush *f)
{
	cpu_set_t before, one;
	bool moved = !sched_getaffinity(0, sizeof(before), &before);

	for (unsigned int cpu = 0; cpu < f->count; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (moved)
			sched_setaffinity(0, sizeof(one), &one);
		close(f->markers[cpu].fd);
		f->markers[cpu].fd = -1;
	}
	if (moved)
		sched_setaffinity(0, sizeof(before), &before);
	f->waiting = f->count;
}

bool diag_flush_take(struct diag_flush *f, uint64_t cookie)
{
	if (!f->waiting)
		return false;
	for (unsigned int i = 0; i < f->count; i++)
		if (f->markers[i].cookie == cookie) {
			f->waiting--;
			return true;
		}
	return false;
}

void diag_flush_close(struct diag_flush *f)
{
	for (unsigned int i = 0; i < f->count; i++)
		if (f->markers[i].fd >= 0)
			close(f->markers[i].fd);
	free(f->markers);
	*f = (struct diag_flush){ 0 };
}

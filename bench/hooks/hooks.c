// SPDX-License-Identifier: BSD-2-Clause
/* Attaches the hooks to this network namespace, runs a command, prints what each hook saw. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/event.h"

#include "hooks.skel.h"

static unsigned long long missed(struct bpf_program *p)
{
	struct bpf_prog_info info = { 0 };
	unsigned int len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len) ? 0 : info.recursion_misses;
}

int main(int argc, char **argv)
{
	struct hooks *h = hooks__open();
	struct stat st;
	int cgroup;

	if (argc != 3 || !h || stat("/proc/self/ns/net", &st)) {
		fprintf(stderr, "usage: hooks CGROUP2-ROOT COMMAND\n");
		return 2;
	}
	h->rodata->want_netns = st.st_ino;
	if (getsockopt(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, SO_NETNS_COOKIE,
		       (void *)&h->rodata->want_netns_cookie, &(socklen_t){ 8 }))
		return 1;
	bpf_program__set_autoattach(h->progs.watch, false);
	cgroup = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (hooks__load(h) || hooks__attach(h))
		return 1;
	if (!bpf_program__attach_cgroup(h->progs.watch, cgroup))
		return 1;
	if (system(argv[2]))
		return 1;
	printf("tracepoint %llu, twin %llu, either %llu, destroy %llu, sockops %llu, any %llu; "
	       "recursion misses %llu %llu\n",
	       h->bss->tracepoint_first, h->bss->tracepoint_second, h->bss->either, h->bss->destroy,
	       h->bss->state_callback, h->bss->any, missed(h->progs.state_first),
	       missed(h->progs.state_second));
	hooks__destroy(h);
	return 0;
}

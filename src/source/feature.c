// SPDX-License-Identifier: BSD-2-Clause
#include "source/feature.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe.skel.h"
#include "source/bpf_log.h"
#include "source/cgroup.h"

static bool have(unsigned int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

int feature_rights(struct err *e)
{
	capng_get_caps_process();
	if (have(CAP_SYS_ADMIN) || (have(CAP_BPF) && have(CAP_PERFMON) && have(CAP_NET_ADMIN)))
		return 0;
	return fail(e, -EPERM, "it needs root (sudo socktape …), or the capabilities bpf, perfmon and "
		    "net_admin");
}

static int probe_btf(struct err *e)
{
	const char *path = "/sys/kernel/btf/vmlinux";

	return access(path, R_OK) ? fail(e, -errno, "%s: %s", path, strerror(errno)) : 0;
}

static int probe_cgroup(struct err *e)
{
	char root[PATH_MAX];

	return cgroup_root(root, sizeof(root), e);
}

#define NEWER "a newer kernel (Debian 12's is enough)"

const struct feature features[] = {
	{ "rights", "to load programs into the kernel", "sudo socktape doctor", FEATURE_NEEDED, NULL,
	  feature_rights },
	{ "BTF", "the kernel's description of its own types",
	  "a kernel built with CONFIG_DEBUG_INFO_BTF=y (every Debian kernel since 11 is)", FEATURE_NEEDED,
	  NULL, probe_btf },
	{ "state tracepoint", "sees each session open and end", NEWER, FEATURE_NEEDED, "state", NULL },
	{ "destroy tracepoint", "sees the ends that others missed", NEWER, FEATURE_NEEDED, "destroy", NULL },
	{ "socket walk", "finds the sessions that are open at the start", NEWER, FEATURE_NEEDED, "sockets",
	  NULL },
	{ "descriptor walk", "finds who holds them, in every network namespace", NEWER, FEATURE_NEEDED,
	  "owners", NULL },
	{ "session walk", "settles what is still open at the end", NEWER, FEATURE_NEEDED, "sweep", NULL },
	{ "cgroup2", "the tree that the next three are attached to",
	  "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified",
	  FEATURE_WITNESS, NULL, probe_cgroup },
	{ "socket callbacks", "see what tracepoints miss under load", "mount cgroup2 as above",
	  FEATURE_WITNESS, "callbacks", NULL },
	{ "release hook", "tells who closed a socket", "mount cgroup2 as above", FEATURE_OWNER, "release",
	  NULL },
	{ "accept hook", "tells who accepted it", "mount cgroup2 as above", FEATURE_OWNER, "accept", NULL },
	{ "send/receive tracepoints", "tell the last user of a socket",
	  "Linux 6.12 or later (Debian 13, or bookworm-backports); until then connect, accept and close tell "
	  "the owner",
	  FEATURE_OWNER, "io", NULL },
};

const size_t feature_count = sizeof(features) / sizeof(*features);

static struct bpf_link *attach_cgroup(struct bpf_program *p, struct err *e)
{
	char root[PATH_MAX];
	struct bpf_link *link;
	AUTO_FD int fd = -1;

	if (cgroup_root(root, sizeof(root), e))
		return NULL;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	link = fd < 0 ? NULL : bpf_program__attach_cgroup(p, fd);
	if (!link)
		fail(e, -ENOTSUP, "%s", bpf_log_last());
	return link;
}

static struct bpf_link *attach(struct bpf_program *p, const struct probe *skel, struct err *e)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(skel->maps.storage) };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct bpf_link *link;

	if (bpf_program__type(p) != BPF_PROG_TYPE_TRACING)
		return attach_cgroup(p, e);
	link = p == skel->progs.sweep ? bpf_program__attach_iter(p, &opts) : bpf_program__attach(p);
	if (!link)
		fail(e, -ENOTSUP, "%s", bpf_log_last());
	return link;
}

static int try_program(struct probe *skel, const char *name, struct err *e)
{
	struct bpf_program *p;
	struct bpf_link *link;

	bpf_object__for_each_program(p, skel->obj)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	p = bpf_object__find_program_by_name(skel->obj, name);
	if (probe__load(skel))
		return fail(e, -ENOTSUP, "%s", bpf_log_last());
	link = attach(p, skel, e);
	if (!link)
		return -ENOTSUP;
	bpf_link__destroy(link);
	return 0;
}

int feature_probe(const struct feature *f, struct err *e)
{
	struct probe *skel;
	int r;

	if (f->probe)
		return f->probe(e);
	bpf_log_begin();
	skel = probe__open();
	if (!skel)
		return fail(e, -errno, "%s", bpf_log_last());
	r = try_program(skel, f->program, e);
	probe__destroy(skel);
	return r;
}

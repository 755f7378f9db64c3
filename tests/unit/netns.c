// SPDX-License-Identifier: BSD-2-Clause
/*
 * Works in a mount namespace of its own with an empty /run, so that nothing of the machine changes.
 * What needs to make namespaces is left out (and said so) for a user that may not.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/netns.h"

#define SELF "/proc/self/ns/net"

static struct err e;

static uint32_t inode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void need_root(void)
{
	if (geteuid())
		skip();
}

/* A process in a network namespace of its own, until it is ended or this test is. */
static pid_t start_elsewhere(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const char *ns_path(pid_t pid, const char *kind)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return path;
}

/* Puts the namespace at `path` under /run/netns, as `ip netns add` does. */
static void mount_as(const char *name, const char *path)
{
	char file[64];
	int fd;

	mkdir("/run/netns", 0755);
	snprintf(file, sizeof(file), "/run/netns/%s", name);
	fd = open(file, O_RDONLY | O_CREAT, 0444);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mount(path, file, NULL, MS_BIND, NULL), 0);
}

static void unmount(const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "/run/netns/%s", name);
	assert_int_equal(umount2(file, MNT_DETACH), 0);
	assert_int_equal(unlink(file), 0);
}

static void assert_found(const char *text, uint32_t expected)
{
	uint32_t found = 0;

	e = (struct err){ "" };
	assert_int_equal(netns_find(&found, text, &e), 0);
	assert_true(found == expected);
}

static void assert_refused(const char *text)
{
	uint32_t found = 0x1234;
	int r = netns_find(&found, text, &e);

	if (r != -EINVAL)
		print_error("'%s' was taken for a network namespace\n", text);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(found, 0x1234);
	assert_non_null(strstr(e.msg, "is not a network namespace"));
}

TEST(self_is_the_namespace_of_the_caller)
{
	assert_found("self", inode(SELF));
}

TEST(a_number_is_taken_as_it_is)
{
	assert_found("4026531840", 4026531840);
	assert_found("1", 1);
	assert_found("4294967295", UINT32_MAX);
}

TEST(a_path_leads_to_its_namespace)
{
	pid_t pid;

	assert_found(SELF, inode(SELF));
	assert_found("/proc/self/../self/ns/net", inode(SELF));
	need_root();
	pid = start_elsewhere();
	assert_found(ns_path(pid, "net"), inode(ns_path(pid, "net")));
	assert_true(inode(ns_path(pid, "net")) != inode(SELF));
	stop(pid);
}

TEST(a_name_is_looked_up_where_ip_netns_keeps_them)
{
	pid_t pid;
	uint32_t there;

	need_root();
	pid = start_elsewhere();
	there = inode(ns_path(pid, "net"));
	mount_as("blue", ns_path(pid, "net"));
	stop(pid);
	assert_found("blue", there);
	assert_found("/run/netns/blue", there);
	unmount("blue");
	assert_refused("blue");
}

TEST(what_is_no_namespace_is_refused)
{
	static const char *const cases[] = {
		"", "0", "-1", "4294967296", "99999999999999999999", "nope", ".", "..", "/", "/dev/null",
		"/proc/self/ns", "/proc/self/ns/nope", "./self", " self", "self ", "1x", "/nowhere/at/all",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(cases[i]);
}

TEST(a_pipe_is_refused_without_waiting_for_its_writer)
{
	need_root();
	assert_int_equal(mkfifo("/run/fifo", 0600), 0);
	alarm(5);
	assert_refused("/run/fifo");
	alarm(0);
}

TEST(a_namespace_of_another_kind_is_refused)
{
	static const char *const kinds[] = { "uts", "mnt", "pid", "ipc", "user", "cgroup" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_refused(ns_path(getpid(), kinds[i]));
}

TEST(a_very_long_path_is_refused_and_quoted_in_part)
{
	char path[5000] = "/";

	memset(path + 1, 'p', sizeof(path) - 2);
	assert_refused(path);
	assert_true(strlen(e.msg) < sizeof(e.msg) - 1);
}

/* Where the callback was called. */
struct places {
	int count;
	uint32_t inode[4096];
};

static void note(void *ctx)
{
	struct places *places = ctx;

	places->inode[places->count++] = inode("/proc/thread-self/ns/net");
}

static int times_in(const struct places *places, uint32_t wanted)
{
	int count = 0;

	for (int i = 0; i < places->count; i++)
		count += places->inode[i] == wanted;
	return count;
}

static struct places places;

static int walk(uint32_t only)
{
	uint32_t home = inode(SELF);
	int entered;

	places.count = 0;
	entered = netns_each(only, note, &places);
	assert_int_equal(entered, places.count);
	assert_true(inode(SELF) == home);
	return entered;
}

TEST(the_callers_own_namespace_is_entered_first)
{
	assert_true(walk(0) >= 1);
	assert_true(places.inode[0] == inode(SELF));
}

TEST(every_namespace_is_entered_once)
{
	pid_t first, second;

	need_root();
	first = start_elsewhere();
	second = start_elsewhere();
	assert_true(walk(0) >= 3);
	assert_int_equal(times_in(&places, inode(SELF)), 1);
	assert_int_equal(times_in(&places, inode(ns_path(first, "net"))), 1);
	assert_int_equal(times_in(&places, inode(ns_path(second, "net"))), 1);
	for (int i = 0; i < places.count; i++)
		assert_int_equal(times_in(&places, places.inode[i]), 1);
	stop(first);
	stop(second);
}

TEST(a_namespace_that_is_only_mounted_is_entered)
{
	uint32_t there;
	pid_t pid;

	need_root();
	pid = start_elsewhere();
	there = inode(ns_path(pid, "net"));
	mount_as("a name with spaces", ns_path(pid, "net"));
	stop(pid);
	walk(0);
	assert_int_equal(times_in(&places, there), 1);
	assert_int_equal(walk(there), 1);
	unmount("a name with spaces");
	assert_int_equal(walk(there), 0);
}

TEST(a_mounted_namespace_of_another_kind_is_left_out)
{
	need_root();
	mount_as("uts", "/proc/self/ns/uts");
	walk(0);
	assert_int_equal(times_in(&places, inode("/proc/self/ns/uts")), 0);
	assert_int_equal(walk(inode("/proc/self/ns/uts")), 0);
	unmount("uts");
}

TEST(only_the_one_asked_for_is_entered)
{
	pid_t pid;

	assert_int_equal(walk(inode(SELF)), 1);
	assert_true(places.inode[0] == inode(SELF));
	assert_int_equal(walk(1), 0);
	need_root();
	pid = start_elsewhere();
	assert_int_equal(walk(inode(ns_path(pid, "net"))), 1);
	assert_true(places.inode[0] == inode(ns_path(pid, "net")));
	stop(pid);
}

static int private_mounts(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("none", "/run", "tmpfs", 0, NULL);
}

static const struct CMUnitTest tests[] = {
	IT(self_is_the_namespace_of_the_caller),
	IT(a_number_is_taken_as_it_is),
	IT(a_path_leads_to_its_namespace),
	IT(a_name_is_looked_up_where_ip_netns_keeps_them),
	IT(what_is_no_namespace_is_refused),
	IT(a_pipe_is_refused_without_waiting_for_its_writer),
	IT(a_namespace_of_another_kind_is_refused),
	IT(a_very_long_path_is_refused_and_quoted_in_part),
	IT(the_callers_own_namespace_is_entered_first),
	IT(every_namespace_is_entered_once),
	IT(a_namespace_that_is_only_mounted_is_entered),
	IT(a_mounted_namespace_of_another_kind_is_left_out),
	IT(only_the_one_asked_for_is_entered),
};

int main(void)
{
	return cmocka_run_group_tests(tests, private_mounts, NULL);
}

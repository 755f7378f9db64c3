// SPDX-License-Identifier: BSD-2-Clause
/* Works in a mount namespace of its own with an empty /run, so that nothing of the machine changes. */
#include "namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "rights.h"

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

TEST(a_path_leads_to_its_namespace)
{
	pid_t pid = start_elsewhere();

	assert_found(SELF, inode(SELF));
	assert_found("/proc/self/../self/ns/net", inode(SELF));
	assert_found(ns_path(pid, "net"), inode(ns_path(pid, "net")));
	assert_true(inode(ns_path(pid, "net")) != inode(SELF));
	stop(pid);
}

TEST(a_name_is_looked_up_where_ip_netns_keeps_them)
{
	pid_t pid;
	uint32_t there;

	pid = start_elsewhere();
	there = inode(ns_path(pid, "net"));
	mount_as("blue", ns_path(pid, "net"));
	stop(pid);
	assert_found("blue", there);
	assert_found("/run/netns/blue", there);
	unmount("blue");
	assert_refused("blue");
}

TEST(a_pipe_is_refused_without_waiting_for_its_writer)
{
	assert_int_equal(mkfifo("/run/fifo", 0600), 0);
	alarm(5);
	assert_refused("/run/fifo");
	alarm(0);
}

TEST(every_namespace_is_entered_once)
{
	pid_t first, second;

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
	mount_as("uts", "/proc/self/ns/uts");
	walk(0);
	assert_int_equal(times_in(&places, inode("/proc/self/ns/uts")), 0);
	assert_int_equal(walk(inode("/proc/self/ns/uts")), 0);
	unmount("uts");
}

TEST(only_the_one_asked_for_is_entered)
{
	pid_t pid = start_elsewhere();

	assert_int_equal(walk(inode(ns_path(pid, "net"))), 1);
	assert_true(places.inode[0] == inode(ns_path(pid, "net")));
	stop(pid);
}

static int private_mounts(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("none", "/run", "tmpfs", 0, NULL);
}

static const struct CMUnitTest tests[] = {
	IT(a_path_leads_to_its_namespace),
	IT(a_name_is_looked_up_where_ip_netns_keeps_them),
	IT(a_pipe_is_refused_without_waiting_for_its_writer),
	IT(every_namespace_is_entered_once),
	IT(a_namespace_that_is_only_mounted_is_entered),
	IT(a_mounted_namespace_of_another_kind_is_left_out),
	IT(only_the_one_asked_for_is_entered),
};

RUN_TESTS_WITH_RIGHTS(tests, private_mounts, NULL)

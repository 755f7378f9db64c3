// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mounts the cgroup2 tree where it wants it, in a mount namespace of its own, and makes two empty
 * groups in it that are gone at the end.
 */
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/cgroup.h"

#define TREE "/run/the tree" /* with a space: /proc/self/mounts writes it as \040 */

static struct err e;
static char outer[64], inner[80];

/* The id that the kernel itself gives, by another way than stat(). */
static uint64_t kernel_id(const char *path)
{
	struct file_handle *handle = calloc(1, sizeof(*handle) + sizeof(uint64_t));
	uint64_t id;
	int mount_id;

	handle->handle_bytes = sizeof(id);
	assert_int_equal(name_to_handle_at(AT_FDCWD, path, handle, &mount_id, 0), 0);
	assert_int_equal(handle->handle_bytes, sizeof(id));
	memcpy(&id, handle->f_handle, sizeof(id));
	free(handle);
	return id;
}

static void assert_found(const char *path, const char *expected)
{
	uint64_t id = 0;

	e = (struct err){ "" };
	assert_int_equal(cgroup_find(&id, path, &e), 0);
	assert_true(id == kernel_id(expected));
}

static void assert_refused(const char *path)
{
	uint64_t id = 0x1234;

	assert_int_equal(cgroup_find(&id, path, &e), -EINVAL);
	assert_int_equal(id, 0x1234);
	assert_non_null(strstr(e.msg, "is not a cgroup"));
	assert_non_null(strstr(e.msg, TREE));
}

TEST(the_tree_is_found_where_it_is_mounted)
{
	char root[PATH_MAX];

	assert_int_equal(cgroup_root(root, sizeof(root), &e), 0);
	assert_string_equal(root, TREE);
}

TEST(room_that_is_too_small_is_not_written_past)
{
	char root[sizeof(TREE) + 1];

	memset(root, '#', sizeof(root));
	assert_int_equal(cgroup_root(root, sizeof(TREE), &e), 0);
	assert_string_equal(root, TREE);
	memset(root, '#', sizeof(root));
	assert_int_equal(cgroup_root(root, sizeof(TREE) - 1, &e), -ENOENT);
	assert_int_equal(root[sizeof(TREE) - 1], '#');
}

TEST(the_root_is_found_by_every_name)
{
	assert_found("/", TREE);
	assert_found(".", TREE);
	assert_found(TREE, TREE);
	assert_found(TREE "/", TREE);
}

TEST(a_group_is_found_by_folder_and_from_the_root)
{
	assert_found(outer, outer);
	assert_found(outer + strlen(TREE), outer);
	assert_found(outer + strlen(TREE) + 1, outer);
}

TEST(a_group_in_a_group_is_found_too)
{
	char path[200];

	assert_found(inner, inner);
	assert_found(inner + strlen(TREE), inner);
	snprintf(path, sizeof(path), "%s/", inner);
	assert_found(path, inner);
	snprintf(path, sizeof(path), "%s/../i/..", inner);
	assert_found(path, outer);
}

TEST(a_link_leads_to_its_group)
{
	assert_int_equal(symlink(inner, "/run/link"), 0);
	assert_found("/run/link", inner);
}

TEST(what_is_no_group_is_refused)
{
	char file[100];

	snprintf(file, sizeof(file), "%s/cgroup.procs", inner);
	assert_refused(file);
	assert_refused("");
	assert_refused("/tmp");
	assert_refused("nope");
	assert_refused("/nope/nope");
	assert_refused("../..");
	assert_refused("/proc/self/ns/cgroup");
}

TEST(a_very_long_path_is_refused)
{
	char path[2 * PATH_MAX];

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_refused(path);
	for (size_t i = 0; i < sizeof(path) - 1; i += 2)
		path[i] = '/';
	assert_refused(path);
}

TEST(without_a_tree_the_message_says_how_to_mount_one)
{
	char root[PATH_MAX];
	uint64_t id;

	assert_int_equal(umount2(TREE, MNT_DETACH), 0);
	assert_int_equal(cgroup_root(root, sizeof(root), &e), -ENOENT);
	assert_non_null(strstr(e.msg, "mount -t cgroup2"));
	assert_int_equal(cgroup_find(&id, "/", &e), -ENOENT);
	assert_int_equal(mount("none", TREE, "cgroup2", 0, NULL), 0);
}

/* Takes away every cgroup2 that is mounted and mounts one at TREE. */
static int mount_tree(void)
{
	char root[PATH_MAX];
	struct err none;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/run", "tmpfs", 0, NULL))
		return -1;
	for (int i = 0; i < 100 && !cgroup_root(root, sizeof(root), &none); i++)
		umount2(root, MNT_DETACH);
	return mkdir(TREE, 0755) || mount("none", TREE, "cgroup2", 0, NULL);
}

static int make_groups(void **state)
{
	(void)state;
	if (mount_tree())
		return -1;
	snprintf(outer, sizeof(outer), TREE "/unit-test-%d", getpid());
	snprintf(inner, sizeof(inner), "%s/i", outer);
	return mkdir(outer, 0755) || mkdir(inner, 0755);
}

static int remove_groups(void **state)
{
	(void)state;
	return rmdir(inner) || rmdir(outer);
}

static const struct CMUnitTest tests[] = {
	IT(the_tree_is_found_where_it_is_mounted),
	IT(room_that_is_too_small_is_not_written_past),
	IT(the_root_is_found_by_every_name),
	IT(a_group_is_found_by_folder_and_from_the_root),
	IT(a_group_in_a_group_is_found_too),
	IT(a_link_leads_to_its_group),
	IT(what_is_no_group_is_refused),
	IT(a_very_long_path_is_refused),
	IT(without_a_tree_the_message_says_how_to_mount_one),
};

RUN_TESTS_WITH_RIGHTS(tests, make_groups, remove_groups)

// SPDX-License-Identifier: BSD-2-Clause
/* Outputs that never block: files, and devices that fail.  Pipes are in output_pipe.c. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int new_file(int flags)
{
	char path[] = "/tmp/output.XXXXXX";
	int fd = mkostemp(path, flags);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void assert_whole_rows(int fd, off_t from, int count)
{
	char row[ROW_LEN];

	assert_int_equal(size_of(fd), from + count * ROW_LEN);
	for (int i = 0; i < count; i++) {
		assert_int_equal(pread(fd, row, ROW_LEN, from + i * ROW_LEN), ROW_LEN);
		assert_memory_equal(row, ROW, ROW_LEN);
	}
}

/* Flushes while no file may grow past `bytes`: a disk that is full to the byte. */
static void flush_within(rlim_t bytes)
{
	struct rlimit old, tight;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = (struct rlimit){ bytes, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	output_flush(&o);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

TEST(rows_arrive_in_a_file)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	assert_true(o.is_file);
	put_rows(3);
	output_flush(&o);
	assert_counts(3, 0);
	put_rows(100000);
	output_flush(&o);
	assert_counts(100003, 0);
	assert_int_equal(o.error, 0);
	assert_whole_rows(fd, 0, 100003);
	output_close(&o);
	close(fd);
}

TEST(an_empty_flush_writes_nothing)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	output_flush(&o);
	assert_counts(0, 0);
	assert_int_equal(size_of(fd), 0);
	close(fd);
}

TEST(lines_that_are_no_rows_are_not_counted)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	buf_str(&o.buf, "TITLE\n");
	output_flush(&o);
	assert_counts(0, 0);
	put_rows(2);
	output_flush(&o);
	assert_counts(2, 0);
	output_close(&o);
	close(fd);
}

TEST(lines_that_are_no_rows_are_not_counted_when_they_fail)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	buf_str(&o.buf, "TITLE\nLEDGER\n");
	flush_within(8);
	assert_int_equal(o.error, EFBIG);
	assert_counts(0, 0);
	assert_int_equal(size_of(fd), 6);
	output_close(&o);
	close(fd);
}

TEST(a_full_disk_loses_what_does_not_fit_and_counts_it)
{
	static const struct {
		int limit, whole;
	} cases[] = { { 0, 0 }, { 1, 0 }, { 19, 0 }, { 20, 1 }, { 21, 1 }, { 59, 2 }, { 60, 3 },
		      { 99, 4 }, { 199, 9 } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int fd = new_file(0);

		output_open(&o, fd, -1);
		put_rows(10);
		flush_within(cases[i].limit);
		assert_int_equal(o.error, EFBIG);
		assert_counts(cases[i].whole, 10 - cases[i].whole);
		assert_whole_rows(fd, 0, cases[i].whole);
		output_close(&o);
		close(fd);
	}
}

TEST(a_half_line_is_cut_off_behind_what_stood_there_before)
{
	for (int append = 0; append < 2; append++) {
		int fd = new_file(append ? O_APPEND : 0);

		assert_int_equal(write(fd, "before", 6), 6);
		output_open(&o, fd, -1);
		put_rows(5);
		flush_within(6 + 2 * ROW_LEN + 7);
		assert_int_equal(o.error, EFBIG);
		assert_counts(2, 3);
		assert_whole_rows(fd, 6, 2);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 6 + 2 * ROW_LEN);
		output_close(&o);
		close(fd);
	}
}

TEST(a_half_line_alone_leaves_the_file_as_it_was)
{
	int fd = new_file(0);

	assert_int_equal(write(fd, "before", 6), 6);
	output_open(&o, fd, -1);
	put_rows(1);
	flush_within(6 + 10);
	assert_counts(0, 1);
	assert_int_equal(size_of(fd), 6);
	output_close(&o);
	close(fd);
}

TEST(after_a_failure_nothing_is_written_any_more)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	put_rows(2);
	flush_within(25);
	assert_counts(1, 1);
	put_rows(7);
	output_flush(&o);
	assert_counts(1, 8);
	assert_int_equal(o.error, EFBIG);
	assert_whole_rows(fd, 0, 1);
	output_close(&o);
	close(fd);
}

TEST(a_device_that_is_full_takes_nothing)
{
	int fd = open("/dev/full", O_WRONLY);

	assert_true(fd >= 0);
	output_open(&o, fd, -1);
	assert_false(o.is_file);
	put_rows(3);
	output_flush(&o);
	assert_int_equal(o.error, ENOSPC);
	assert_counts(0, 3);
	output_close(&o);
	close(fd);
}

TEST(a_descriptor_that_cannot_be_written_loses_everything)
{
	int fd = open("/dev/null", O_RDONLY);

	output_open(&o, fd, -1);
	put_rows(3);
	output_flush(&o);
	assert_int_equal(o.error, EBADF);
	assert_counts(0, 3);
	output_close(&o);
	close(fd);
	output_open(&o, fd, -1); /* closed */
	put_rows(2);
	output_flush(&o);
	assert_int_equal(o.error, EBADF);
	assert_counts(0, 2);
	output_close(&o);
}

TEST(rows_in_a_buffer_that_failed_are_lost)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	put_rows(3);
	buf_fill(&o.buf, 'x', BUF_CEILING);
	o.rows++;
	output_flush(&o);
	assert_int_equal(o.error, ENOMEM);
	assert_counts(0, 4);
	assert_int_equal(size_of(fd), 0);
	output_close(&o);
	close(fd);
}

TEST(a_row_that_found_no_room_at_all_is_lost)
{
	int fd = new_file(0);

	output_open(&o, fd, -1);
	buf_fill(&o.buf, 'x', BUF_CEILING + 1);
	assert_int_equal(o.buf.len, 0);
	o.rows = 1;
	output_flush(&o);
	assert_int_equal(o.error, ENOMEM);
	assert_counts(0, 1);
	output_close(&o);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	IT(rows_arrive_in_a_file),
	IT(an_empty_flush_writes_nothing),
	IT(lines_that_are_no_rows_are_not_counted),
	IT(lines_that_are_no_rows_are_not_counted_when_they_fail),
	IT(a_full_disk_loses_what_does_not_fit_and_counts_it),
	IT(a_half_line_is_cut_off_behind_what_stood_there_before),
	IT(a_half_line_alone_leaves_the_file_as_it_was),
	IT(after_a_failure_nothing_is_written_any_more),
	IT(a_device_that_is_full_takes_nothing),
	IT(a_descriptor_that_cannot_be_written_loses_everything),
	IT(rows_in_a_buffer_that_failed_are_lost),
	IT(a_row_that_found_no_room_at_all_is_lost),
};

RUN_OUTPUT_TESTS(tests)

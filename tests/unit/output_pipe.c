// SPDX-License-Identifier: BSD-2-Clause
/* Outputs that block: pipes and terminals. */
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"

struct pipe_ends {
	int in, out;
};

static struct pipe_ends new_pipe(void)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	return (struct pipe_ends){ fds[1], fds[0] };
}

/* Reads so many bytes in small pieces; how many there were up to the first that is not of a row. */
static size_t read_rows(int fd, size_t bytes)
{
	char piece[777];
	size_t got = 0;
	ssize_t n = 1;

	while (got < bytes && n > 0) {
		n = read(fd, piece, bytes - got < sizeof(piece) ? bytes - got : sizeof(piece));
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != ROW[(got + i) % ROW_LEN])
				return got + i;
		got += n > 0 ? n : 0;
	}
	return got;
}

/* A child that waits, reads, and is content when it got `bytes` of rows; `all`: and then the end. */
static pid_t start_reader(struct pipe_ends p, unsigned int wait_ms, size_t bytes, bool all)
{
	pid_t pid = fork();
	char more;

	if (pid)
		return pid;
	close(p.in);
	usleep(wait_ms * 1000);
	_exit(read_rows(p.out, bytes) == bytes && (!all || read(p.out, &more, 1) == 0) ? 0 : 1);
}

static void assert_reader_content(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(a_pipe_that_nobody_reads_any_more_is_an_error)
{
	struct pipe_ends p = new_pipe();

	close(p.out);
	output_open(&o, p.in, -1);
	put_rows(3);
	output_flush(&o);
	assert_int_equal(o.error, EPIPE);
	assert_counts(0, 3);
	output_close(&o);
	close(p.in);
}

TEST(a_slow_reader_gets_every_row)
{
	struct pipe_ends p = new_pipe();
	pid_t reader = start_reader(p, 200, 50000 * ROW_LEN, true);

	close(p.out);
	output_open(&o, p.in, -1);
	put_rows(50000);
	output_flush(&o);
	assert_int_equal(o.error, 0);
	assert_counts(50000, 0);
	output_close(&o);
	close(p.in);
	assert_reader_content(reader);
}

TEST(a_reader_that_goes_away_leaves_rows_lost_and_counted)
{
	struct pipe_ends p = new_pipe();
	pid_t reader = start_reader(p, 50, 300000, false);

	close(p.out);
	output_open(&o, p.in, -1);
	put_rows(50000);
	output_flush(&o);
	assert_int_equal(o.error, EPIPE);
	assert_int_equal(o.written + o.lost, 50000);
	assert_true(o.written >= 300000 / ROW_LEN);
	assert_true(o.written * ROW_LEN <= 300000 + 65536);
	output_close(&o);
	close(p.in);
	assert_reader_content(reader);
}

TEST(a_non_blocking_pipe_loses_nothing)
{
	struct pipe_ends p = new_pipe();
	pid_t reader = start_reader(p, 100, 50000 * ROW_LEN, true);

	close(p.out);
	assert_int_equal(fcntl(p.in, F_SETFL, O_NONBLOCK), 0);
	output_open(&o, p.in, -1);
	put_rows(50000);
	output_flush(&o);
	assert_int_equal(o.error, 0);
	assert_counts(50000, 0);
	output_close(&o);
	close(p.in);
	assert_reader_content(reader);
}

static uint64_t timed_flush_ms(void)
{
	uint64_t start = clock_mono_ns();

	output_flush(&o);
	return (clock_mono_ns() - start) / NS_PER_MS;
}

TEST(a_blocked_pipe_is_given_up_when_we_are_asked_to_stop)
{
	struct pipe_ends p = new_pipe();
	int signal_fd = eventfd(1, 0), waiting;
	uint64_t took;

	output_open(&o, p.in, signal_fd);
	put_rows(10000);
	took = timed_flush_ms();
	assert_int_equal(o.error, ETIMEDOUT);
	assert_true(took >= OUTPUT_PATIENCE_MS && took < OUTPUT_PATIENCE_MS + 1500);
	assert_int_equal(ioctl(p.out, FIONREAD, &waiting), 0);
	assert_counts(waiting / ROW_LEN, 10000 - waiting / ROW_LEN);
	assert_true(o.written > 0);
	assert_int_equal(timed_flush_ms() / 100, 0);
	output_close(&o);
	close(p.in);
	close(p.out);
	close(signal_fd);
}

TEST(the_wish_to_stop_is_heard_while_waiting)
{
	struct pipe_ends p = new_pipe();
	int signal_fd = eventfd(0, 0);
	pid_t child = fork();
	uint64_t took;

	if (!child) {
		usleep(300000);
		_exit(eventfd_write(signal_fd, 1));
	}
	output_open(&o, p.in, signal_fd);
	put_rows(10000);
	took = timed_flush_ms();
	assert_int_equal(o.error, ETIMEDOUT);
	assert_true(took >= 300 + OUTPUT_PATIENCE_MS - 20 &&
		    took < 300 + OUTPUT_PATIENCE_MS + 1500);
	assert_int_equal(o.written + o.lost, 10000);
	assert_reader_content(child);
	output_close(&o);
	close(p.in);
	close(p.out);
	close(signal_fd);
}

TEST(a_reader_that_is_slow_to_the_end_still_gets_every_row)
{
	struct pipe_ends p = new_pipe();
	int signal_fd = eventfd(1, 0);
	pid_t reader = start_reader(p, 1000, 10000 * ROW_LEN, true);

	close(p.out);
	output_open(&o, p.in, signal_fd);
	put_rows(10000);
	output_flush(&o);
	assert_int_equal(o.error, 0);
	assert_counts(10000, 0);
	output_close(&o);
	close(p.in);
	close(signal_fd);
	assert_reader_content(reader);
}

/* A terminal whose other side reads nothing, as after Ctrl-S. */
static int still_terminal(int *other_side)
{
	struct termios raw;
	int fd;

	*other_side = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(*other_side >= 0);
	assert_int_equal(grantpt(*other_side) || unlockpt(*other_side), 0);
	fd = open(ptsname(*other_side), O_WRONLY | O_NOCTTY);
	assert_true(fd >= 0);
	assert_int_equal(tcgetattr(fd, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(fd, TCSANOW, &raw), 0);
	return fd;
}

/* In a process of its own with an alarm, since a write that blocks would never come back. */
static pid_t flush_to_still_terminal(int already)
{
	static char some[4096];
	int other_side, fd = still_terminal(&other_side);
	pid_t child = fork();

	if (!child) {
		alarm(OUTPUT_PATIENCE_MS / 1000 + 4);
		if (write(fd, some, already) != already)
			_exit(2);
		output_open(&o, fd, eventfd(1, 0));
		put_rows(20000);
		output_flush(&o);
		_exit(o.error == ETIMEDOUT && o.written + o.lost == 20000 && o.lost ? 0 : 1);
	}
	close(fd);
	return child; /* the other side stays open */
}

/* The room that is left when it stands still is now less than a piece, now more. */
TEST(a_terminal_that_stands_still_is_given_up_when_we_are_asked_to_stop)
{
	pid_t children[8];
	int status, hung = 0;

	for (size_t i = 0; i < COUNT_OF(children); i++)
		children[i] = flush_to_still_terminal(i * 500);
	for (size_t i = 0; i < COUNT_OF(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		hung += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	}
	assert_int_equal(hung, 0);
}

static const struct CMUnitTest tests[] = {
	IT(a_pipe_that_nobody_reads_any_more_is_an_error),
	IT(a_slow_reader_gets_every_row),
	IT(a_reader_that_goes_away_leaves_rows_lost_and_counted),
	IT(a_non_blocking_pipe_loses_nothing),
	IT(a_blocked_pipe_is_given_up_when_we_are_asked_to_stop),
	IT(the_wish_to_stop_is_heard_while_waiting),
	IT(a_reader_that_is_slow_to_the_end_still_gets_every_row),
	IT(a_terminal_that_stands_still_is_given_up_when_we_are_asked_to_stop),
};

RUN_OUTPUT_TESTS(tests)

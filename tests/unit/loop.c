// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

#define DONE 42

/* What a callback saw: how often, and with which descriptor or signal. */
struct seen {
	int count, last, stop_after;
};

static int note(void *ctx, int fd)
{
	struct seen *seen = ctx;

	seen->last = fd;
	return ++seen->count == seen->stop_after ? DONE : 0;
}

static int end(void *ctx, int fd)
{
	(void)fd;
	return *(int *)ctx;
}

static struct loop l;
static struct err e;
static int too_late = -1000;

/* Every loop ends after two seconds at the latest, so that no test hangs. */
static int open_loop(void **state)
{
	(void)state;
	return loop_open(&l, &e) || loop_timer(&l, 2 * NS_PER_S, 0, end, &too_late, &e);
}

static int close_loop(void **state)
{
	sigset_t all;

	(void)state;
	loop_close(&l);
	sigfillset(&all);
	return sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

TEST(a_timer_fires_once_when_it_has_no_interval)
{
	struct seen seen = { .stop_after = 2 };
	int done = DONE;

	assert_int_equal(loop_timer(&l, 5 * NS_PER_MS, 0, note, &seen, &e), 0);
	assert_int_equal(loop_timer(&l, 60 * NS_PER_MS, 0, end, &done, &e), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(seen.count, 1);
}

TEST(a_timer_fires_again_and_again)
{
	struct seen seen = { .stop_after = 5 };
	uint64_t start = clock_mono_ns(), took;

	assert_int_equal(loop_timer(&l, 30 * NS_PER_MS, 5 * NS_PER_MS, note, &seen, &e), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
	took = clock_mono_ns() - start;
	assert_int_equal(seen.count, 5);
	assert_true(took >= 30 * NS_PER_MS);
}

TEST(a_timer_of_no_time_fires_at_once)
{
	struct seen seen = { .stop_after = 1 };

	assert_int_equal(loop_timer(&l, 0, 0, note, &seen, &e), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(seen.count, 1);
}

TEST(a_timer_of_five_centuries_is_taken)
{
	struct seen seen = { .stop_after = 1 };
	int done = DONE;

	assert_int_equal(loop_timer(&l, UINT64_MAX, UINT64_MAX, note, &seen, &e), 0);
	assert_int_equal(loop_timer(&l, 5 * NS_PER_MS, 0, end, &done, &e), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(seen.count, 0);
}

/* Sends one more byte, and keeps how often the callback had been called before. */
struct sender {
	struct seen seen;
	int fd, before;
};

static int send_more(void *ctx, int fd)
{
	struct sender *sender = ctx;

	(void)fd;
	sender->before = sender->seen.count;
	return write(sender->fd, "x", 1) == 1 ? 0 : -EIO;
}

TEST(what_arrives_at_a_descriptor_is_told_once)
{
	struct sender sender = { .seen.stop_after = 2 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	sender.fd = fds[1];
	assert_int_equal(loop_fd(&l, fds[0], note, &sender.seen, &e), 0);
	assert_int_equal(loop_timer(&l, 40 * NS_PER_MS, 0, send_more, &sender, &e), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(sender.before, 1);
	assert_int_equal(sender.seen.count, 2);
	assert_int_equal(sender.seen.last, fds[0]);
	close(fds[0]);
	close(fds[1]);
}

TEST(a_descriptor_stays_the_callers)
{
	struct seen seen = { .stop_after = 1 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(loop_fd(&l, fds[0], note, &seen, &e), 0);
	loop_close(&l);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

TEST(the_other_end_closed_is_told_too)
{
	struct seen seen = { .stop_after = 1 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(loop_fd(&l, fds[0], note, &seen, &e), 0);
	close(fds[1]);
	assert_int_equal(loop_run(&l, &e), DONE);
	close(fds[0]);
}

TEST(a_signal_arrives_with_its_number)
{
	struct seen seen = { .stop_after = 2 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(loop_signals(&l, &set, note, &seen, &e), 0);
	assert_true(l.signal_fd >= 0);
	raise(SIGTERM);
	raise(SIGUSR1);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(seen.count, 2);
	assert_true(seen.last == SIGTERM || seen.last == SIGUSR1);
}

TEST(signals_of_the_set_no_longer_interrupt)
{
	struct seen seen = { .stop_after = 1 };
	sigset_t set, blocked;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	assert_int_equal(loop_signals(&l, &set, note, &seen, &e), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
	assert_int_equal(sigismember(&blocked, SIGINT), 1);
	assert_int_equal(sigismember(&blocked, SIGTERM), 0);
	raise(SIGINT);
	assert_int_equal(loop_run(&l, &e), DONE);
	assert_int_equal(seen.last, SIGINT);
}

TEST(what_a_callback_returns_is_what_the_loop_returns)
{
	int values[] = { 1, -EIO, 1000000 };

	for (size_t i = 0; i < COUNT_OF(values); i++) {
		assert_int_equal(loop_timer(&l, 1, 0, end, &values[i], &e), 0);
		assert_int_equal(loop_run(&l, &e), values[i]);
	}
}

TEST(sixteen_things_are_watched_and_a_seventeenth_is_refused)
{
	struct seen seen = { .stop_after = -1 };
	int before, sum = 1; /* the timer that ends every test */
	sigset_t set;

	for (; sum < LOOP_WATCHES_MAX; sum++)
		assert_int_equal(loop_timer(&l, NS_PER_S, 0, note, &seen, &e), 0);
	before = open_descriptors();
	assert_int_equal(loop_timer(&l, NS_PER_S, 0, note, &seen, &e), -ENOSPC);
	assert_non_null(strstr(e.msg, "16"));
	sigemptyset(&set);
	assert_int_equal(loop_signals(&l, &set, note, &seen, &e), -ENOSPC);
	assert_int_equal(loop_fd(&l, STDIN_FILENO, note, &seen, &e), -ENOSPC);
	assert_int_equal(open_descriptors(), before);
}

TEST(a_descriptor_that_cannot_be_watched_is_an_error)
{
	struct seen seen = { 0 };

	assert_int_equal(loop_fd(&l, -1, note, &seen, &e), -EBADF);
	assert_string_equal(e.msg, "epoll: Bad file descriptor");
}

TEST(closing_gives_every_descriptor_back)
{
	struct seen seen = { 0 };
	int with_loop = open_descriptors();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(loop_timer(&l, NS_PER_S, 0, note, &seen, &e), 0);
	assert_int_equal(loop_signals(&l, &set, note, &seen, &e), 0);
	loop_close(&l);
	assert_int_equal(open_descriptors(), with_loop - 2); /* epoll and the timer of each test */
	loop_close(&l);
	assert_int_equal(open_descriptors(), with_loop - 2);
}

TEST(a_closed_loop_closes_nothing_more)
{
	int fds[2];

	loop_close(&l);
	assert_int_equal(pipe(fds), 0); /* takes the numbers that the loop had */
	loop_close(&l);
	assert_int_equal(fcntl(fds[0], F_GETFD), 0);
	assert_int_equal(fcntl(fds[1], F_GETFD), 0);
	close(fds[0]);
	close(fds[1]);
}

static void hear(int signal)
{
	(void)signal;
}

TEST(a_signal_of_somebody_else_does_not_end_the_loop)
{
	struct itimerval soon = { .it_value.tv_usec = 5000 };
	int done = DONE;

	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = hear }, NULL);
	assert_int_equal(loop_timer(&l, 40 * NS_PER_MS, 0, end, &done, &e), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(loop_run(&l, &e), DONE);
}

TEST(a_loop_that_cannot_wait_says_why)
{
	loop_close(&l);
	assert_int_equal(loop_run(&l, &e), -EBADF);
	assert_string_equal(e.msg, "epoll: Bad file descriptor");
}

TEST(without_descriptors_nothing_is_opened_and_the_reason_told)
{
	struct rlimit old, none = { 0 };
	struct seen seen = { 0 };
	struct loop other;
	sigset_t set;

	sigemptyset(&set);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(loop_open(&other, &e), -EMFILE);
	assert_int_equal(loop_timer(&l, 1, 0, note, &seen, &e), -EMFILE);
	assert_string_equal(e.msg, "timer: Too many open files");
	assert_int_equal(loop_signals(&l, &set, note, &seen, &e), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	loop_close(&other);
}

#define IN_LOOP(sentence) cmocka_unit_test_setup_teardown(sentence, open_loop, close_loop)

static const struct CMUnitTest tests[] = {
	IN_LOOP(a_timer_fires_once_when_it_has_no_interval),
	IN_LOOP(a_timer_fires_again_and_again),
	IN_LOOP(a_timer_of_no_time_fires_at_once),
	IN_LOOP(a_timer_of_five_centuries_is_taken),
	IN_LOOP(what_arrives_at_a_descriptor_is_told_once),
	IN_LOOP(a_descriptor_stays_the_callers),
	IN_LOOP(the_other_end_closed_is_told_too),
	IN_LOOP(a_signal_arrives_with_its_number),
	IN_LOOP(signals_of_the_set_no_longer_interrupt),
	IN_LOOP(what_a_callback_returns_is_what_the_loop_returns),
	IN_LOOP(sixteen_things_are_watched_and_a_seventeenth_is_refused),
	IN_LOOP(a_descriptor_that_cannot_be_watched_is_an_error),
	IN_LOOP(closing_gives_every_descriptor_back),
	IN_LOOP(a_closed_loop_closes_nothing_more),
	IN_LOOP(a_signal_of_somebody_else_does_not_end_the_loop),
	IN_LOOP(a_loop_that_cannot_wait_says_why),
	IN_LOOP(without_descriptors_nothing_is_opened_and_the_reason_told),
};

RUN_TESTS(tests)

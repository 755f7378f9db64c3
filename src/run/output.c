// SPDX-License-Identifier: BSD-2-Clause
#include "run/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A terminal that was stopped (Ctrl-S) calls itself writable and blocks all the same.  A description of
 * our own can be made non-blocking without changing the shell's.
 */
static int open_terminal(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void output_open(struct output *o, int fd, int signal_fd)
{
	struct stat st;

	*o = (struct output){ .fd = fd, .own_fd = -1, .signal_fd = signal_fd };
	o->is_file = !fstat(fd, &st) && S_ISREG(st.st_mode);
	if (isatty(fd))
		o->own_fd = open_terminal(fd);
	if (o->own_fd >= 0)
		o->fd = o->own_fd;
}

/* True when a write of PIPE_BUF bytes will not block; a pipe that poll calls writable takes that. */
static bool wait_writable(struct output *o)
{
	struct pollfd fds[] = { { o->fd, POLLOUT, 0 }, { o->signal_fd, POLLIN, 0 } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	if (!fds[0].revents && fds[1].revents)
		return poll(fds, 1, OUTPUT_PATIENCE_MS) > 0;
	return true;
}

static ssize_t write_some(struct output *o, const char *data, size_t len)
{
	if (o->is_file)
		return write(o->fd, data, len);
	if (!wait_writable(o)) {
		errno = ETIMEDOUT;
		return -1;
	}
	return write(o->fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

static uint64_t lines(const char *data, size_t len)
{
	uint64_t n = 0;

	for (const char *p = data; len && (p = memchr(p, '\n', data + len - p)); p++)
		n++;
	return n;
}

/* After a failure at `done` bytes: counts the rows on both sides of it and cuts a half one off. */
static void settle(struct output *o, size_t done)
{
	const char *end = done ? memrchr(o->buf.data, '\n', done) : NULL;
	size_t whole = end ? (size_t)(end - o->buf.data) + 1 : 0;
	uint64_t arrived = lines(o->buf.data, done);
	off_t at = lseek(o->fd, 0, SEEK_CUR);

	if (o->is_file && done > whole && at >= (off_t)(done - whole) &&
	    !ftruncate(o->fd, at - (done - whole)))
		lseek(o->fd, 0, SEEK_END);
	arrived = arrived < o->rows ? arrived : o->rows;
	o->written += arrived;
	o->lost += o->rows - arrived;
}

void output_flush(struct output *o)
{
	size_t done = 0;

	if (o->buf.failed)
		o->error = o->error ? o->error : ENOMEM;
	while (!o->error && done < o->buf.len) {
		ssize_t n = write_some(o, o->buf.data + done, o->buf.len - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR && errno != EAGAIN)
			o->error = errno;
	}
	if (o->error)
		settle(o, done);
	else
		o->written += o->rows;
	o->rows = 0;
	o->buf.len = 0;
}

void output_close(struct output *o)
{
	if (o->own_fd >= 0)
		close(o->own_fd);
	buf_free(&o->buf);
}

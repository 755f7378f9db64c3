// SPDX-License-Identifier: BSD-2-Clause
/*
 * One TCP session driven by io_uring alone: accept or connect, send, receive, close.
 *	uring server|client plain|async|sqpoll PORT
 * It reads 2000 bytes and writes 3000, as server or as client.  A server says "ready" when it
 * listens.  Prints what it counted itself as a JSON object.
 */
#include <arpa/inet.h>
#include <err.h>
#include <liburing.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS = 2000, WRITES = 3000, TIME_LIMIT_S = 20 };

static struct io_uring ring;
static unsigned int sqe_flags;

static struct io_uring_sqe *next_sqe(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		errx(1, "no submission entry");
	return sqe;
}

/* Submits the one prepared entry and waits for its result. */
static int result_of(struct io_uring_sqe *sqe, const char *what)
{
	struct io_uring_cqe *cqe;
	int res;

	sqe->flags |= sqe_flags;
	if (io_uring_submit(&ring) < 0 || io_uring_wait_cqe(&ring, &cqe))
		errx(1, "%s: the ring failed", what);
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	if (res < 0)
		errx(1, "%s: %s", what, strerror(-res));
	return res;
}

static size_t send_all(int fd, size_t size)
{
	char data[WRITES] = { 0 };
	size_t done = 0;

	while (done < size) {
		struct io_uring_sqe *sqe = next_sqe();

		io_uring_prep_send(sqe, fd, data, size - done, 0);
		done += result_of(sqe, "send");
	}
	return done;
}

/* Receives this many bytes, or to the end of the stream where size is 0. */
static size_t receive(int fd, size_t size)
{
	char data[4096];
	size_t done = 0;

	while (!size || done < size) {
		struct io_uring_sqe *sqe = next_sqe();
		int n;

		io_uring_prep_recv(sqe, fd, data, size ? size - done : sizeof(data), 0);
		n = result_of(sqe, "receive");
		if (!n)
			break;
		done += n;
	}
	return done;
}

static void close_by_ring(int fd)
{
	struct io_uring_sqe *sqe = next_sqe();

	io_uring_prep_close(sqe, fd);
	result_of(sqe, "close");
}

static int accept_one(const struct sockaddr_in *at)
{
	struct io_uring_sqe *sqe;
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (const struct sockaddr *)at, sizeof(*at)) || listen(fd, 16))
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	sqe = next_sqe();
	io_uring_prep_accept(sqe, fd, NULL, NULL, 0);
	return result_of(sqe, "accept");
}

static int connect_one(const struct sockaddr_in *to)
{
	struct io_uring_sqe *sqe;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		err(1, "socket");
	sqe = next_sqe();
	io_uring_prep_connect(sqe, fd, (const struct sockaddr *)to, sizeof(*to));
	result_of(sqe, "connect");
	return fd;
}

static void start_ring(const char *how)
{
	struct io_uring_params p = { 0 };
	int e;

	if (!strcmp(how, "sqpoll")) {
		p.flags = IORING_SETUP_SQPOLL;
		p.sq_thread_idle = 1000;
	} else if (!strcmp(how, "async")) {
		sqe_flags = IOSQE_ASYNC;
	}
	e = io_uring_queue_init_params(8, &ring, &p);
	if (e)
		errx(1, "io_uring: %s", strerror(-e));
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	size_t tx = 0, rx = 0;
	bool server;
	int fd;

	if (argc != 4)
		errx(2, "usage: uring server|client plain|async|sqpoll PORT");
	alarm(TIME_LIMIT_S);
	server = !strcmp(argv[1], "server");
	a.sin_port = htons(atoi(argv[3]));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	start_ring(argv[2]);
	fd = server ? accept_one(&a) : connect_one(&a);
	if (server) {
		rx += receive(fd, READS);
		tx += send_all(fd, WRITES);
		rx += receive(fd, 0);
	} else {
		tx += send_all(fd, WRITES);
		rx += receive(fd, READS);
	}
	close_by_ring(fd);
	printf("{\"tx\": %zu, \"rx\": %zu}\n", tx, rx);
	return 0;
}

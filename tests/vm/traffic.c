// SPDX-License-Identifier: BSD-2-Clause
/*
 * One TCP session on loopback, and the truth about it.
 *
 * traffic MODE --port P [--up N] [--down N] [--ip6] [--no-addr]
 *              [--ready FILE --gate FILE [--up2 N] [--down2 N]]
 *
 * The process listens, forks a server and then connects as the client, so the
 * listener's owner is never the process that serves.  The client sends "up"
 * bytes and the server answers with "down" bytes.  With --gate the client then
 * makes the file "ready", waits until the file "gate" is there, and both
 * exchange "up2" and "down2" bytes more.  How the session ends is the mode; for
 * late-read "down" is 0.
 *
 * The truth goes to stdout as one JSON object, and only if every call did what
 * it had to do: the exit code is 0 then.  libc only, so that it links static.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENT "vm-client"
#define SERVER "vm-server"
#define LIFETIME_S 120		/* nothing here may outlive a test run */

struct plan {
	int port;
	long up, down, up2, down2;
	const char *ready, *gate;
	bool ip6, no_addr;
};

struct mode {
	const char *name;
	void (*client_end)(int fd);	/* null: close() and no more */
	void (*server_end)(int fd);
	bool half_close;	/* the client shuts down its side before the answer */
	bool late;		/* the server reads only when the connection is over */
	bool worker;		/* the server forks again after accept */
	int (*run)(const struct plan *p);	/* in place of all that */
};

static struct plan plan;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;
	int err = errno;

	va_start(ap, fmt);
	fprintf(stderr, "traffic: pid %d: ", getpid());
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(err));
	va_end(ap);
	exit(1);
}

static socklen_t address(const struct plan *p, struct sockaddr_storage *ss)
{
	struct sockaddr_in *a4 = (void *)ss;
	struct sockaddr_in6 *a6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (p->ip6) {
		a6->sin6_family = AF_INET6;
		a6->sin6_port = htons(p->port);
		a6->sin6_addr = in6addr_loopback;
		return sizeof(*a6);
	}
	a4->sin_family = AF_INET;
	a4->sin_port = htons(p->port);
	a4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*a4);
}

static int tcp_socket(const struct plan *p)
{
	int fd = socket(p->ip6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int listen_on(const struct plan *p)
{
	struct sockaddr_storage ss;
	socklen_t len = address(p, &ss);
	int fd = tcp_socket(p), on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		die("SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&ss, len) || listen(fd, 8))
		die("listen on port %d", p->port);
	return fd;
}

static int connect_to(const struct plan *p)
{
	struct sockaddr_storage ss;
	socklen_t len = address(p, &ss);
	int fd = tcp_socket(p);

	if (connect(fd, (struct sockaddr *)&ss, len))
		die("connect to port %d", p->port);
	return fd;
}

static int local_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		die("getsockname");
	/* sin_port and sin6_port lie at the same place */
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}

static char buffer[65536];

static void put(int fd, long n)
{
	while (n > 0) {
		ssize_t w = send(fd, buffer, n < (long)sizeof(buffer) ? n : (long)sizeof(buffer),
				 MSG_NOSIGNAL);
		if (w <= 0)
			die("send with %ld bytes to go", n);
		n -= w;
	}
}

static void take(int fd, long n)
{
	while (n > 0) {
		ssize_t r = read(fd, buffer, n < (long)sizeof(buffer) ? n : (long)sizeof(buffer));

		if (r <= 0)
			die("read with %ld bytes to go gave %zd", n, r);
		n -= r;
	}
}

static void expect_eof(int fd)
{
	ssize_t r = read(fd, buffer, sizeof(buffer));

	if (r != 0)
		die("expected the end of the stream, read gave %zd", r);
}

static void expect_reset(int fd)
{
	ssize_t r = read(fd, buffer, sizeof(buffer));

	if (r != -1 || errno != ECONNRESET)
		die("expected a reset, read gave %zd", r);
}

/* ---- ends ---- */

static void eof_and_close(int fd)
{
	expect_eof(fd);
	close(fd);
}

static void reset_and_close(int fd)
{
	expect_reset(fd);
	close(fd);
}

static void abort_close(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		die("SO_LINGER");
	close(fd);
}

static void end(void (*how)(int fd), int fd)
{
	if (how)
		how(fd);
	else
		close(fd);
}

/* ---- both sides ---- */

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		die("%s", path);
	close(fd);
}

static void wait_for_gate(const struct plan *p)
{
	touch(p->ready);
	/* bounded by the alarm set in main() */
	while (access(p->gate, F_OK))
		usleep(10000);
}

/* Until the socket is closed in the kernel, though the program still has it. */
static void wait_closed(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	do {
		usleep(1000);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
			die("TCP_INFO");
	} while (info.tcpi_state != TCP_CLOSE);
}

static void serve(const struct plan *p, const struct mode *m, int fd, int report)
{
	pid_t self = getpid();

	prctl(PR_SET_NAME, SERVER);
	if (write(report, &self, sizeof(self)) != sizeof(self))
		die("report");
	if (m->late) {
		shutdown(fd, SHUT_WR);
		wait_closed(fd);
	}
	take(fd, p->up);
	if (m->half_close)
		expect_eof(fd);
	put(fd, p->down);
	take(fd, p->up2);
	put(fd, p->down2);
	end(m->server_end, fd);
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		die("fork");
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	errno = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("child %d ended with status 0x%x", pid, status);
}

/*
 * Goes on in a forked worker.  It starts only when the acceptor has closed its descriptor (the
 * pipe's end then closes too), so that the worker is the one that closes the session.
 */
static void become_worker(int fd)
{
	int closed[2];
	pid_t pid;
	char c;

	if (pipe2(closed, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid) {
		close(fd);
		close(closed[1]);
		reap(pid);
		exit(0);
	}
	alarm(LIFETIME_S);	/* alarms are not inherited */
	close(closed[1]);
	if (read(closed[0], &c, 1) != 0)
		die("the acceptor");
}

static void server_process(const struct plan *p, const struct mode *m, int listener, int report)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	prctl(PR_SET_NAME, m->worker ? "vm-acceptor" : SERVER);
	alarm(LIFETIME_S);
	/* without an address to fill in, accept tells cgroup programs nothing */
	fd = p->no_addr ? accept(listener, NULL, NULL)
			: accept(listener, (struct sockaddr *)&ss, &len);
	if (fd < 0)
		die("accept");
	if (m->worker)
		become_worker(fd);
	serve(p, m, fd, report);
	exit(0);
}

static void client(const struct plan *p, const struct mode *m, int fd)
{
	if (m->late)
		expect_eof(fd);
	put(fd, p->up);
	if (m->half_close && shutdown(fd, SHUT_WR))
		die("shutdown");
	take(fd, p->down);
	if (p->gate)
		wait_for_gate(p);
	put(fd, p->up2);
	take(fd, p->down2);
	end(m->client_end, fd);
}

struct truth {
	int client_port;
	pid_t server, acceptor;		/* 0: there is no server */
	long up, down, read_by_server;
};

static void print_truth(const char *mode, const struct plan *p, const struct truth *t)
{
	printf("{\"mode\":\"%s\",\"ip\":%d,\"addr\":\"%s\",\"port\":%d,\"accept_addr\":%s,",
	       mode, p->ip6 ? 6 : 4, p->ip6 ? "::1" : "127.0.0.1", p->port,
	       p->no_addr ? "false" : "true");
	printf("\"client\":{\"pid\":%d,\"comm\":\"" CLIENT "\",\"port\":%d,\"tx\":%ld,\"rx\":%ld},",
	       getpid(), t->client_port, t->up, t->down);
	if (t->server)
		printf("\"server\":{\"pid\":%d,\"comm\":\"" SERVER "\",\"tx\":%ld,\"rx\":%ld,"
		       "\"acceptor\":%d}}\n", t->server, t->down, t->read_by_server, t->acceptor);
	else
		printf("\"server\":null}\n");
}

static int session(const struct plan *p, const struct mode *m)
{
	struct truth t = { .up = p->up + p->up2, .down = p->down + p->down2 };
	int listener = listen_on(p), report[2], fd;

	if (pipe2(report, O_CLOEXEC))
		die("pipe");
	t.acceptor = fork();
	if (!t.acceptor)
		server_process(p, m, listener, report[1]);
	close(listener);
	close(report[1]);
	fd = connect_to(p);
	t.client_port = local_port(fd);
	if (read(report[0], &t.server, sizeof(t.server)) != sizeof(t.server))
		die("no report from the server");
	client(p, m, fd);
	reap(t.acceptor);
	t.read_by_server = t.up;
	print_truth(m->name, p, &t);
	return 0;
}

static int refused(const struct plan *p)
{
	struct sockaddr_storage ss, me;
	struct plan any = *p;
	struct truth t = { 0 };
	socklen_t len;
	int fd = tcp_socket(p);

	any.port = 0;
	len = address(&any, &me);
	if (bind(fd, (struct sockaddr *)&me, len))
		die("bind");
	t.client_port = local_port(fd);
	len = address(p, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) != -1 || errno != ECONNREFUSED)
		die("connect to port %d was not refused", p->port);
	close(fd);
	print_truth("refused", p, &t);
	return 0;
}

/* Listens, never accepts, and closes the listener when told. */
static void never_accept(const struct plan *p, int sync)
{
	char c = 'l';
	int fd;

	prctl(PR_SET_NAME, SERVER);
	alarm(LIFETIME_S);
	fd = listen_on(p);
	if (write(sync, &c, 1) != 1 || read(sync, &c, 1) != 1)
		die("sync");
	close(fd);
	exit(0);
}

static int unaccepted(const struct plan *p)
{
	struct truth t = { .up = p->up };
	int sync[2], fd;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync))
		die("socketpair");
	t.server = fork();
	if (!t.server)
		never_accept(p, sync[1]);
	if (read(sync[0], &c, 1) != 1)
		die("sync");
	fd = connect_to(p);
	t.client_port = local_port(fd);
	put(fd, p->up);
	if (write(sync[0], &c, 1) != 1)
		die("sync");
	reset_and_close(fd);
	reap(t.server);
	t.acceptor = t.server;
	print_truth("unaccepted", p, &t);
	return 0;
}

static const struct mode modes[] = {
	{ .name = "client-first", .server_end = eof_and_close },
	{ .name = "server-first", .client_end = eof_and_close },
	{ .name = "reset", .client_end = abort_close, .server_end = reset_and_close },
	{ .name = "half-close", .client_end = eof_and_close,
	  .half_close = true },
	{ .name = "late-read", .server_end = eof_and_close, .late = true },
	{ .name = "worker", .server_end = eof_and_close,
	  .worker = true },
	{ .name = "refused", .run = refused },
	{ .name = "unaccepted", .run = unaccepted },
};

static long number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	errno = EINVAL;
	if (!*text || *end || n < 0)
		die("\"%s\" is no number", text);
	return n;
}

static const struct option options[] = {
	{ "port", 1, 0, 'p' }, { "up", 1, 0, 'u' }, { "down", 1, 0, 'd' },
	{ "up2", 1, 0, 'U' }, { "down2", 1, 0, 'D' }, { "ready", 1, 0, 'r' },
	{ "gate", 1, 0, 'g' }, { "ip6", 0, 0, '6' }, { "no-addr", 0, 0, 'n' }, { 0 },
};

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p': plan.port = number(optarg); break;
		case 'u': plan.up = number(optarg); break;
		case 'd': plan.down = number(optarg); break;
		case 'U': plan.up2 = number(optarg); break;
		case 'D': plan.down2 = number(optarg); break;
		case 'r': plan.ready = optarg; break;
		case 'g': plan.gate = optarg; break;
		case '6': plan.ip6 = true; break;
		case 'n': plan.no_addr = true; break;
		default: exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	size_t i;

	parse(argc, argv);
	errno = EINVAL;
	if (optind != argc - 1 || !plan.port || !plan.ready != !plan.gate)
		die("usage: traffic MODE --port P [options]");
	prctl(PR_SET_NAME, CLIENT);
	alarm(LIFETIME_S);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, argv[optind]))
			return modes[i].run ? modes[i].run(&plan) : session(&plan, &modes[i]);
	die("no mode \"%s\"", argv[optind]);
}

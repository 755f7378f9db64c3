// SPDX-License-Identifier: BSD-2-Clause
/*
 * storm: opens and closes TCP sessions over loopback and counts them exactly.
 *
 * A recorder is right when its rows agree with the one JSON object printed here.  Clients are
 * threads of the process that was started; servers are as many threads of a forked child (or of
 * the same process with --one-process).  Client t talks to server t only, by 64 addresses of
 * 127/8, so that a million sessions in TIME_WAIT leave ports free.
 * It runs in the network namespace it is started in, with lo up, and widens the port range and the
 * TIME_WAIT limit of that namespace, but never those of the machine's first one.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NSEC		1000000000ULL
#define ADDRESSES	64		/* destinations per thread */
#define THREADS_MAX	64
#define BUFFER		65536
#define AHEAD_MAX	256		/* sessions a client may be ahead of its server */
#define ACCEPT_WAIT_MS	100		/* how often a server looks whether it should stop */
#define STUCK_S		30
#define DRAIN_S		20

/* How sessions end: the client closes first, the server does, the client resets; these three in
 * turn; nobody listens, so that every connect fails. */
enum how { HOW_FIN, HOW_SERVER_FIN, HOW_RST, HOW_MIX, HOW_REFUSED, HOWS };

static const char *const modes[HOWS] = { "fin", "server-fin", "rst", "mix", "refused" };

struct conf {
	unsigned long sessions, threads, bytes, reply, rate, seconds, net, port;
	int how;
	bool one_process;
};

/* SESSIONS are the connects of a client, the accepts of a server. */
enum count { SESSIONS, FAILED, TX, RX, ERRORS, DONE, COUNTS };

struct side {				/* written by one thread, read by others */
	_Alignas(64) unsigned long n[COUNTS];
	unsigned long ended_ns;
};

struct shared {				/* between the two processes */
	unsigned long ready, broken, stop;
	struct lane { struct side client, server; } lane[THREADS_MAX];
};

struct worker {
	const struct conf *conf;
	struct shared *sh;
	unsigned long n;		/* which lane */
	unsigned long long start_ns;
	pthread_t thread;
};

static unsigned long get(const unsigned long *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void add(unsigned long *p, unsigned long n)
{
	__atomic_fetch_add(p, n, __ATOMIC_RELEASE);
}

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void sleep_until(unsigned long long at_ns)
{
	struct timespec t = { .tv_sec = at_ns / NSEC, .tv_nsec = at_ns % NSEC };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static bool send_all(int fd, const char *buf, unsigned long left, struct side *me)
{
	while (left) {
		ssize_t n = send(fd, buf, left < BUFFER ? left : BUFFER, MSG_NOSIGNAL);

		if (n < 0)
			return false;
		add(&me->n[TX], n);
		left -= n;
	}
	return true;
}

/* False at the end of the stream or after a reset.  Accepted sockets carry the listener's receive
 * timeout, so EAGAIN only means "not yet"; the watchdog in wait_for_end() bounds the waiting. */
static bool receive_all(int fd, char *buf, unsigned long left, struct side *me)
{
	while (left) {
		ssize_t n = recv(fd, buf, left < BUFFER ? left : BUFFER, 0);

		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return false;
		add(&me->n[RX], n);
		left -= n;
	}
	return true;
}

static void receive_rest(int fd, char *buf, struct side *me)
{
	receive_all(fd, buf, ~0UL, me);
}

static int dial(const struct worker *w, unsigned long session, struct side *me)
{
	const struct conf *c = w->conf;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(c->how == HOW_REFUSED ? c->port - 1 : c->port + w->n),
		.sin_addr.s_addr = htonl(127UL << 24 | c->net << 16 | (w->n + 1) << 8 |
					 (session % ADDRESSES + 1)),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		add(&me->n[ERRORS], 1);		/* no session: nothing to record */
		return -1;
	}
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		add(&me->n[SESSIONS], 1);
		return fd;
	}
	add(&me->n[FAILED], 1);
	close(fd);
	return -1;
}

static void client_session(const struct worker *w, unsigned long session, char *buf)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	const struct conf *c = w->conf;
	struct side *me = &w->sh->lane[w->n].client;
	int how = c->how == HOW_MIX ? (int)(session % 3) : c->how;
	int fd = dial(w, session, me);

	if (fd < 0)
		return;
	memset(buf, how, c->bytes < BUFFER ? c->bytes : BUFFER);	/* tells the server */
	if (!send_all(fd, buf, c->bytes, me) || !receive_all(fd, buf, c->reply, me))
		add(&me->n[ERRORS], 1);
	if (how == HOW_SERVER_FIN)
		receive_rest(fd, buf, me);
	if (how == HOW_RST)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

/* Without a reply nothing else would hold a client back, and the accept queue would overflow. */
static void wait_for_server(const struct lane *l)
{
	while (get(&l->client.n[SESSIONS]) - get(&l->server.n[SESSIONS]) > AHEAD_MAX)
		usleep(200);
}

static void *client_main(void *arg)
{
	const struct worker *w = arg;
	const struct conf *c = w->conf;
	struct lane *l = &w->sh->lane[w->n];
	unsigned long mine = c->sessions / c->threads + (w->n < c->sessions % c->threads);
	unsigned long long end_ns = c->seconds ? w->start_ns + c->seconds * NSEC : ~0ULL;
	char buf[BUFFER];

	for (unsigned long i = 0; i < mine || !c->sessions; i++) {
		if (c->rate)
			sleep_until(w->start_ns + (i * c->threads + w->n) * NSEC / c->rate);
		if (now_ns() >= end_ns)
			break;
		client_session(w, i, buf);
		wait_for_server(l);
	}
	__atomic_store_n(&l->client.ended_ns, now_ns(), __ATOMIC_RELEASE);
	add(&l->client.n[DONE], 1);
	return NULL;
}

static void server_session(const struct conf *c, struct side *me, int fd, char *buf)
{
	buf[0] = c->how;		/* stays if the client sends nothing */
	if (!receive_all(fd, buf, c->bytes, me) || !send_all(fd, buf, c->reply, me))
		add(&me->n[ERRORS], 1);
	else if (buf[0] != HOW_SERVER_FIN)
		receive_rest(fd, buf, me);
	close(fd);
	__atomic_store_n(&me->ended_ns, now_ns(), __ATOMIC_RELEASE);
}

static int listen_on(unsigned long port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval wait = { .tv_usec = ACCEPT_WAIT_MS * 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4 * AHEAD_MAX)) {
		fprintf(stderr, "storm: listen on port %lu: %m\n", port);
		return -1;
	}
	return fd;
}

static void *server_main(void *arg)
{
	const struct worker *w = arg;
	struct side *me = &w->sh->lane[w->n].server;
	int listener = listen_on(w->conf->port + w->n), fd;
	char buf[BUFFER] = "";

	add(listener < 0 ? &w->sh->broken : &w->sh->ready, 1);
	while (listener >= 0 && !get(&w->sh->stop)) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		add(&me->n[SESSIONS], 1);
		server_session(w->conf, me, fd, buf);
	}
	close(listener);
	return NULL;
}

static bool start(struct worker *w, const struct conf *c, struct shared *sh, void *(*body)(void *))
{
	unsigned long long start_ns = now_ns();

	for (unsigned long i = 0; i < c->threads; i++) {
		w[i] = (struct worker){ .conf = c, .sh = sh, .n = i, .start_ns = start_ns };
		if (pthread_create(&w[i].thread, NULL, body, &w[i]))
			return false;
	}
	return true;
}

static void join(const struct worker *w, const struct conf *c)
{
	for (unsigned long i = 0; i < c->threads; i++)
		pthread_join(w[i].thread, NULL);
}

/* The child's pid, 0 with --one-process, -1 on failure. */
static pid_t start_servers(const struct conf *c, struct shared *sh, struct worker *w)
{
	pid_t parent = getpid(), child;

	if (c->one_process)
		return start(w, c, sh, server_main) ? 0 : -1;
	child = fork();
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || !start(w, c, sh, server_main))
		_exit(1);
	join(w, c);
	_exit(0);
}

static bool wait_until_ready(const struct shared *sh, const struct conf *c)
{
	for (int tries = 0; tries < 10000 && !get(&sh->broken); tries++) {
		if (get(&sh->ready) == c->threads)
			return true;
		usleep(1000);
	}
	return false;
}

static struct side total(const struct shared *sh, const struct conf *c, bool server)
{
	struct side sum = { 0 };

	for (unsigned long i = 0; i < c->threads; i++) {
		const struct side *s = server ? &sh->lane[i].server : &sh->lane[i].client;

		for (int k = 0; k < COUNTS; k++)
			sum.n[k] += get(&s->n[k]);
		if (get(&s->ended_ns) > sum.ended_ns)
			sum.ended_ns = get(&s->ended_ns);
	}
	return sum;
}

/* Until every client has ended and every session was accepted; false if nothing moves any more. */
static bool wait_for_end(const struct shared *sh, const struct conf *c)
{
	unsigned long moved, seen = 0;

	for (int idle_ms = 0; idle_ms < STUCK_S * 1000; idle_ms += 5, seen = moved) {
		struct side cl = total(sh, c, false), sv = total(sh, c, true);

		if (cl.n[DONE] == c->threads && sv.n[SESSIONS] >= cl.n[SESSIONS])
			return true;
		moved = cl.n[SESSIONS] + cl.n[FAILED] + cl.n[ERRORS] + cl.n[TX] + sv.n[TX];
		if (moved != seen)
			idle_ms = 0;
		usleep(5000);
	}
	return false;
}

/* TCP sockets of this namespace that are not in TIME_WAIT, orphans included. */
static long sockets_in_use(void)
{
	char line[256];
	long n = -1;
	FILE *f = fopen("/proc/net/sockstat", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "TCP: inuse %ld", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

/* A closed socket lives on until its FIN is answered: its session has not ended before that. */
static long drain(long before)
{
	unsigned long long end_ns = now_ns() + DRAIN_S * NSEC;
	long left;

	while ((left = sockets_in_use() - before) > 0 && now_ns() < end_ns)
		usleep(1000);
	usleep(50000);	/* a socket leaves the table a moment before its state change shows */
	return left > 0 ? left : 0;
}

static bool report(const struct shared *sh, const struct conf *c, unsigned long long start_ns,
		   long open)
{
	struct side cl = total(sh, c, false), sv = total(sh, c, true);
	unsigned long attempts = cl.n[SESSIONS] + cl.n[FAILED];
	unsigned long errors = cl.n[ERRORS] + sv.n[ERRORS];
	unsigned long long end_ns = sv.ended_ns > cl.ended_ns ? sv.ended_ns : cl.ended_ns;
	double seconds = end_ns > start_ns ? (end_ns - start_ns) / 1e9 : 0;

	printf("{\"connects\":%lu,\"failed\":%lu,\"accepts\":%lu,\"endpoints\":%lu,"
	       "\"client_tx\":%lu,\"client_rx\":%lu,\"server_tx\":%lu,\"server_rx\":%lu,"
	       "\"seconds\":%.6f,\"rate\":%.1f,\"errors\":%lu,\"open_at_end\":%ld}\n",
	       cl.n[SESSIONS], cl.n[FAILED], sv.n[SESSIONS], 2 * cl.n[SESSIONS] + cl.n[FAILED],
	       cl.n[TX], cl.n[RX], sv.n[TX], sv.n[RX],
	       seconds, seconds > 0 ? attempts / seconds : 0, errors, open);
	return cl.n[SESSIONS] == sv.n[SESSIONS] && !errors && !open &&
	       (c->how == HOW_REFUSED ? !cl.n[SESSIONS] : !cl.n[FAILED]);
}

static int run(const struct conf *c, struct shared *sh)
{
	struct worker clients[THREADS_MAX], servers[THREADS_MAX];
	long before = sockets_in_use();
	pid_t child = start_servers(c, sh, servers);
	unsigned long long start_ns;

	if (child < 0 || !wait_until_ready(sh, c))
		return 1;
	start_ns = now_ns();
	if (!start(clients, c, sh, client_main) || !wait_for_end(sh, c)) {
		fprintf(stderr, "storm: nothing moved for %d s\n", STUCK_S);
		report(sh, c, start_ns, sockets_in_use() - before);
		return 1;		/* takes the threads and the child along */
	}
	add(&sh->stop, 1);
	join(clients, c);
	if (child)
		waitpid(child, NULL, 0);
	else
		join(servers, c);
	return report(sh, c, start_ns, drain(before)) ? 0 : 1;
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "storm: %s: %m\n", path);
	close(fd);
}

/* A full TIME_WAIT table would answer late FINs with resets.  All three are per namespace. */
static void prepare_namespace(void)
{
	if (!access("/proc/sys/net/core/netdev_max_backlog", F_OK))
		return;			/* this one exists in the first namespace only */
	set("/proc/sys/net/ipv4/ip_local_port_range", "10240 65535");
	set("/proc/sys/net/ipv4/tcp_max_tw_buckets", "4000000");
	set("/proc/sys/net/ipv4/tcp_tw_reuse", "0");	/* no tuple comes twice in a minute */
}

static const struct number { const char *name; size_t at; unsigned long max; const char *help; }
numbers[] = {
	{ "--sessions", offsetof(struct conf, sessions), 1000000000, "in all (0: no limit)" },
	{ "--threads", offsetof(struct conf, threads), THREADS_MAX, "clients, as many servers" },
	{ "--bytes", offsetof(struct conf, bytes), 1UL << 40, "written by the client per session" },
	{ "--reply", offsetof(struct conf, reply), 1UL << 40, "written by the server per session" },
	{ "--rate", offsetof(struct conf, rate), 1000000, "sessions per second (0: no limit)" },
	{ "--seconds", offsetof(struct conf, seconds), 86400, "then end (0: no such end)" },
	{ "--net", offsetof(struct conf, net), 255, "addresses 127.N.T.1 to 127.N.T.64, T >= 1" },
	{ "--port", offsetof(struct conf, port), 10000, "first listening port" },
};
#define NUMBERS (sizeof(numbers) / sizeof(*numbers))

static void usage(const struct conf *c, int code)
{
	FILE *f = code ? stderr : stdout;

	fprintf(f, "usage: storm [--mode fin|server-fin|rst|mix|refused] [--one-process] "
		"[--OPTION N]...\n");
	for (size_t i = 0; i < NUMBERS; i++)
		fprintf(f, "  %-10s N  %-42s (%lu)\n", numbers[i].name, numbers[i].help,
			*(const unsigned long *)((const char *)c + numbers[i].at));
	fprintf(f, "mix needs --bytes 1 or more: they tell the server how to end.\n"
		"With rst and --reply 0 a server may read on after its session was reset.\n"
		"Exit code: 0 all went as it should, 1 something failed, 2 wrong usage.\n");
	exit(code);
}

static bool parse_option(struct conf *c, const char *name, const char *text)
{
	char *end;

	if (!strcmp(name, "--mode")) {
		for (c->how = 0; c->how < HOWS && strcmp(text, modes[c->how]); c->how++)
			;
		return c->how < HOWS;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		unsigned long n = strtoul(text, &end, 10);

		if (strcmp(name, numbers[i].name))
			continue;
		*(unsigned long *)((char *)c + numbers[i].at) = n;
		return *text >= '0' && *text <= '9' && !*end && n <= numbers[i].max;
	}
	return false;
}

static void parse(struct conf *c, int argc, char **argv)
{
	const struct conf defaults = *c;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			usage(&defaults, 0);
		else if (!strcmp(argv[i], "--one-process"))
			c->one_process = true;
		else if (i + 1 < argc && parse_option(c, argv[i], argv[i + 1]))
			i++;
		else {
			fprintf(stderr, "storm: wrong or unfinished option: %s\n", argv[i]);
			usage(&defaults, 2);
		}
	}
	if ((!c->sessions && !c->seconds) || !c->threads || c->port < 2 ||
	    (c->how == HOW_MIX && !c->bytes))
		usage(&defaults, 2);
}

int main(int argc, char **argv)
{
	struct conf c = {
		.sessions = 10000, .threads = 2, .how = HOW_FIN, .bytes = 100, .reply = 100,
		.net = 77, .port = 7000,
	};
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	parse(&c, argc, argv);
	if (sh == MAP_FAILED)
		return 1;
	prepare_namespace();
	return run(&c, sh);
}

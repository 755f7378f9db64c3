// SPDX-License-Identifier: BSD-2-Clause
#include "run/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/netns.h"

#define TX_BYTES 1000 /* by the connecting side */
#define RX_BYTES 5000

struct trial {
	const struct source_ops *source;
	uint16_t port; /* of the listener */
	int active, passive; /* records that are right */
	int wrong;
};

static void check(void *ctx, const struct session *s)
{
	struct trial *t = ctx;
	bool active = s->e.rport == t->port, passive = s->e.lport == t->port;
	uint64_t tx = active ? TX_BYTES : RX_BYTES, rx = active ? RX_BYTES : TX_BYTES;

	if (!active && !passive)
		return;
	if (s->e.tx_bytes != tx || s->e.rx_bytes != rx || s->e.outcome != OUTCOME_CLOSED ||
	    (t->source->knows_owner && s->e.owner.pid != (uint32_t)getpid())) {
		t->wrong++;
		return;
	}
	t->active += active;
	t->passive += passive;
}

static int transfer(int from, int to, size_t len)
{
	char data[RX_BYTES] = { 0 };

	if (send(from, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -1;
	return recv(to, data, len, MSG_WAITALL) == (ssize_t)len ? 0 : -1;
}

static int converse(struct trial *t)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	AUTO_FD int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FD int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FD int server = -1;

	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &len) ||
	    connect(client, (struct sockaddr *)&a, len))
		return -1;
	t->port = ntohs(a.sin_port);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0 || transfer(client, server, TX_BYTES) || transfer(server, client, RX_BYTES))
		return -1;
	close(take_fd(&client));
	return recv(server, &a, 1, 0); /* the end: 0 */
}

static int verdict(const struct trial *t, struct err *e)
{
	if (t->active == 1 && t->passive == 1 && !t->wrong)
		return 0;
	return fail(e, -EIO, "of the two ends of a loopback session %d were recorded right and %d wrong",
		    t->active + t->passive, t->wrong);
}

int trial_run(const struct source_ops *ops, struct err *e)
{
	struct trial t = { .source = ops };
	struct source_config config = { .ring_bytes = 64 << 10 };
	struct source s = { .ops = ops, .config = &config, .emit = check, .ctx = &t };
	int r = netns_find(&config.filter.netns, "self", e);

	if (!r)
		r = source_open(&s, e);
	if (r)
		return r;
	r = converse(&t);
	nanosleep(&(struct timespec){ .tv_nsec = 50 * NS_PER_MS }, NULL);
	ops->drain(&s);
	ops->finish(&s);
	source_close(&s);
	return r ? fail(e, -EIO, "loopback does not carry a TCP session: ip link set lo up") : verdict(&t, e);
}

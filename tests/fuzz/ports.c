// SPDX-License-Identifier: BSD-2-Clause
/* Lists of ports against a second reading into one flag a port. */
#include <ctype.h>

#include "fuzz.h"

#if PLANTED == 1 /* a colon counts as a digit */
#undef isdigit
#define isdigit(c) ((c) >= '0' && (c) <= ':')
#endif
#include "base/num.c"

static bool wanted[65536];

static bool take_port(const char **p, unsigned int *port)
{
	size_t len = strspn(*p, "0123456789");

	*port = 0;
	for (size_t i = 0; i < len && *port < 65536; i++)
		*port = *port * 10 + ((*p)[i] - '0');
	*p += len;
	return len && *port < 65536;
}

static void skip_blanks(const char **p)
{
	*p += strspn(*p, " ");
}

/* PORT or PORT-PORT with blanks around it, then a comma and more, or the end. */
static bool read_list(const char *p)
{
	memset(wanted, 0, sizeof(wanted));
	for (;; p++) {
		unsigned int from, to;

		p += strspn(p, " ");
		if (!take_port(&p, &from))
			return false;
		to = from;
		if (*p == '-' && (p++, !take_port(&p, &to)))
			return false;
		skip_blanks(&p);
		if (to < from)
			return false;
		memset(wanted + from, true, to - from + 1);
		p += strspn(p, " ");
		if (*p != ',')
			return !*p;
	}
}

static void require_ports(const struct ports *ports)
{
	REQUIRE(ports->any);
	for (unsigned int port = 0; port < 65536; port++)
		REQUIRE(ports_have(ports, port) == wanted[port]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ports none;
	static struct ports ports;
	char *text = text_of(data, size);
	struct err e = { "" };
	int r;

	ports = none;
	r = num_ports(&ports, text, &e);
	if (read_list(text)) {
		REQUIRE(r == 0);
		require_ports(&ports);
	} else {
		REQUIRE(r == -EINVAL);
		REQUIRE(!memcmp(&ports, &none, sizeof(none)));
		require_message(e.msg, sizeof(e.msg));
	}
	free(text);
	return 0;
}

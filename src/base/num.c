// SPDX-License-Identifier: BSD-2-Clause
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* Digits at *text, moved past them; false when there are none or they do not fit. */
static bool digits(uint64_t *ret, const char **text)
{
	uint64_t value = 0;
	const char *p = *text;

	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *p - '0', &value))
			return false;
	if (p == *text)
		return false;
	*text = p;
	*ret = value;
	return true;
}

int num_parse(uint64_t *ret, const char *text, uint64_t min, uint64_t max, struct err *e)
{
	const char *p = text;
	uint64_t value;

	if (!digits(&value, &p) || *p || value < min || value > max)
		return fail(e, -EINVAL, "'%.64s' is not a number from %" PRIu64 " to %" PRIu64, text, min,
			    max);
	*ret = value;
	return 0;
}

static const struct unit {
	const char *name;
	uint64_t factor;
} time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "", 1000000000 },
	{ "m", 60 * 1000000000UL },
	{ "h", 3600 * 1000000000UL },
	{ "d", 86400 * 1000000000UL },
	{ 0 },
}, size_units[] = {
	{ "", 1 },
	{ "K", 1UL << 10 },
	{ "M", 1UL << 20 },
	{ "G", 1UL << 30 },
	{ 0 },
};

/* A number with an optional fraction and one of the units. */
static bool parse_with_unit(uint64_t *ret, const char *text, const struct unit *unit)
{
	uint64_t whole, fraction, scale = 1, value;

	if (!digits(&whole, &text))
		return false;
	fraction = 0;
	if (*text == '.') {
		const char *start = ++text;

		if (!digits(&fraction, &text) || text - start > 9)
			return false;
		for (; start < text; start++)
			scale *= 10;
	}
	while (unit->name && strcmp(unit->name, text))
		unit++;
	if (!unit->name || __builtin_mul_overflow(whole, unit->factor, &value))
		return false;
	/* split, so that fraction times factor stays within 64 bits */
	return !__builtin_add_overflow(value, unit->factor / scale * fraction +
				       unit->factor % scale * fraction / scale, ret);
}

int num_duration_ns(uint64_t *ret, const char *text, struct err *e)
{
	uint64_t value;

	if (!parse_with_unit(&value, text, time_units) || !value || value > INT64_MAX)
		return fail(e, -EINVAL, "'%.64s' is not a duration such as 10s, 500ms, 2m or 1h", text);
	*ret = value;
	return 0;
}

int num_size(uint64_t *ret, const char *text, uint64_t min, uint64_t max, struct err *e)
{
	uint64_t value;

	if (!parse_with_unit(&value, text, size_units) || value < min || value > max)
		return fail(e, -EINVAL, "'%.64s' is not a size from %" PRIu64 "K to %" PRIu64 "M, such as 8M",
			    text, min >> 10, max >> 20);
	*ret = value;
	return 0;
}

static bool port(uint64_t *ret, const char **text)
{
	return digits(ret, text) && *ret <= 65535;
}

/* "80" or "80-90" at *text, moved past it and the blanks around it. */
static bool port_range(struct ports *ret, const char **text)
{
	uint64_t from, to;

	*text += strspn(*text, " ");
	if (!port(&from, text))
		return false;
	to = from;
	if (**text == '-' && ((*text)++, !port(&to, text)))
		return false;
	*text += strspn(*text, " ");
	if (to < from)
		return false;
	for (; from <= to; from++)
		ret->bits[from >> 6] |= 1UL << (from & 63);
	return true;
}

int num_ports(struct ports *ret, const char *text, struct err *e)
{
	struct ports ports = *ret;
	const char *p = text;
	bool good;

	do
		good = port_range(&ports, &p);
	while (good && *p == ',' && p++);
	if (!good || *p)
		return fail(e, -EINVAL,
			    "'%.64s' is not a list of ports from 0 to 65535, such as 80,443 or 8000-8080",
			    text);
	ports.any = true;
	*ret = ports;
	return 0;
}

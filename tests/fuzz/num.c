// SPDX-License-Identifier: BSD-2-Clause
/* Numbers, durations and sizes against a second reading of the same grammar in 128 bits. */
#include <strings.h>

#include "fuzz.h"

#if PLANTED == 1 /* the overflow that nobody checks */
#define __builtin_mul_overflow(a, b, ret) (*(ret) = (a) * (b), false)
#elif PLANTED == 2 /* units in capitals and small letters alike */
#define strcmp strcasecmp
#endif
#include "base/num.c"
#undef strcmp

typedef unsigned __int128 wide;

/* digits [ . digits ] unit; false when the text is not of this form.  Value: whole + part / scale.
 */
static bool take_apart(const char *text, wide *whole, wide *part, wide *scale, const char **unit)
{
	size_t before = strspn(text, "0123456789"), after = 0;
	bool point = text[before] == '.';

	*whole = *part = 0;
	*scale = 1;
	if (point)
		after = strspn(text + before + 1, "0123456789");
	if (!before || (point && !after) || after > 9)
		return false;
	for (size_t i = 0; i < before; i++)
		if (*whole <= UINT64_MAX)
			*whole = *whole * 10 + (text[i] - '0');
	for (size_t i = 0; i < after; i++, *scale *= 10)
		*part = *part * 10 + (text[before + 1 + i] - '0');
	*unit = text + before + (point ? after + 1 : 0);
	return true;
}

struct factor {
	const char *name;
	uint64_t factor;
};

static const struct factor times[] = {
	{ "", 1000000000 }, { "s", 1000000000 },  { "ms", 1000000 },	  { "us", 1000 },
	{ "ns", 1 },	    { "m", 60000000000 }, { "h", 3600000000000 }, { "d", 86400000000000 },
};
static const struct factor sizes[] = {
	{ "", 1 }, { "K", 1024 }, { "M", 1048576 }, { "G", 1073741824 }
};

static bool value_of(const char *text, const struct factor *factors, size_t count, wide *ret)
{
	wide whole, part, scale;
	const char *unit;

	if (!take_apart(text, &whole, &part, &scale, &unit))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(factors[i].name, unit)) {
			*ret = whole * factors[i].factor + part * factors[i].factor / scale;
			return true;
		}
	return false;
}

/* The function under test agrees with the reading: the same value, or refused and untouched. */
static void require_same(int r, uint64_t value, const struct err *e, bool good, wide expected)
{
	if (good) {
		REQUIRE(r == 0);
		REQUIRE(value == expected);
	} else {
		REQUIRE(r == -EINVAL);
		REQUIRE(value == 77);
		require_message(e->msg, sizeof(e->msg));
	}
}

static void try_number(const char *text, uint64_t min, uint64_t max)
{
	struct err e = { "" };
	uint64_t value = 77;
	wide expected = 0;
	bool good = value_of(text, sizes, 1, &expected) && !strchr(text, '.');
	int r = num_parse(&value, text, min, max, &e);

	require_same(r, value, &e, good && expected >= min && expected <= max, expected);
}

static void try_duration(const char *text)
{
	struct err e = { "" };
	uint64_t value = 77;
	wide expected = 0;
	bool good = value_of(text, times, COUNT_OF(times), &expected);
	int r = num_duration_ns(&value, text, &e);

	require_same(r, value, &e, good && expected > 0 && expected <= INT64_MAX, expected);
}

static void try_size(const char *text, uint64_t min, uint64_t max)
{
	struct err e = { "" };
	uint64_t value = 77;
	wide expected = 0;
	bool good = value_of(text, sizes, COUNT_OF(sizes), &expected);
	int r = num_size(&value, text, min, max, &e);

	require_same(r, value, &e, good && expected >= min && expected <= max, expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	try_number(text, 0, UINT64_MAX);
	try_number(text, 1, 4194304);
	try_duration(text);
	try_size(text, 0, UINT64_MAX);
	try_size(text, 64 << 10, 1 << 30);
	free(text);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Lists of columns: each name is a key of the field table, in order, or the list is refused whole.
 */
#include "fuzz.h"

#include "core/field.h"

#if PLANTED == 1 /* names of the right length are names enough */
#define strncmp(a, b, len) 0
#elif PLANTED == 2 /* room for one more than there is */
#undef COLUMNS_MAX
#define COLUMNS_MAX 65
#endif
#include "core/columns.c"
#undef strncmp
#undef COLUMNS_MAX
#define COLUMNS_MAX 64

/* What the names in the list stand for; -1 when one stands for nothing or there are too many. */
static int read_list(const char *list, const struct field **ret)
{
	char *copy = strdup(list), *rest = copy, *name;
	int count = 0;

	while (count >= 0 && (name = strsep(&rest, ","))) {
		size_t i = 0;

		while (i < field_count && strcmp(fields[i].key, name))
			i++;
		if (i == field_count || count == COLUMNS_MAX)
			count = -1;
		else
			ret[count++] = &fields[i];
	}
	free(copy);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct field *expected[COLUMNS_MAX];
	char *list = text_of(data, size);
	struct columns columns = { .count = 0 };
	struct err e = { "" };
	int count = read_list(list, expected), r = columns_add(&columns, list, &e);

	if (count < 0) {
		REQUIRE(r == -EINVAL);
		REQUIRE(columns.count == 0);
		require_message(e.msg, sizeof(e.msg));
	} else {
		REQUIRE(r == 0);
		REQUIRE(columns.count == (size_t)count);
		REQUIRE(!memcmp(columns.field, expected, count * sizeof(*expected)));
	}
	free(list);
	return 0;
}

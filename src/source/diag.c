#include "source/source.h"
#include <errno.h>
static int no(struct source *s, struct err *e){(void)s;return fail(e,-ENOTSUP,"not built yet");}
static void nop(struct source *s){(void)s;}
const struct source_ops source_diag={.name="diag",.limits="(being written)",.state_size=1,.open=no,.close=nop};

/* rooms: exchange */
/* Whatever is in a file of corporate actions: a table in its order, of symbols that are traded, or
 * one line that names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "exchange/serve_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_table(const struct xc_actions *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct xc_action *a = &t->a[i];
		if (a->asset > 1 || a->pay < a->ex || (a->kind == XA_SPLIT) == (a->num == 0))
			abort();
		if (i > 0 && (a[-1].asset > a->asset ||
			      (a[-1].asset == a->asset && a[-1].ex > a->ex)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct xc_actions t;
	static struct symbols symbols;
	char file[32], why[200];
	int fd = memfd_create("actions", MFD_CLOEXEC);
	sym s;

	log_init(LOG_ERROR, NULL, false);
	symbols.n = 0;
	if (fd < 0 || write(fd, data, n) != (ssize_t)n ||
	    symbols_add(&symbols, STR("AAPL"), &s) != OK ||
	    symbols_add(&symbols, STR("NVDA"), &s) != OK)
		abort();
	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	why[0] = '\0';
	if (actions_read(&t, file, &symbols, why, sizeof(why)) == OK)
		check_table(&t);
	else if (!str_starts(str_of(why), str_of(file)))
		abort();
	(void)close(fd);
	return 0;
}

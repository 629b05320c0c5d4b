/* rooms: cmd */
/* Whatever is in an accounts file: accounts with a key of their own and sums in their bounds, or
 * a complaint that names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
const struct subcommand commands[1];	/* gambler.c's */

static void check_accounts(const struct setup *s)
{
	const struct exchange_config *c = &s->c;

	if (c->accounts == 0 || c->accounts > XS_ACCOUNTS_MAX || c->core.accounts != c->accounts)
		abort();
	for (uint32_t i = 0; i < c->accounts; i++) {
		const struct exchange_account *a = &c->account[i];
		if (a->key[0] == '\0' || a->secret[0] == '\0' || a->cash.n < 0 ||
		    a->cash.n > 1000000000 * NUM_ONE ||
		    (a->multiplier != 1 && a->multiplier != 2 && a->multiplier != 4))
			abort();
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(a->key, c->account[k].key) == 0)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct setup s;
	char file[32], why[200];
	int fd = memfd_create("accounts", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	memset(&s, 0, sizeof(s));
	s.c.core.multiplier = 4;
	s.accounts_file = file;
	why[0] = '\0';
	if (exchange_accounts(&s, why, sizeof(why)))
		check_accounts(&s);
	else if (!str_starts(str_of(why), str_of(file)))
		abort();
	(void)close(fd);
	return 0;
}

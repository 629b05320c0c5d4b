/* store_kill.c: write FOLDER N: stores events up to N, one line for each that is
 * acknowledged. check FOLDER N: are N there, and at most one more. */
#include <stdio.h>
#include <stdlib.h>

#include "store/store.h"

static bool count(void *ctx, const void *record)
{
	(void)record;
	++*(unsigned *)ctx;
	return true;
}

static enum err event(struct store *s, unsigned n, char why[static STORE_WHY])
{
	struct order o = { .want = { 1 }, .made = (ns)n };
	struct trade t = { .signal_ts = (ns)(n / 2) };
	struct instance_state st = { .name = "one", .seq = n };
	struct note note = { .ts = (ns)n, .seq = n };

	(void)snprintf(o.cid, sizeof(o.cid), "order-%u", n);
	(void)snprintf(t.id, sizeof(t.id), "trade-%u", n / 2);
	memcpy(o.trade, t.id, sizeof(t.id));
	memcpy(note.trade, t.id, sizeof(t.id));
	enum err e = store_begin(s);
	if (e == OK)
		e = store_put_order(s, &o);
	if (e == OK)
		e = store_put_trade(s, &t);
	if (e == OK)
		e = store_put_state(s, &st);
	if (e == OK)
		e = store_add_note(s, &note);
	if (e == OK)
		return store_commit(s, why);
	store_abort(s);
	return e;
}

/* 0: done. 3: refused to open. 4: a commit failed. 1: what was acknowledged is not there. */
int main(int argc, char **argv)
{
	char why[STORE_WHY];
	struct store *s;
	unsigned n = 0;

	if (argc != 4)
		return 2;
	bool writes = strcmp(argv[1], "write") == 0;
	unsigned long want = strtoul(argv[3], NULL, 10);
	enum err e = store_open(&s, argv[2], writes ? STORE_WRITE : STORE_READ, why);
	if (why[0] != '\0')
		(void)fprintf(stderr, "%s\n", why);
	if (!writes && e == ERR_NOTFOUND)
		return want > 0;
	if (e != OK)
		return 3;
	e = store_orders(s, 0, count, &n);
	if (e != OK)
		return 3;
	if (!writes) {
		if (n < want || n > want + 1)
			(void)fprintf(stderr, "%lu were acknowledged, %u are there\n", want, n);
		store_close(s);
		return n < want || n > want + 1;
	}
	for (unsigned i = n; i < want; i++) {
		if (event(s, i, why) != OK) {
			(void)fprintf(stderr, "%s\n", why);
			store_close(s);
			return 4;
		}
		(void)printf("%u\n", i + 1);
		(void)fflush(stdout);
	}
	store_close(s);
	return 0;
}

/* rooms: base net model alpaca */
/* Whatever the broker answers: what is told are whole words and known numbers. */
#include <stdlib.h>

#include "alpaca/alpaca.h"

#define WORD(field) (memchr((field), 0, sizeof(field)) != NULL)

static struct symbols table;

static void whole(const struct alpaca_order *o)
{
	if (o->n < 1 || o->n > 1 + ALPACA_ORDER_LEGS || !WORD(o->symbol))
		abort();
	for (uint32_t i = 0; i < o->n; i++) {
		const struct report *r = &o->r[i];
		if (!WORD(r->cid) || !WORD(r->bid) || !WORD(r->parent) || !WORD(r->execution) ||
		    !WORD(r->replaced_by) || r->bid[0] == 0 || r->status > ST_UNKNOWN ||
		    r->type > TYPE_TRAILING_STOP || r->side > SIDE_SELL ||
		    (r->sym != SYM_NONE && r->sym >= table.n))
			abort();
	}
}

static void each(void *ctx, const struct alpaca_event *e)
{
	(void)ctx;
	if (e->what == AM_NONE || !WORD(e->text))
		abort();
	if (e->what == AM_TRADE_UPDATE)
		whole(&e->order);
}

static void listing(struct str in)
{
	struct alpaca_position p;
	struct alpaca_order o;
	struct json j;

	json_open(&j, in);
	if (json_peek(&j) == JSON_OBJECT) {
		if (alpaca_read_order(&j, &table, FROM_REPLY, &o) == OK)
			whole(&o);
		return;
	}
	for (json_enter_array(&j); json_next_item(&j);)
		if (alpaca_read_order(&j, &table, FROM_SYNC, &o) == OK)
			whole(&o);
	json_open(&j, in);
	for (json_enter_array(&j); json_next_item(&j);)
		if (alpaca_read_position(&j, &table, &p) == OK && !WORD(p.symbol))
			abort();
}

static void answers(struct str in)
{
	static struct calendar c, before;
	struct alpaca_error error;
	struct account a;
	ns now, open, close;
	bool is_open;
	int told, differ;

	if (alpaca_read_account(in, &a) == OK && (!WORD(a.id) || !WORD(a.status) || a.id[0] == 0))
		abort();
	if (alpaca_read_clock(in, &now, &is_open, &open, &close) == OK && now == 0)
		abort();
	memset(&c, 0, sizeof c);
	enum err e = alpaca_read_calendar(in, day_of(2024, 11, 1), day_of(2024, 12, 31), &c, &told,
					  &differ);
	if (e == OK ? c.n > (uint32_t)differ : memcmp(&c, &before, sizeof c) != 0)
		abort();
	alpaca_read_error(in, &error);
	struct str rest = str_of(error.message);
	for (size_t n; rest.n > 0; rest.s += n, rest.n -= n)
		if ((n = utf8_at(rest)) == 0)
			abort();
	for (int http = 0; http < 600; http += 7)
		(void)alpaca_classify(http, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	/* A copy of just that size: a read beyond it is seen. */
	char *copy = malloc(n > 0 ? n : 1);
	struct str in = { copy, n };
	sym s;

	memcpy(copy, data, n);
	if (table.n == 0 && symbols_add(&table, STR("AAPL"), &s) != OK)
		abort();
	(void)!alpaca_read_trading(in, &table, each, NULL);
	listing(in);
	answers(in);
	free(copy);
	return 0;
}

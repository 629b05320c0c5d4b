/* inside.c: linked with the bot: it begins like any other, and its store is read as its commands
 * read it. */
#include "sim.h"

#include "store/store.h"

void *bot_body(void *unused)
{
	static char line[] = "gambler\0run\0-c\0/etc/gambler.ini";
	char *words[] = { line, line + 8, line + 12, line + 15, NULL };

	(void)unused;
	int code = bot_main(4, words);
	proc_end(&bot, code);
	fiber_leave();
}

static bool take_fill(void *ctx, const void *record)
{
	struct books *b = ctx;
	const struct fill *f = record;

	if (b->fills_n == COUNT(b->fill))
		return false;
	(void)snprintf(b->fill[b->fills_n].order, sizeof b->fill[0].order, "%s", f->order);
	memcpy(b->fill[b->fills_n].execution, f->execution, sizeof f->execution);
	b->fill[b->fills_n].n = f->n.n;
	b->fill[b->fills_n++].value = f->value.n;
	return true;
}

static bool take_trade(void *ctx, const void *record)
{
	struct books *b = ctx;
	const struct trade *t = record;

	b->trades_n++;
	b->open_trades += t->state != TRADE_CLOSED;
	int64_t pnl = t->in.n > 0 ? trade_pnl(t).n : 0;
	b->pnl += pnl;
	if (t->instance < INSTANCES)
		b->pnl_of[t->instance] += pnl;
	return true;
}

static bool take_order(void *ctx, const void *record)
{
	struct books *b = ctx;
	const struct order *o = record;

	dst_say("the store has an order that is not over: %s %s %s", o->cid, o->bid,
	    status_text((enum order_status)o->status));
	b->open_orders++;
	return true;
}

void bot_books(const char *folder, struct books *b)
{
	static struct symbols symbols;
	struct order o;
	struct store *s;

	*b = (struct books){ 0 };
	b->err = store_open(&s, folder, STORE_READ, b->why);
	if (b->err != OK)
		return;
	b->err = store_symbols(s, &symbols);
	if (b->err == OK)
		b->err = store_fills(s, take_fill, b);
	if (b->err == OK)
		b->err = store_trades(s, 0, take_trade, b);
	if (b->err == OK)
		b->err = store_open_orders(s, take_order, b);
	for (uint32_t i = 0; b->err == OK && i < b->fills_n; i++)
		if (store_order(s, str_of(b->fill[i].order), &o) == OK)
			memcpy(b->fill[i].bid, o.bid, sizeof b->fill[i].bid);
	store_close(s);
}

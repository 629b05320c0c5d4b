/* engine_broker_books.c: what the broker of engine_broker.h reads in its own books. */
#include <stdio.h>

#include "test/unit/engine_broker.h"

bool broker_final(const struct broker_order *o)
{
	return status_final((enum order_status)o->status);
}

/* Shares that working orders would sell (or buy back). */
int64_t broker_held(const struct broker *b, sym s, uint8_t side)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < b->orders_n; i++) {
		const struct broker_order *o = &b->order[i];
		bool counts = o->sym == s && o->side == side && !broker_final(o) &&
			o->role != ROLE_ENTRY && !o->waits;
		/* Of a pair of legs one reserves. */
		if (counts && (!o->leg || (o->armed && o->type == TYPE_LIMIT)))
			n += o->want - o->done;
	}
	return n;
}

int64_t broker_closable(const struct broker *b, sym s, uint8_t side)
{
	int64_t n = side == SIDE_SELL ? b->position[s] : -b->position[s];

	return n > 0 ? n : 0;
}

/* Shares without a stop behind them, by the broker's own books. */
void broker_watch(struct broker *b, sym s)
{
	uint8_t side = b->position[s] > 0 ? SIDE_SELL : SIDE_BUY;
	int64_t bare = b->position[s] > 0 ? b->position[s] : -b->position[s];

	for (uint32_t i = 0; i < b->orders_n; i++) {
		const struct broker_order *o = &b->order[i];
		bool guards = o->role == ROLE_STOP && !o->waits && (!o->leg || o->armed);
		/* A market order on its way out is as good. */
		guards |= o->role == ROLE_EXIT;
		if (o->sym == s && o->side == side && !broker_final(o) && guards)
			bare -= o->want - o->done;
	}
	if (bare <= 0) {
		b->naked[s] = 0;
		return;
	}
	if (b->naked[s] == 0)
		b->naked[s] = b->now;
	if (b->now - b->naked[s] > b->naked_longest)
		b->naked_longest = b->now - b->naked[s];
}

uint32_t broker_open_orders(const struct broker *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->orders_n; i++)
		n += !broker_final(&b->order[i]);
	return n;
}

void broker_name(char out[static UUID_TEXT], uint32_t execution)
{
	snprintf(out, UUID_TEXT, "x%u", execution);
}

struct report broker_listed(const struct broker *b, uint32_t execution)
{
	const struct broker_exec *x = &b->exec[execution % BROKER_EXECS];
	const struct broker_order *o = &b->order[x->order];
	struct report r = { .source = FROM_LIST, .status = ST_UNKNOWN, .sym = o->sym,
			    .side = o->side, .n = qty_shares(x->n), .done = qty_shares(x->to),
			    .at = x->at, .ts = b->now };

	memcpy(r.bid, o->bid, sizeof r.bid);
	broker_name(r.execution, execution);
	return r;
}

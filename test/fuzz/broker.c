/* rooms: alpaca engine */
/* What the broker's stream says goes where it goes in life: through its reader into an engine's
 * state machine, between events of all kinds. A message is the text behind an odd byte, up to a 0;
 * in it 1 and a byte stand for the client's id of an order that the engine made, 2 and a byte for
 * the broker's. */
#include "alpaca/alpaca.h"
#include "fuzz/engine.h"

#define MESSAGE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct symbols table;

struct heard { struct engine *e; ns ts; };

static void each(void *ctx, const struct alpaca_event *a)
{
	struct heard *h = ctx;

	for (uint32_t i = 0; a->what == AM_TRADE_UPDATE && i < a->order.n; i++) {
		struct event ev = { .ts = h->ts, .kind = EV_ORDER };
		ev.u.order = a->order.r[i];
		step(h->e, &ev);
	}
}

static struct str message(struct bytes *b, char text[static MESSAGE])
{
	size_t n = 0;

	for (uint32_t c; b->left > 0 && n < MESSAGE - UUID_TEXT && (c = take(b, 1)) != 0;) {
		if (c > 2) {
			text[n++] = (char)c;
			continue;
		}
		const struct order *o = pick(b);
		struct str id = str_of(c == 1 ? o->cid : o->bid);
		memcpy(text + n, id.s, id.n);
		n += id.n;
	}
	return (struct str){ text, n };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "AAA", "BBB", "CCC" };
	static char text[MESSAGE];
	struct bytes b = { data, size };
	struct arena a[2];
	struct event ev;
	sym s;

	for (size_t i = 0; i < COUNT(names) && table.n < COUNT(names); i++)
		if (symbols_add(&table, str_of(names[i]), &s) != OK)
			abort();
	struct heard h = { begin(&b, a, &ev), 0 };
	while (b.left > 0) {
		if ((*b.at & 1) == 0) {
			make_event(&b, &ev);
			step(h.e, &ev);
			continue;
		}
		take(&b, 1);
		h.ts = ev.ts;
		(void)!alpaca_read_trading(message(&b, text), &table, each, &h);
	}
	arena_close(&a[1]);
	arena_close(&a[0]);
	return 0;
}

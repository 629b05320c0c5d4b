/* rooms: exchange */
/* Requests as they come: the first line is "METHOD /path?query", the rest the body;
 * several of them are separated by a byte 0. Instants pass in between. Whatever is
 * said, the exchange answers in JSON that can be read, with a status that exists. */
#include <stdlib.h>

#include "exchange/serve_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct exchange *open_one(void)
{
	static struct symbols symbols;
	static char why[256];
	struct exchange *x = NULL;
	sym s;

	symbols.n = 0;
	if (symbols_add(&symbols, STR("AAPL"), &s) != OK ||
	    symbols_add(&symbols, STR("SPY"), &s) != OK)
		abort();
	struct exchange_config c = {
		.market = {
			.seed = 1, .symbols = &symbols, .start = day_of(2024, 7, 1),
			.until = day_of(2024, 7, 3), .spread_bp_centi = 200,
			.history_sessions = 1
		},
		.core = {
			.orders_max = 64, .accounts = 1, .seed = 1, .cash = { 100000 * NUM_ONE },
			.partial_pct = 50, .latency = 20 * NS_MS, .shorting = true,
			.multiplier = 4
		},
		.listen = "127.0.0.1:0", .lockstep = true
	};
	if (exchange_open(&x, &c, why, sizeof(why)) != OK)
		abort();
	return x;
}

static void check_answer(struct exchange *x, int status)
{
	struct json j;

	if (x->out.full || status == 0)		/* the answer would come later */
		return;
	if (status < 200 || status > 599)
		abort();
	json_open(&j, text_str(&x->out));
	if (status != 204 && (!json_skip(&j) || json_done(&j) != OK))
		abort();
}

static void one(struct exchange *x, struct str input)
{
	char path[XS_PATH_MAX];
	struct str line = str_cut(&input, '\n');
	struct call c = { .method = str_cut(&line, ' '), .body = input };
	struct str raw = str_cut(&line, '?');

	c.query = line;
	if (!percent_decode(path, sizeof(path), raw, false, &c.path.n))
		return;
	c.path.s = path;
	serve_call_time(x, x->now);
	check_answer(x, rest_run(x, &c));
	serve_events(x);
	if (x->jump.on)
		clock_jump_ends(x);
	for (int i = 0; i < 3 && x->have_next; i++)
		serve_market(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct exchange *x = open_one();
	struct str rest = { (const char *)data, n };

	for (int i = 0; i < 3; i++)
		serve_market(x);
	for (int i = 0; i < 16 && rest.n > 0; i++)
		one(x, str_cut(&rest, '\0'));
	exchange_close(x);
	return 0;
}

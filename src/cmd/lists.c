/* lists.c: `gambler positions`, `gambler orders`, `gambler trades`. */
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/show.h"

static const struct column positions[] = {
	{ "SYMBOL", "symbol", { NULL }, CELL_TEXT, NULL },
	{ "SIDE", "side", { NULL }, CELL_TEXT, NULL },
	{ "QTY", "qty", { NULL }, CELL_QTY, NULL },
	{ "ENTRY", "entry", { NULL }, CELL_PRICE, NULL },
	{ "LAST", "last", { NULL }, CELL_PRICE, NULL },
	{ "STOP", "stop", { NULL }, CELL_PRICE, NULL },
	{ "SET", "protected", { NULL }, CELL_TEXT, NULL },
	{ "TARGET", "target", { NULL }, CELL_PRICE, NULL },
	{ "P&L USD", "pnl", { NULL }, CELL_GAIN, NULL },
	{ "AGE", "age_s", { NULL }, CELL_SPAN, NULL },
	{ "INSTANCE", "instance", { NULL }, CELL_TEXT, NULL },
	{ 0 },
};

static const struct column orders[] = {
	{ "TRADE", "trade", { "client_order_id", "id" }, CELL_ID, NULL },
	{ "ROLE", "role", { NULL }, CELL_TEXT, NULL },
	{ "SIDE", "side", { NULL }, CELL_TEXT, NULL },
	{ "TYPE", "type", { NULL }, CELL_TEXT, NULL },
	{ "FILLED", "filled_qty", { NULL }, CELL_QTY, "qty" },
	{ "PRICE", "filled_avg_price", { "stop_price", "limit_price" }, CELL_PRICE, NULL },
	{ "STATUS", "status", { NULL }, CELL_TEXT, NULL },
	{ "CREATED", "created", { NULL }, CELL_SECOND, NULL },
	{ "INSTANCE", "instance", { NULL }, CELL_TEXT, NULL },
	{ 0 },
};

static const struct column trades[] = {
	{ "TRADE", "trade", { NULL }, CELL_ID, NULL },
	{ "SIDE", "side", { NULL }, CELL_TEXT, NULL },
	{ "QTY", "qty", { NULL }, CELL_QTY, NULL },
	{ "ENTRY", "entry", { NULL }, CELL_PRICE, NULL },
	{ "EXIT", "exit", { NULL }, CELL_PRICE, NULL },
	{ "P&L USD", "pnl", { NULL }, CELL_GAIN, NULL },
	{ "ENDED BY", "exit_reason", { "state", NULL }, CELL_TEXT, NULL },
	{ "OPENED", "opened", { "signal", NULL }, CELL_MINUTE, NULL },
	{ "INSTANCE", "instance", { NULL }, CELL_TEXT, NULL },
	{ 0 },
};

/* Takes "--limit N" and "--limit=N" out of argv. */
static int take_limit(int *argc, char **argv, uint32_t *limit)
{
	int kept = 1;

	*limit = 20;
	for (int i = 1; i < *argc; i++) {
		struct str w = str_of(argv[i]), digits = { NULL, 0 };
		if (str_starts(w, STR("--limit="))) {
			digits = (struct str){ w.s + 8, w.n - 8 };
		} else if (str_eq(w, STR("--limit"))) {
			if (i + 1 == *argc)
				return usage_error(argv[0], "this option needs a value", argv[i]);
			digits = str_of(argv[++i]);
		} else {
			argv[kept++] = argv[i];
			continue;
		}
		int64_t n;
		if (num_parse(&n, digits) != OK || n % NUM_ONE != 0 || n < NUM_ONE ||
		    n > 500 * NUM_ONE)
			return usage_error(argv[0], "--limit is 1 to 500, not", argv[i]);
		*limit = (uint32_t)(n / NUM_ONE);
	}
	*argc = kept;
	return 0;
}

static int list(int argc, char **argv, const struct column *columns, uint32_t limit,
		const char *empty)
{
	char target[64];
	struct options o;
	struct str document;
	struct api a;
	struct text t;

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error(argv[0], "takes no words", o.argv[0]);
	if (code != 0)
		return code;
	text_init(&t, target, sizeof target);
	text_cstr(&t, "/api/v1/");
	text_cstr(&t, argv[0]);
	if (limit > 0) {
		text_cstr(&t, "?limit=");
		text_u64(&t, limit);
	}
	code = api_get(&a, text_done(&t), false, &document);
	if (code != 0)
		return code;
	if (o.json) {
		printf("%.*s\n", (int)document.n, document.s);
		return EXIT_DONE;
	}
	if (show_table(document, columns, empty))
		return EXIT_DONE;
	fprintf(stderr, "gambler %s: the answer is not a list: is the running one of another "
		"version?\n", argv[0]);
	return EXIT_FAILED;
}

int cmd_positions(int argc, char **argv)
{
	return list(argc, argv, positions, 0, "Flat: no positions.");
}

int cmd_orders(int argc, char **argv)
{
	uint32_t limit;
	int code = take_limit(&argc, argv, &limit);

	return code != 0 ? code : list(argc, argv, orders, limit, "No orders yet.");
}

int cmd_trades(int argc, char **argv)
{
	uint32_t limit;
	int code = take_limit(&argc, argv, &limit);

	return code != 0 ? code : list(argc, argv, trades, limit, "No trades yet.");
}

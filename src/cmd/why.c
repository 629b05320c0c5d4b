/* why.c: `gambler why`: the chain behind an order or a trade, as sentences in the order in
 * which things happened. */
#include "cmd/client.h"

#include <stdio.h>

#include "cmd/show.h"
#include "net/http.h"

#define LINES_MAX 512
#define PAGE      (256 * 1024)
#define WORDS     160

struct line { ns at; const char *text; };

static struct line lines[LINES_MAX];
static uint32_t lines_n;
static char page[PAGE];
static struct text sheet;

static const char *spaced(char *s)
{
	for (char *p = s; *p != 0; p++)
		if (*p == '_')
			*p = ' ';
	return s;
}

/* ---- one line of the chain; kept in order of time, equal ones in order of arrival */

static char *begin_line(void)
{
	return page + sheet.n;
}

static void end_line(const char *begin, ns at)
{
	uint32_t i = lines_n;

	text_char(&sheet, 0);
	if (sheet.full || lines_n == LINES_MAX)
		return;
	for (; i > 0 && lines[i - 1].at > at; i--)
		lines[i] = lines[i - 1];
	lines[i] = (struct line){ at, begin };
	lines_n++;
}

/* ---- the roles of the orders, by both of their ids */

struct name { char id[2][WORDS], role[16]; };

static struct name names[64];
static uint32_t names_n;

static void read_roles(struct str orders)
{
	struct str key;
	struct json j;

	names_n = 0;
	json_open(&j, orders);
	for (json_enter_array(&j); json_next_item(&j);) {
		struct name n = { 0 };
		for (json_enter_object(&j); json_next_key(&j, &key);) {
			if (str_eq(key, STR("client_order_id")))
				api_keep(&j, n.id[0], sizeof n.id[0]);
			else if (str_eq(key, STR("id")))
				api_keep(&j, n.id[1], sizeof n.id[1]);
			else if (str_eq(key, STR("role")))
				api_keep(&j, n.role, sizeof n.role);
			else
				json_skip(&j);
		}
		if (names_n < COUNT(names))
			names[names_n++] = n;
	}
}

static const char *role_of(const char *id)
{
	for (uint32_t i = 0; i < names_n && id[0] != 0; i++)
		if (str_eq(str_of(id), str_of(names[i].id[0])) ||
		    str_eq(str_of(id), str_of(names[i].id[1])))
			return names[i].role;
	return NULL;
}

/* ---- notes */

struct told {
	ns   at;
	char what[WORDS], meaning[WORDS], text[WORDS], order[WORDS];
	char values[2048];	/* "rsi 24.1, close 187.2" */
};

static void plain_number(struct text *t, const char *digits)
{
	int64_t n;

	if (num_parse_round(&n, str_of(digits)) != OK)
		text_cstr(t, digits[0] != 0 ? digits : "none");
	else
		text_f64(t, (double)n / 1e9, n > 1000 * NUM_ONE || n < -1000 * NUM_ONE ? 2 : 4);
}

/* Checks whose limit is the least that is allowed, and what it is that they compare. */
static const struct { const char *check, *what; } floors[] = {
	{ "qty", "qty" }, { "account", "account usable" }, { "day_loss", "result of the day" },
	{ "portfolio_loss", "equity" }, { "cash", "cash left" },
};

/* Returns whether the check is one of those. */
static bool check_name(struct text *t, char *word)
{
	for (size_t i = 0; i < COUNT(floors); i++)
		if (str_eq(str_of(word), str_of(floors[i].check))) {
			text_cstr(t, floors[i].what);
			return true;
		}
	text_cstr(t, spaced(word));
	return false;
}

/* {"rsi":24.1}, {"check":"capital","value":1,"limit":2}, or a bare number. */
static void one_value(struct json *j, struct text *t)
{
	char word[WORDS];
	struct str key;
	bool least = false;

	text_cstr(t, t->n > 0 ? ", " : "");
	if (json_peek(j) != JSON_OBJECT) {
		api_keep(j, word, sizeof word);
		plain_number(t, word);
		return;
	}
	for (json_enter_object(j); json_next_key(j, &key);) {
		char name[WORDS];
		(void)!str_copy(name, sizeof name, key);
		api_keep(j, word, sizeof word);
		if (str_eq(key, STR("check"))) {
			least = check_name(t, word);
			continue;
		}
		if (str_eq(key, STR("limit")))
			text_cstr(t, least ? " (floor " : " (limit ");
		else if (!str_eq(key, STR("value")))
			text_cstr(t, spaced(name));
		if (!str_eq(key, STR("limit")))
			text_char(t, ' ');
		plain_number(t, word);
		if (str_eq(key, STR("limit")))
			text_char(t, ')');
	}
}

static void read_note(struct json *j, struct told *n)
{
	char word[WORDS];
	struct str key;
	struct text values;

	*n = (struct told){ 0 };
	text_init(&values, n->values, sizeof n->values - 1);
	for (json_enter_object(j); json_next_key(j, &key);) {
		if (str_eq(key, STR("values"))) {
			for (json_enter_array(j); json_next_item(j);)
				one_value(j, &values);
			continue;
		}
		api_keep(j, word, sizeof word);
		if (str_eq(key, STR("at")))
			(void)!rfc3339_parse(&n->at, str_of(word));
		else if (str_eq(key, STR("what")))
			memcpy(n->what, word, sizeof word);
		else if (str_eq(key, STR("meaning")))
			memcpy(n->meaning, word, sizeof word);
		else if (str_eq(key, STR("text")))
			memcpy(n->text, word, sizeof word);
		else if (str_eq(key, STR("order")))
			memcpy(n->order, word, sizeof word);
	}
	n->values[values.n] = 0;
}

/* "the gate let it pass: …", by kind of note. */
static void put_sentence(struct text *t, struct told *n)
{
	static const struct { const char *what, *words; } table[] = {
		{ "signal", "the strategy saw a reason" }, { "gate", "the risk gate" },
		{ "guard", "the portfolio guard" }, { "sent", "sent to the broker" },
		{ "reply", "the broker answered" }, { "status", "the order is now" },
		{ "exit", "exit" }, { "protect", "the stop manager" }, { "breaker", "breaker" },
		{ "command", "command" }, { "sync", "comparing the books" },
	};
	bool judged = str_eq(str_of(n->what), STR("gate")) || str_eq(str_of(n->what), STR("guard"));
	const char *words = n->what;

	for (size_t i = 0; i < COUNT(table); i++)
		if (str_eq(str_of(n->what), str_of(table[i].what)))
			words = table[i].words;
	const char *role = role_of(n->order);
	if (role != NULL && str_eq(str_of(n->what), STR("status"))) {
		text_cstr(t, "the ");
		text_cstr(t, role);
		words = " order is now";
	}
	text_cstr(t, words);
	if (judged) {
		bool passed = str_eq(str_of(n->meaning), STR("allow"));
		text_cstr(t, passed ? " let it pass" : " refused: ");
		text_cstr(t, passed ? "" : spaced(n->meaning));
	} else {
		const char *said = n->text[0] != 0 ? n->text : n->meaning;
		text_cstr(t, said[0] != 0 ? ": " : "");
		text_cstr(t, said == n->text ? n->text : spaced(n->meaning));
		if (said == n->text && n->meaning[0] != 0 &&
		    !str_eq(str_of(n->text), str_of(n->meaning))) {
			text_cstr(t, ", ");
			text_cstr(t, spaced(n->meaning));
		}
	}
	if (n->values[0] != 0) {
		text_cstr(t, judged ? ": " : " [");
		text_cstr(t, n->values);
		text_cstr(t, judged ? "" : "]");
	}
}

static void add_note(struct json *j)
{
	static struct told n;

	read_note(j, &n);
	const char *at = begin_line();
	put_sentence(&sheet, &n);
	end_line(at, n.at);
}

/* Shares that the broker has taken back are none, and the execution stays known. */
static void add_fill(struct json *j)
{
	char word[WORDS], side[WORDS] = "", qty_text[WORDS] = "", at_price[WORDS] = "";
	char role[WORDS] = "", execution[WORDS] = "";
	struct str key;
	ns at = 0;

	for (json_enter_object(j); json_next_key(j, &key);) {
		api_keep(j, word, sizeof word);
		if (str_eq(key, STR("at")))
			(void)!rfc3339_parse(&at, str_of(word));
		else if (str_eq(key, STR("side")))
			memcpy(side, word, sizeof word);
		else if (str_eq(key, STR("qty")))
			memcpy(qty_text, word, sizeof word);
		else if (str_eq(key, STR("price")))
			memcpy(at_price, word, sizeof word);
		else if (str_eq(key, STR("role")))
			memcpy(role, word, sizeof word);
		else if (str_eq(key, STR("execution")))
			memcpy(execution, word, sizeof word);
	}
	const char *begin = begin_line();
	bool back = str_eq(str_of(qty_text), STR("0"));
	text_cstr(&sheet, back ? "taken back by the broker: " : "filled: ");
	text_cstr(&sheet, str_eq(str_of(side), STR("buy")) ? "bought " : "sold ");
	show_cell(&sheet, CELL_QTY, qty_text);
	text_cstr(&sheet, " at ");
	show_cell(&sheet, CELL_PRICE, at_price);
	text_cstr(&sheet, " (");
	text_cstr(&sheet, role);
	text_cstr(&sheet, execution[0] != 0 ? ", execution " : "");
	text_cstr(&sheet, execution);
	text_char(&sheet, ')');
	end_line(begin, at);
}

/* ---- the head */

static void part(struct text *t, struct str d, const char *before, const char *key, enum cell cell)
{
	char word[WORDS];

	if (!api_value(d, key, word, sizeof word))
		return;
	text_cstr(t, before);
	show_cell(t, cell, spaced(word));
}

static void print_head(struct str d)
{
	char memory[1024], id[WORDS];
	struct text t;

	text_init(&t, memory, sizeof memory - 1);
	if (!api_value(d, "trade.trade", id, sizeof id)) {
		puts("A signal that became no trade.");
		return;
	}
	text_cstr(&t, "Trade ");
	text_cstr(&t, id);
	part(&t, d, " of ", "trade.instance", CELL_ID);
	part(&t, d, ": ", "trade.side", CELL_TEXT);
	part(&t, d, " ", "trade.qty", CELL_QTY);
	part(&t, d, " ", "trade.symbol", CELL_ID);
	part(&t, d, ", ", "trade.state", CELL_TEXT);
	part(&t, d, " by ", "trade.exit_reason", CELL_TEXT);
	part(&t, d, ", in at ", "trade.entry", CELL_PRICE);
	part(&t, d, ", out at ", "trade.exit", CELL_PRICE);
	part(&t, d, ", ", "trade.pnl", CELL_GAIN);
	text_cstr(&t, ".\n");
	part(&t, d, "Stop ", "trade.stop", CELL_PRICE);
	part(&t, d, ", target ", "trade.target", CELL_PRICE);
	part(&t, d, ", longest time without a stop at the broker ", "trade.longest_unprotected_s",
	     CELL_SPAN);
	text_cstr(&t, ".\n");
	fputs(text_done(&t), stdout);
}

static void print_lines(void)
{
	char memory[64], day_shown[64] = "";
	struct text t;

	for (uint32_t i = 0; i < lines_n; i++) {
		text_init(&t, memory, sizeof memory - 1);
		show_date(&t, lines[i].at);
		text_char(&t, ' ');
		text_cstr(&t, show_zone(lines[i].at));
		(void)text_done(&t);
		if (!str_eq(str_of(memory), str_of(day_shown)))
			printf("\n%s\n", memory);
		memcpy(day_shown, memory, sizeof memory);
		text_init(&t, memory, sizeof memory - 1);
		show_clock(&t, lines[i].at);
		printf("  %s  %s\n", text_done(&t), lines[i].text);
	}
}

static const struct column orders[] = {
	{ "ORDER", "client_order_id", { "id", NULL }, CELL_TEXT, NULL },
	{ "ROLE", "role", { NULL }, CELL_TEXT, NULL },
	{ "TYPE", "type", { NULL }, CELL_TEXT, NULL },
	{ "FILLED", "filled_qty", { NULL }, CELL_QTY, "qty" },
	{ "PRICE", "filled_avg_price", { "stop_price", "limit_price" }, CELL_PRICE, NULL },
	{ "STATUS", "status", { NULL }, CELL_TEXT, NULL },
	{ "CREATED", "created", { NULL }, CELL_SECOND, NULL },
	{ 0 },
};

/* The value of a key of the top as it stands in the document. */
static struct str piece(struct str d, const char *name)
{
	struct str key;
	struct json j;

	json_open(&j, d);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		(void)json_peek(&j);
		const char *begin = j.at;
		json_skip(&j);
		if (str_eq(key, str_of(name)))
			return str_trim((struct str){ begin, (size_t)(j.at - begin) });
	}
	return STR("[]");
}

static void print_chain(struct str d)
{
	struct json j;

	text_init(&sheet, page, sizeof page);
	lines_n = 0;
	read_roles(piece(d, "orders"));
	json_open(&j, piece(d, "notes"));
	for (json_enter_array(&j); json_next_item(&j);)
		add_note(&j);
	json_open(&j, piece(d, "fills"));
	for (json_enter_array(&j); json_next_item(&j);)
		add_fill(&j);
	print_head(d);
	print_lines();
	puts("");
	(void)show_table(piece(d, "orders"), orders, "No orders.");
}

/* ---- which one */

static bool has_part(const char *text, struct str part_of)
{
	for (size_t n = strlen(text), i = 0; i + part_of.n <= n; i++)
		if (str_eq_fold((struct str){ text + i, part_of.n }, part_of))
			return true;
	return false;
}

/* The newest trade whose id holds the word; how many do. */
static uint32_t newest_with(struct str list, struct str word, char id[static WORDS])
{
	uint32_t n = 0;
	struct str key;
	struct json j;

	json_open(&j, list);
	for (json_enter_array(&j); json_next_item(&j);) {
		char value[WORDS];
		for (json_enter_object(&j); json_next_key(&j, &key);) {
			api_keep(&j, value, sizeof value);
			if (!str_eq(key, STR("trade")) || !has_part(value, word))
				continue;
			if (n++ == 0)
				memcpy(id, value, sizeof value);
		}
	}
	return n;
}

static int get_chain(struct api *a, const char *id, struct str *d)
{
	char target[512];
	struct text t;

	text_init(&t, target, sizeof target - 1);
	text_cstr(&t, "/api/v1/why?id=");
	percent_encode(&t, str_of(id));
	if (t.full)
		return usage_error("why", "this is no id", id);
	return api_get(a, text_done(&t), true, d);
}

static int find_chain(struct api *a, const char *word, struct str *d)
{
	char id[WORDS];
	struct str list;

	int code = get_chain(a, word, d);
	if (code != 0 || a->status == 200)
		return code;
	code = api_get(a, "/api/v1/trades?limit=500", false, &list);
	if (code != 0)
		return code;
	uint32_t n = newest_with(list, str_of(word), id);
	if (n == 0) {
		fprintf(stderr, "gambler why: no order and no trade has '%s' in its id. See: "
			"gambler trades\n", word);
		return EXIT_FAILED;
	}
	if (n > 1)
		fprintf(stderr, "%u trades have '%s' in their id; this is the newest. Others: "
			"gambler trades\n", n, word);
	return get_chain(a, id, d);
}

int cmd_why(int argc, char **argv)
{
	struct options o;
	struct str d = { NULL, 0 };
	struct api a;

	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc != 1)
		code = usage_error("why", "needs the id of one trade or order", "");
	if (code == 0)
		code = find_chain(&a, o.argv[0], &d);
	if (code != 0)
		return code;
	if (o.json)
		printf("%.*s\n", (int)d.n, d.s);
	else
		print_chain(d);
	return EXIT_DONE;
}

/* exchange_streams.c: every object of the data stream in both codecs, as test/golden has it. */
#include <stdio.h>

#include "check.h"
#include "exchange/serve_inner.h"

#define AT (1719840600 * NS_SECOND)	/* 2024-07-01T13:30:00Z */

static const struct bar minute = {
	.open_ts = AT, .ts = AT + NS_MINUTE, .open = { 210230000000 }, .high = { 211000000000 },
	.low = { 210000000000 }, .close = { 210900000000 }, .vwap = { 210512345000 },
	.volume = 240342, .trades = 2003
};
static const struct market_quote quote = {
	.t = AT + 15 * NS_SECOND, .bid = { 210350000000 }, .ask = { 210400000000 },
	.bid_size = 300, .ask_size = 100, .bid_exchange = 'V', .ask_exchange = 'Q'
};
static const struct market_print print = {
	.id = 70001, .t = AT + 123456789, .at = { 210400000000 }, .size = 42, .exchange = 'D',
	.condition = "@I"
};
static const struct market_print other = {
	.id = 70002, .t = AT + 123456789, .at = { 210300000000 }, .size = 42, .exchange = 'D',
	.condition = "@"
};

static void one(struct text *t, const char *name)
{
	const struct market_fix corrected = { print, other }, taken_back = { .was = print };
	const struct market_status halt = {
		.halted = true, .code = "H", .text = "Trading Halt", .reason = "T1",
		.reason_text = "Halt News Pending"
	};
	const struct market_band band = { .up = { 221000000000 }, .down = { 199950000000 } };

	if (strlen(name) == 1 && strchr("bud", name[0]) != NULL)
		view_stream_bar(t, &minute, name, "AAPL");
	else if (strcmp(name, "q") == 0)
		view_quote(t, &quote, 'C', "q", "AAPL");
	else if (strcmp(name, "t") == 0)
		view_trade(t, &print, 'C', "t", "AAPL");
	else if (strcmp(name, "c") == 0)
		view_fix(t, &corrected, 'C', "AAPL");
	else if (strcmp(name, "x") == 0)
		view_fix(t, &taken_back, 'C', "AAPL");
	else if (strcmp(name, "s") == 0)
		view_status(t, &halt, AT, 'C', "AAPL");
	else if (strcmp(name, "l") == 0)
		view_band(t, &band, AT + 1, 'C', "AAPL");
	else if (strcmp(name, "i") == 0)
		view_imbalance(t, (px){ 210400000000 }, AT, 'C', "AAPL");
	else
		CHECK(false, "%s is an object of the data stream", name);
}

/* In pairs of hexadecimal digits. */
static struct str hex(struct str s, char *out)
{
	for (size_t i = 0; i < s.n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", (uint8_t)s.s[i]);
	return (struct str){ out, 2 * s.n };
}

/* Lines "T json" and "T hex", in turn; comments begin with '#'. */
void test_stream_objects_are_golden(void)
{
	FILE *f = fopen(check_golden("exchange_streams.txt"), "r");
	static char line[2048], memory[1024], digits[2048];
	struct text t;
	struct pack pack;
	int lines = 0;

	if (!CHECK(f != NULL, "the golden objects are there"))
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		struct str rest = { line, strcspn(line, "\n") };
		if (line[0] == '#')
			continue;
		line[rest.n] = '\0';
		struct str name = str_cut(&rest, ' ');
		char kind[8];
		CHECK(str_copy(kind, sizeof(kind), name), "a kind: %s", line);
		if (rest.n > 0 && rest.s[0] == '{') {
			text_init(&t, memory, sizeof(memory));
			one(&t, kind);
			CHECK_STR(text_str(&t), rest.s, "%s in JSON", kind);
		} else {
			msgpack_init(&t, &pack, memory, sizeof(memory));
			one(&t, kind);
			CHECK_STR(hex(text_str(&t), digits), rest.s, "%s in MessagePack", kind);
		}
		lines++;
	}
	CHECK_INT(lines, 20, "ten kinds in two codecs");
	(void)fclose(f);
}

/* An instant is put together of objects that were written one by one. */
void test_stream_subscription_by_name_and_star(void)
{
	static struct stream st;

	CHECK(!stream_wants(&st, CH_BARS, 3), "nothing is wanted unasked");
	st.sub.on[CH_BARS][0] = 1 << 3;
	CHECK(stream_wants(&st, CH_BARS, 3) && !stream_wants(&st, CH_BARS, 4) &&
	      !stream_wants(&st, CH_TRADES, 3), "what was named on its channel is");
	CHECK(!stream_wants(&st, CH_BARS, SYM_NONE), "no name is no symbol");
	st.sub.star[CH_BARS] = true;
	CHECK(stream_wants(&st, CH_BARS, SYMBOLS_MAX - 1) && stream_wants(&st, CH_BARS, SYM_NONE),
	      "a star is all, whatever they are called");
	st.sub.others = 1;
	CHECK(str_copy(st.sub.other[0].name, SYMBOL_TEXT, STR("FAKEPACA")), "a name");
	st.sub.other[0].on = 1 << CH_TRADES;
	CHECK(stream_wants_other(&st, CH_TRADES, STR("FAKEPACA")) &&
	      !stream_wants_other(&st, CH_QUOTES, STR("FAKEPACA")) &&
	      stream_wants_other(&st, CH_BARS, STR("OTHER")), "names that no market knows, too");
}

void test_stream_words_of_both(void)
{
	static const struct {
		const char *json;
		bool ok;
		const char *action, *key;
		int list;	/* -1: none; 1: trade_updates; 2: sim_clock */
	} row[] = {
		{ "{\"action\":\"auth\",\"key\":\"K\",\"secret\":\"S\"}", true, "auth", "K", -1 },
		{ "{\"action\":\"authenticate\",\"data\":{\"key_id\":\"K\",\"secret_key\":\"S\"}}",
		  true, "authenticate", "K", -1 },
		{ "{\"data\":{\"streams\":[\"trade_updates\"]},\"action\":\"listen\"}", true,
		  "listen", "", 1 },
		{ "{\"action\":\"listen\",\"data\":{\"streams\":[]}}", true, "listen", "", 0 },
		{ "{\"action\":\"listen\",\"data\":{\"streams\":[\"sim_clock\",\"x\"]}}", true,
		  "listen", "", 2 },
		{ "{\"action\":5}", false, "", "", 0 }, { "{}", false, "", "", 0 },
		{ "[]", false, "", "", 0 }, { "{\"action\":\"auth\"", false, "", "", 0 },
		{ "{\"action\":\"auth\",\"x\":{\"action\":[1,{}]}}", true, "auth", "", -1 },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct said s;
		bool ok = stream_said(str_of(row[i].json), &s);
		CHECK_INT(ok, row[i].ok, "%s is a message", row[i].json);
		if (!ok)
			continue;
		CHECK_STR(s.action, row[i].action, "action of %s", row[i].json);
		CHECK_STR(s.key, row[i].key, "key of %s", row[i].json);
		CHECK_INT(s.streams ? s.updates | s.clock << 1 : -1, row[i].list, "streams of %s",
			  row[i].json);
	}
}

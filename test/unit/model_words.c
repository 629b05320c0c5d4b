#include "check.h"
#include "model/model.h"

#include <math.h>
#include <stdio.h>

void test_words_round_trip(void)
{
	for (int i = 0; i <= ST_UNKNOWN; i++) {
		enum order_status v = (enum order_status)i;
		CHECK_INT(status_parse(str_of(status_text(v))), v, "%s", status_text(v));
	}
	for (int i = SIDE_BUY; i <= SIDE_SELL; i++) {
		enum side v;
		CHECK(side_parse(&v, str_of(side_text((enum side)i))) && (int)v == i, "side %d", i);
	}
	for (int i = TYPE_MARKET; i <= TYPE_TRAILING_STOP; i++) {
		enum order_type v;
		CHECK(type_parse(&v, str_of(type_text((enum order_type)i))) && (int)v == i,
		      "type %d", i);
	}
	for (int i = TIF_DAY; i <= TIF_FOK; i++) {
		enum tif v;
		CHECK(tif_parse(&v, str_of(tif_text((enum tif)i))) && (int)v == i, "tif %d", i);
	}
	for (int i = CLASS_SIMPLE; i <= CLASS_OTO; i++) {
		enum order_class v;
		CHECK(class_parse(&v, str_of(class_text((enum order_class)i))) && (int)v == i,
		      "class %d", i);
	}
}

void test_words_unknown(void)
{
	enum side side = SIDE_SELL;
	enum order_type type;
	enum tif tif;
	enum order_class cls;

	CHECK(!side_parse(&side, STR("Buy")) && side == SIDE_SELL, "case counts");
	CHECK(!type_parse(&type, STR("")), "an empty type is none");
	CHECK(!tif_parse(&tif, STR("day ")), "a blank counts");
	CHECK(class_parse(&cls, STR("")) && cls == CLASS_SIMPLE, "an empty class is simple");
	CHECK(!class_parse(&cls, STR("mleg")), "options are not traded");
	CHECK_INT(status_parse(STR("tomorrow")), ST_UNKNOWN, "a new status is not an error");
	CHECK(!status_final(ST_UNKNOWN), "and may still go on");
	CHECK(status_final(ST_EXPIRED) && !status_final(ST_DONE_FOR_DAY), "final ones");
	CHECK_INT(side_other(SIDE_BUY), SIDE_SELL, "the other side");
}

void test_symbols_table(void)
{
	static struct symbols t;
	static const char *const bad[] = { "", "aapl", "BRK B", "ABCDEFGHIJKL", "A/B", "\xc3\x84" };
	sym a, b;

	CHECK_INT(symbols_add(&t, STR("AAPL"), &a), OK, "a symbol");
	CHECK_INT(symbols_add(&t, STR("BRK.B"), &b), OK, "a class of shares");
	CHECK(a == 0 && b == 1, "indices in order");
	CHECK_INT(symbols_add(&t, STR("AAPL"), &b), OK, "again");
	CHECK(b == a && t.n == 2, "keeps its place");
	CHECK_INT(symbols_find(&t, STR("AAP")), SYM_NONE, "a prefix is another name");
	CHECK_INT(symbols_find(&t, STR("AAPLX")), SYM_NONE, "a longer one too");
	CHECK_INT(symbols_find(&t, STR("ABCDEFGHIJKLMNOP")), SYM_NONE, "too long for any");
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(symbols_add(&t, str_of(bad[i]), &b), ERR_PARSE, "'%s'", bad[i]);
		CHECK_INT(b, SYM_NONE, "no index");
	}
	for (int i = 2; i < SYMBOLS_MAX; i++) {
		char name[4] = {
			(char)('A' + i / 26 / 26), (char)('A' + i / 26 % 26), (char)('A' + i % 26)
		};
		CHECK_INT(symbols_add(&t, str_of(name), &b), OK, "symbol %d", i);
	}
	CHECK_INT(symbols_add(&t, STR("ONEMORE"), &b), ERR_FULL, "the table is bounded");
	CHECK_INT(symbols_find(&t, STR("AAC")), 2, "the first of many");
	CHECK_INT(symbols_find(&t, STR("ABZ")), 51, "any of them");
	t.n = 0;
	CHECK_INT(symbols_find(&t, STR("AAPL")), SYM_NONE, "emptied");
	CHECK_INT(symbols_add(&t, STR("ABZ"), &b), OK, "and filled anew");
	CHECK(b == 0 && symbols_find(&t, STR("ABZ")) == 0, "from the beginning");
	CHECK_INT(symbols_find(&t, STR("AAC")), SYM_NONE, "without those of before");
}

void test_price_grid(void)
{
	CHECK_INT(tick_of((px){ NUM_ONE }).n, NUM_ONE / 100, "a cent at one dollar");
	CHECK_INT(tick_of((px){ NUM_ONE - 1 }).n, NUM_ONE / 10000, "less below");
	CHECK(on_tick((px){ 12340000000 }), "12.34");
	CHECK(!on_tick((px){ 12345000000 }), "12.345 is no price");
	CHECK(on_tick((px){ 123400000 }), "0.1234");
	CHECK(!on_tick((px){ 123450000 }), "0.12345 is no price");
}

void test_bar_valid(void)
{
	struct bar good = {
		.open_ts = 0, .ts = NS_MINUTE, .open = { 100 }, .high = { 110 }, .low = { 90 },
		.close = { 95 }, .volume = 10.0,
	};
	struct bar b = good;

	CHECK(bar_valid(&b), "a bar");
	b.volume = 0.0;
	CHECK(bar_valid(&b), "without volume");
	b.volume = -1.0;
	CHECK(!bar_valid(&b), "a negative volume");
	b.volume = NAN;
	CHECK(!bar_valid(&b), "a volume that is no number");
	b.volume = INFINITY;
	CHECK(!bar_valid(&b), "an infinite volume");
	b = good, b.high.n = 99;
	CHECK(!bar_valid(&b), "open above the high");
	b = good, b.low.n = 96;
	CHECK(!bar_valid(&b), "close below the low");
	b = good, b.low.n = 0;
	CHECK(!bar_valid(&b), "a price of nothing");
	b = good, b.ts = 0;
	CHECK(!bar_valid(&b), "no length");
}

void test_symbols_renamed(void)
{
	static struct symbols t;
	char name[SYMBOL_TEXT + 1];
	sym s;

	CHECK_INT(symbols_add(&t, STR("FB"), &s), OK, "a symbol");
	CHECK(!symbols_rename(&t, s, STR("FB")) && !symbols_rename(&t, s, STR("no name")) &&
	      !symbols_rename(&t, s, STR("")) && !symbols_rename(&t, 1, STR("META")),
	      "its own name, none, and a symbol that is none");
	CHECK_STR(str_of(symbols_name(&t, s)), "FB", "it has its name still");
	CHECK(symbols_rename(&t, s, STR("META")), "a new one");
	CHECK(!symbols_rename(&t, s, STR("META")), "once");
	CHECK(symbols_find(&t, STR("META")) == s && symbols_find(&t, STR("FB")) == s,
	      "it is found by both");
	CHECK_STR(str_of(symbols_name(&t, s)), "META", "and called by the new one");
	for (int i = 1; i < SYMBOLS_RENAMED; i++) {
		snprintf(name, sizeof name, "M%d", i);
		CHECK(symbols_rename(&t, s, str_of(name)), "name %s", name);
		CHECK_STR(str_of(symbols_name(&t, s)), name, "the newest");
	}
	CHECK(!symbols_rename(&t, s, STR("MORE")), "there is no room for more");
	CHECK_INT(symbols_find(&t, STR("MORE")), SYM_NONE, "nor is it found");
	CHECK_INT(symbols_find(&t, STR("META")), s, "all others are");
}

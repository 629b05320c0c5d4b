/* exchange_actions.c: the table of splits and dividends, and the file it is read from. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "exchange/serve_inner.h"

static struct xc_actions table;

static void add(uint16_t asset, day ex, int32_t num, int32_t den, int64_t cash)
{
	struct xc_action a = { .ex = ex, .pay = ex, .asset = asset, .num = num, .den = den,
			       .kind = cash > 0 ? XA_DIVIDEND : XA_SPLIT, .cash = { cash } };

	CHECK_INT(actions_add(&table, &a), OK, "an action has its place");
}

static px close_before(void *ctx, uint16_t asset, day ex)
{
	(void)asset;
	(void)ex;
	return *(px *)ctx;
}

void test_exchange_actions_table(void)
{
	day d = day_of(2024, 6, 10);
	int64_t num, den;
	uint32_t n;
	px close = { 100 * NUM_ONE };
	struct xc_action bad = { .ex = d, .pay = d - 1, .num = 2, .den = 1 };

	table.n = 0;
	add(1, d, 10, 1, 0);
	add(0, d + 5, 3, 2, 0);
	add(0, d, 4, 6, 0);
	add(0, d + 2, 0, 0, 2 * NUM_ONE);
	CHECK_INT(actions_of(&table, 0, d - 1, d + 5, &n)->ex, d, "the oldest comes first");
	CHECK_INT(n, 3, "of one share only, both ends of the time looked at");
	(void)actions_of(&table, 0, d, d + 4, &n);
	CHECK_INT(n, 1, "after is without, until is with its day");
	actions_factor(&table, 0, d - 1, d + 5, &num, &den);
	CHECK(num == 1 && den == 1, "2:3 and 3:2 make one again, not %lld:%lld", (long long)num,
	      (long long)den);
	actions_factor(&table, 0, d - 1, d + 4, &num, &den);
	CHECK(num == 2 && den == 3, "4:6 is 2:3");
	px p = actions_adjust(&table, 1, (px){ 1200 * NUM_ONE }, d - 1, d, ACTIONS_SPLIT,
			      close_before, &close);
	CHECK_INT(p.n, 120 * NUM_ONE, "a price from before 10:1 is a tenth");
	p = actions_adjust(&table, 0, (px){ 50 * NUM_ONE }, d, d + 4, ACTIONS_DIVIDEND,
			   close_before, &close);
	CHECK_INT(p.n, 49 * NUM_ONE, "2 of 100 dollars take a fiftieth off");
	close.n = 0;
	p = actions_adjust(&table, 0, (px){ 50 * NUM_ONE }, d, d + 4, ACTIONS_DIVIDEND,
			   close_before, &close);
	CHECK_INT(p.n, 50 * NUM_ONE, "without a close before it a dividend is left out");
	CHECK_INT(actions_add(&table, &bad), ERR_RANGE, "nothing is paid before its ex date");
	bad.pay = d;
	bad.den = 0;
	CHECK_INT(actions_add(&table, &bad), ERR_RANGE, "no split makes shares of none");
}

static void read_text(const char *text, enum err wanted, const char *words)
{
	char name[] = "/tmp/exchange-actions-......", why[256] = "";
	struct symbols symbols = { 0 };
	sym s;

	memset(name + strlen(name) - 6, 'X', 6);
	int fd = mkstemp(name);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "a file");
	(void)close(fd);
	log_init(LOG_ERROR, NULL, false);
	CHECK_INT(symbols_add(&symbols, STR("AAPL"), &s), OK, "a symbol");
	CHECK_INT(symbols_add(&symbols, STR("MSFT"), &s), OK, "a symbol");
	CHECK_INT(actions_read(&table, name, &symbols, why, sizeof(why)), wanted, "%s", text);
	if (words != NULL)
		CHECK(strstr(why, words) != NULL, "'%s' says '%s'", why, words);
	(void)unlink(name);
}

void test_exchange_actions_file(void)
{
	read_text("# from our broker\n\nsymbol,date,type,ratio,cash,pay\r\n"
		  "MSFT,2024-06-10,split,10:1\n"
		  "AAPL, 2024-08-12 ,dividend,,0.25,2024-08-15\n"
		  "ZZZZ,2024-08-12,dividend,,0.25,\n", OK, NULL);
	CHECK_INT(table.n, 2, "an action of a share that is not traded here is passed over");
	CHECK_INT(table.a[0].cash.n, NUM_ONE / 4, "a dividend's cash is read");
	CHECK_INT(table.a[0].pay, day_of(2024, 8, 15), "and when it is paid");
	CHECK_INT(table.a[1].num, 10, "a split's ratio is read");
	CHECK_INT(table.a[1].pay, table.a[1].ex, "without a pay date it is the ex date");

	read_text("", ERR_CONFIG, "is empty");
	read_text("date,symbol\n", ERR_CONFIG, ":1: the first line has to name");
	read_text("date,symbol,type,rate\n", ERR_CONFIG, "not 'rate'");
	read_text("date,symbol,type,ratio\n2024-06-31,AAPL,split,2:1\n", ERR_CONFIG, ":2: date");
	read_text("date,symbol,type,ratio\n2024-06-10,AAPL,merger,2:1\n", ERR_CONFIG, "'merger'");
	read_text("date,symbol,type,ratio\n2024-06-10,AAPL,split,2:0\n", ERR_CONFIG, "'2:0'");
	read_text("date,symbol,type,ratio\n2024-06-10,AAPL,split,2.5:1\n", ERR_CONFIG, "'2.5:1'");
	read_text("date,symbol,type,cash\n2024-06-10,AAPL,dividend,-1\n", ERR_CONFIG, "'-1'");
	read_text("date,symbol,type,cash\n2024-06-10,,dividend,1\n", ERR_CONFIG, "symbol is");
	read_text("date,symbol,type,cash,pay\n2024-06-10,AAPL,dividend,1,2024-06-09\n",
		  ERR_CONFIG, "not before date");
}

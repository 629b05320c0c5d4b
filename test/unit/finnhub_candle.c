/* Finnhub's candles, in the documented shape, with figures of our own. */
#include "check.h"

#include "finnhub/finnhub.h"

static uint32_t bars;

static void count(void *ctx, const struct bar *b)
{
	(void)ctx;
	bars += b->close.n == 217680000000;
}

static enum err read_of(const char *body)
{
	struct rows r;
	enum err e = finnhub_read(str_of(body), &r);

	bars = 0;
	return e == OK ? rows_bars(&r, 0, 60, count, NULL) : e;
}

void test_finnhub_request(void)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory);
	finnhub_head(&t, STR("BRK.B"), 900, 1727789400 * NS_SECOND, 1727790000 * NS_SECOND,
		     STR("k3y"));
	CHECK_STR(text_str(&t), "GET /api/v1/stock/candle?symbol=BRK.B&resolution=15"
		  "&from=1727789400&to=1727790000 HTTP/1.1\r\nX-Finnhub-Token: k3y\r\n"
		  "Accept: application/json\r\n", "the key is a header, not in the address");
}

void test_finnhub_candles(void)
{
	CHECK_INT(read_of("{\"c\":[217.68],\"h\":[222.49],\"l\":[217.19],\"o\":[221.03],"
			  "\"s\":\"ok\",\"t\":[1727789400],\"v\":[33463820]}"), OK, "a page");
	CHECK_INT(bars, 1, "its bar");
	CHECK_INT(read_of("{\"s\":\"no_data\"}"), OK, "an empty page");
	CHECK_INT(bars, 0, "has none");
	CHECK_INT(read_of("{\"s\":\"ok\",\"t\":[1727789400],\"o\":[1]}"), ERR_PARSE,
		  "columns that are missing");
	CHECK_INT(read_of("{\"error\":\"You don't have access to this resource.\"}"), ERR_PARSE,
		  "a refusal is no page");
	CHECK_INT(read_of("{\"s\":\"maybe\"}"), ERR_PARSE, "nor a word that is not known");
	CHECK_INT(read_of("nothing"), ERR_PARSE, "nor is that");
}

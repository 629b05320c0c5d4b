/* Yahoo's charts, in the shapes in which they were seen, with figures of our own. */
#include "check.h"

#include "yahoo/yahoo.h"

#define META "\"meta\":{\"currency\":\"USD\",\"symbol\":\"BRK-B\",\"exchangeName\":\"NYQ\"," \
	"\"gmtoffset\":-14400,\"timezone\":\"EDT\",\"regularMarketPrice\":460.5," \
	"\"currentTradingPeriod\":{\"pre\":{\"start\":1,\"end\":2}},\"dataGranularity\":\"5m\"," \
	"\"range\":\"\",\"validRanges\":[\"1d\",\"5d\"]}"
#define QUOTE "\"indicators\":{\"quote\":[{\"volume\":[0,700],\"open\":[460,461.25]," \
	"\"close\":[461,462],\"low\":[459.5,461],\"high\":[461.5,462.5]}]}"
#define CHART(inside) "{\"chart\":{\"result\":[{" inside "}],\"error\":null}}"

static uint32_t bars;

static void count(void *ctx, const struct bar *b)
{
	(void)ctx;
	(void)b;
	bars++;
}

static enum err read_of(const char *body)
{
	struct rows r;
	enum err e = yahoo_read(str_of(body), STR("BRK.B"), 300, &r);

	bars = 0;
	return e == OK ? rows_bars(&r, 0, 300, count, NULL) : e;
}

void test_yahoo_request(void)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof memory);
	yahoo_head(&t, STR("BRK.B"), 300, 1727789400 * NS_SECOND, 1727790000 * NS_SECOND);
	CHECK_STR(text_str(&t), "GET /v8/finance/chart/BRK-B?interval=5m&includePrePost=false"
		  "&period1=1727789400&period2=1727790000 HTTP/1.1\r\n"
		  "User-Agent: Mozilla/5.0\r\nAccept: application/json\r\n",
		  "a class of shares has a dash there");
}

void test_yahoo_charts(void)
{
	CHECK_INT(read_of(CHART(META ",\"timestamp\":[1727789400,1727789700]," QUOTE)), OK,
		  "a chart");
	CHECK_INT(bars, 2, "its bars");
	CHECK_INT(read_of(CHART(QUOTE ",\"timestamp\":[1727789400,1727789700]")), OK,
		  "without what it is of");
	CHECK_INT(bars, 2, "its bars");
	CHECK_INT(read_of(CHART(META ",\"indicators\":{\"quote\":[{}]}")), OK, "an empty one");
	CHECK_INT(bars, 0, "has none");
	CHECK_INT(read_of(CHART(META ",\"timestamp\":[1727789400]," QUOTE)), ERR_PARSE,
		  "starts and figures that do not go together");
}

void test_yahoo_answers_that_are_none(void)
{
	CHECK_INT(read_of("{\"chart\":{\"result\":null,\"error\":{\"code\":\"Not Found\","
			  "\"description\":\"No data found, symbol may be delisted\"}}}"),
		  ERR_NOTFOUND, "a symbol that it does not know");
	CHECK_INT(read_of("<html><body>Will be right back</body></html>"), ERR_PARSE,
		  "a page of excuses");
	CHECK_INT(read_of(""), ERR_PARSE, "nothing");
	CHECK_INT(read_of("{}"), ERR_PARSE, "another document");
	CHECK_INT(read_of("{\"chart\":{\"result\":[{" META ",\"timestamp\":[17277894"), ERR_PARSE,
		  "half of one");
	CHECK_INT(read_of(CHART("\"meta\":{\"symbol\":\"BRK-A\"}")), ERR_NOTFOUND,
		  "another symbol's");
	CHECK_INT(read_of(CHART("\"meta\":{\"currency\":\"GBp\"}")), ERR_NOTFOUND, "in pence");
	CHECK_INT(read_of(CHART("\"meta\":{\"dataGranularity\":\"1h\"}")), ERR_RANGE,
		  "hours instead of five minutes");
}

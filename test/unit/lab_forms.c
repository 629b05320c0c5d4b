#include "check.h"

#include "base/json.h"
#include "lab_run.h"

/* ---- text */

static void fits(struct str text, const char *what)
{
	int width = 0, lines = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] == '\n') {
			lines++;
			CHECK(width <= 100, "line %d of %s has %d columns", lines, what, width);
			width = 0;
		} else if (((unsigned char)text.s[i] & 0xc0) != 0x80) {
			width++;
		}
	}
	CHECK(lines > 10 && width == 0, "%s is lines", what);
	CHECK(strstr(text.s, "nan") == NULL && strstr(text.s, "inf") == NULL,
	      "%s: what has no value is a dash", what);
}

void test_text_fits_the_terminal(void)
{
	rig_run(RIG_DAYS, RIG_TRADES);
	fits(rig_print(lab_text), "the whole report");
	CHECK(strstr(rig.text, "\n  return                       +1.78 %        +11.79 %         "
		     "+4.48 %\n") != NULL, "returns stand beside each other");
	CHECK(strstr(rig.text, "\n  2023   -0.1   +0.2    0.0   +0.3   -0.2   +0.3  "
		     "  0.0   +0.1    0.0   +0.3   "
		     "+0.1   +0.1      +1.2\n") != NULL, "a line a year");
	CHECK(strstr(rig.text, "\n             9,000  band\n") != NULL, "the funnel");
	CHECK(strstr(rig.text, "\n  deepest: 2023-12-19 to 2024-03-01, 53 sessions; lowest "
		     "2024-01-24, by 261.20\n") != NULL, "the drawdown's dates");
	rig.instance[0].name = "a-name-as-long-as-it-may-be-31-c";
	fits(rig_print(lab_text), "one of a long name");
	CHECK(strstr(rig.text, "\n  a-name-as-long-as-it~      120") != NULL, "it is cut");
	rig.run.cash.n = 9000000 * NUM_ONE;
	for (uint32_t i = 0; i < RIG_DAYS; i++)
		rig.day[i].equity.n = (i % 2 == 0 ? 9000000 : 8999999 - i) * NUM_ONE;
	fits(rig_print(lab_text), "one of millions");
	rig_run(1, 1);
	fits(rig_print(lab_text), "one of a day");
	rig_run(0, 0);
	fits(rig_print(lab_text), "one of nothing");
	rig.run.title = "/home/pi/.config/gambler/with/a/long/way/to/it/gambler.ini";
	rig.run.cash = (usd){ 9000000000 * NUM_ONE };
	fits(rig_print(lab_text), "a rich one");
}

/* ---- JSON */

static int count_items(struct json *j)
{
	int n = 0;

	for (json_enter_array(j); json_next_item(j); n++)
		json_skip(j);
	return n;
}

void test_json_is_json(void)
{
	struct json j;
	struct str key;
	int equity = 0, months = 0, symbols = 0, verdicts = 0;

	rig_run(RIG_DAYS, RIG_TRADES);
	struct str text = rig_print(lab_json);
	CHECK(text.n > 0 && text.s[text.n - 1] == '\n', "one line");
	CHECK(memchr(text.s, '\n', text.n - 1) == NULL, "and not more");
	json_open(&j, text);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("equity")))
			equity = count_items(&j);
		else if (str_eq(key, STR("months")))
			months = count_items(&j);
		else if (str_eq(key, STR("symbols")))
			symbols = count_items(&j);
		else if (str_eq(key, STR("verdicts")))
			verdicts = count_items(&j);
		else
			json_skip(&j);
	}
	CHECK_INT(json_done(&j), OK, "it is well-formed: %s", j.why == NULL ? "" : j.why);
	CHECK_INT(equity, RIG_DAYS, "a point per session");
	CHECK_INT(months, 19, "a month each");
	CHECK_INT(symbols, 3, "symbols with trades");
	CHECK_INT(verdicts, 3, "verdicts");
	CHECK(strstr(text.s, "\"total_return\":0.017775,\"cagr\":0.011162,") != NULL, "ratios");
	CHECK(strstr(text.s, "\"dsr\":null,") != NULL, "what has no value is null");

	rig_run(0, 0);
	rig.run.title = "quo\"te \\ \n";
	text = rig_print(lab_json);
	json_open(&j, text);
	json_skip(&j);
	CHECK_INT(json_done(&j), OK, "that of nothing is well-formed, too");
}

void test_the_same_run_gives_the_same_bytes(void)
{
	static char before[sizeof(rig.text)];

	rig_run(RIG_DAYS, RIG_TRADES);
	struct str text = rig_print(lab_json);
	memcpy(before, text.s, text.n + 1);
	rig_run(RIG_DAYS, RIG_TRADES);
	CHECK(strcmp(before, rig_print(lab_json).s) == 0, "JSON twice");
}

/* ---- the page */

static int count_of(const char *what)
{
	int n = 0;

	for (const char *at = rig.text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

void test_page_needs_nothing_from_elsewhere(void)
{
	static const char *const never[] = { "<script", "url(", "src=", "href", "onload", "@import",
					     "http:", "https:", "nan", "null" };

	rig_run(RIG_DAYS, RIG_TRADES);
	struct str page = rig_print(lab_html);
	for (size_t i = 0; i < COUNT(never); i++)
		CHECK_INT(count_of(never[i]), 0, "the page has no %s", never[i]);
	CHECK_INT(count_of("default-src 'none'"), 1, "and tells the browser so");
	CHECK(str_starts(page, STR("<!doctype html>\n<html lang=\"en\">")), "it begins as a page");
	CHECK(page.n > 8 && memcmp(page.s + page.n - 8, "</html>\n", 8) == 0, "and ends as one");
}

void test_page_shows_what_there_is(void)
{
	rig_run(RIG_DAYS, RIG_TRADES);
	(void)rig_print(lab_html);
	CHECK_INT(count_of("<g class=\"won\">"), 135, "each winner is on a chart");
	CHECK_INT(count_of("<g class=\"lost\">"), 105, "each loser, too");
	CHECK_INT(count_of("<svg viewBox=\"0 0 1000 300\""), 5,
		  "equity, drawdown, and three symbols");
	CHECK_INT(count_of("<section>"), count_of("</section>"), "sections end");
	CHECK_INT(count_of("<table>"), count_of("</table>"), "tables end");
	CHECK(strstr(rig.text, "All 240 trades") != NULL, "the trades are listed");

	rig_run(1, 0);
	(void)rig_print(lab_html);
	CHECK(strstr(rig.text, "<svg viewBox=\"0 0 1000") == NULL, "one session is no curve");
	rig_run(30, 10);
	rig.run.title = "<b>&\"x\".ini";
	rig.instance[0].name = "a<b";
	(void)rig_print(lab_html);
	CHECK(strstr(rig.text, "<b>&\"") == NULL && strstr(rig.text, "a<b") == NULL &&
	      strstr(rig.text, "Backtest of &lt;b>&amp;&quot;x&quot;.ini</h1>") != NULL,
	      "names are words, not tags");
}

/* Flat prices, flat equity: nothing to divide by, and the axes end. */
void test_page_of_a_flat_market(void)
{
	rig_run(30, 0);
	for (uint32_t k = 0; k < RIG_NAMES; k++)
		for (uint32_t i = 0; i < 30; i++)
			rig.close[k][i] = (px){ 50 * NUM_ONE };
	(void)rig_print(lab_html);
	CHECK(count_of("<line ") >= 2 && count_of("<line ") < 40, "a few lines at round values");
	CHECK(strstr(rig.text, "nan") == NULL && strstr(rig.text, "null") == NULL, "and numbers");
}

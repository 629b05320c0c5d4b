/* fetch.c: `gambler fetch`: history from the broker into kept bars. */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/bars.h"
#include "cmd/rows.h"
#include "run/fetch.h"

struct setup {
	struct options o;
	const char *url, *feed, *adjustment;
	uint32_t span_s, symbols;
	const char *symbol[SYMBOLS_MAX];
	day  from, until;
	bool again;
};

#define MEMBER(m) ROW_MEMBER(struct setup, m)

static const char *read_symbol(void *setup, const char *value)
{
	struct setup *s = setup;

	if (s->symbols == SYMBOLS_MAX)
		return "no more than 1024 of them";
	s->symbol[s->symbols++] = value;
	return symbol_ok(str_of(value)) ? NULL : "a symbol like AAPL or BRK.B";
}

static const char *read_span(void *setup, const char *value)
{
	struct setup *s = setup;

	s->span_s = stored_span(str_of(value));
	return s->span_s != 0 ? NULL : "one of 1m 5m 15m 30m 60m 1d";
}

static const char *read_feed(void *setup, const char *value)
{
	struct setup *s = setup;
	struct str v = str_of(value);

	s->feed = value;
	return str_eq(v, STR("iex")) || str_eq(v, STR("sip")) ? NULL : "iex or sip";
}

static const char *read_adjustment(void *setup, const char *value)
{
	static const char *const words[] = { "raw", "split", "dividend", "all" };
	struct setup *s = setup;

	s->adjustment = value;
	for (size_t i = 0; i < COUNT(words); i++)
		if (str_eq(str_of(value), str_of(words[i])))
			return NULL;
	return "one of raw split dividend all";
}

static const struct row rows[] = {
	HEADING("Options"),
	{ WORDS, "SYMBOL            AAPL BRK.B …; none: those of the configuration",
		.read = read_symbol },
	{ DAY, "--from DATE       the first day, New York's (default: a year ago)", MEMBER(from) },
	{ DAY, "--to DATE         the last one (default: until now)", MEMBER(until) },
	{ OTHER, "--timeframe 1m    the bars' length: 1m (default) 5m 15m 30m 60m 1d",
		.read = read_span },
	{ OTHER, "--adjustment A    of prices before splits and dividends: raw, split\n"
		"                  (default), dividend, all", .read = read_adjustment },
	{ OTHER, "--feed F          iex or sip (default: [account] feed)", .read = read_feed },
	{ FLAG, "--again           also what is kept already: after a split", MEMBER(again), true },
	{ TEXT, "--url URL         http://127.0.0.1:9190 of a `gambler exchange`, say; otherwise\n"
		"                  [account] data_url", MEMBER(url) },
	{ TEXT, "-c FILE           the configuration (as for every command)", MEMBER(o.config) },
	{ OTHER, "--set KEY=VALUE   section.key=value: as if it were in the file",
		.read = rows_set },
	{ FLAG, "--json            an object a line, for each symbol", MEMBER(o.json), true },
};

void fetch_options_help(void)
{
	rows_help(rows, COUNT(rows));
	fputs("\nExit: 0 done, 1 failed (what came until then is kept), 2 usage,\n"
	      "78 configuration.\n"
	      "Example: gambler fetch AAPL SPY --from 2023-01-01 --timeframe 5m\n", stdout);
}

static void tell(void *ctx, const char *symbol, uint32_t span_s, const struct stored_did *did)
{
	const struct setup *s = ctx;

	if (did->total > 0 || s->o.json) {
		bars_tell(symbol, span_s, did, s->o.json);
		(void)fflush(stdout);
	} else {
		fprintf(stderr, "gambler fetch: %s: there are no bars of it in these days\n",
			symbol);
	}
}

static void say(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "gambler fetch: %s\n", line);
}

/* Where the mode's history is: sim's is made up, and somebody's to tell. */
static int find_url(struct setup *s, const struct config *c, char url[static CONFIG_TEXT + 8])
{
	struct text t;

	if (s->url != NULL || c->mode != MODE_SIM)
		return 0;
	if (c->exchange_connect[0] == '\0') {
		fprintf(stderr, "gambler fetch: in mode sim there is no history to fetch. Set keys "
			"(APCA_API_KEY_ID, APCA_API_SECRET_KEY), or --url http://ADDR:PORT of a "
			"`gambler exchange`\n");
		return EXIT_CONFIG;
	}
	text_init(&t, url, CONFIG_TEXT + 8);
	text_cstr(&t, "http://");
	text_cstr(&t, c->exchange_connect);
	s->url = text_done(&t);
	return 0;
}

static int fetch_all(const struct setup *s, const struct fetch_config *c)
{
	const struct symbols *ours = &c->config->symbols;
	uint32_t n = s->symbols > 0 ? s->symbols : ours->n;
	char why[STORED_WHY];
	struct fetch *f;
	enum err e = fetch_open(&f, c, why);

	if (e == OK) {
		for (uint32_t i = 0; i < n && e == OK; i++)
			e = fetch_symbol(f, s->symbols > 0 ? s->symbol[i] : ours->name[i], why);
		fetch_close(f);
	}
	if (e == OK)
		return EXIT_DONE;
	fprintf(stderr, "gambler fetch: %s\n", why);
	return e == ERR_CONFIG ? EXIT_CONFIG : EXIT_FAILED;
}

int cmd_fetch(int argc, char **argv)
{
	static struct setup s;		/* no initial values: the binary is smaller without */
	static struct config config;
	char folder[CONFIG_TEXT], url[CONFIG_TEXT + 8];

	s.span_s = 60;
	s.adjustment = "split";
	int code = rows_read("fetch", rows, COUNT(rows), &s, argc, argv);
	if (code == 0)
		code = options_config(&s.o, &config);
	if (code == 0)
		code = find_url(&s, &config, url);
	if (code != 0)
		return code;
	day today = ny_date(wall_ns());
	day first = s.from != 0 ? s.from : today - 365, last = s.until != 0 ? s.until : today;
	if (first > last)
		return usage_error("fetch", "--from is behind --to", "");
	if (!bars_folder(folder, &config))
		return usage_error("fetch", "the store's folder has too long a name", "");
	struct fetch_config c = {
		.config = &config, .url = s.url, .adjustment = s.adjustment, .folder = folder,
		.feed = s.feed != NULL ? s.feed : config.mode == MODE_SIM ? "sip" : config.feed,
		.span_s = s.span_s, .from = ny_time(first, 0, 0), .to = ny_time(last + 1, 0, 0),
		.again = s.again, .tell = tell, .say = say, .ctx = &s
	};
	return fetch_all(&s, &c);
}

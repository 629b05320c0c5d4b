/* exchange.c: `gambler exchange`: the embedded market on a port of its own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/exchange.h"
#include "exchange/serve.h"

const char help_exchange[] =
"Usage: gambler exchange [options]\n"
"A stock exchange with Alpaca's REST and WebSocket protocol, on this machine, with\n"
"generated or real prices. It is the market that `gambler run` trades on in mode sim.\n"
"\n"
"Prices\n"
"  --bars DIR        real 1- or 5-minute bars: *.csv with the header\n"
"                    symbol,timestamp,open,high,low,close,volume\n"
"  --symbols LIST    generated prices: for these, with commas (default: 16 well-known ones)\n"
"  --seed N          generated prices, order ids and partial fills (default 1)\n"
"  --start DATE      first day, YYYY-MM-DD    --until DATE   last day\n"
"  --spread BP       quoted spread in basis points (default 2, at least one cent)\n"
"  --extended-hours  play bars before the open and after the close, too\n"
"\n"
"Time\n"
"  --speed N         N times real time (default 60)\n"
"  --speed max       as fast as the clients that join acknowledge each instant\n"
"  --real-nights     nights and holidays take their time (else they are passed over)\n"
"  --until-end       exit when the market has ended and all clients are done\n"
"\n"
"Trading\n"
"  --cash N          to start with (default 100000)\n"
"  --partial PCT     share of orders that fill in parts (default 10)\n"
"  --slippage BP     against market and stop orders, in basis points (default 1)\n"
"  --fees            SEC, TAF and CAT fees as live charges them (paper charges none)\n"
"  --actions FILE    splits and dividends: *.csv with the header\n"
"                    date,symbol,type,ratio,cash,pay\n"
"  --pdt-fields      the account's day trading fields of before July 2026\n"
"  --latency MS      until an order is on the book (default 20)\n"
"\n"
"Serving\n"
"  --listen ADDR:PORT  (default 127.0.0.1:9190; port 0: any free one)\n"
"  --state FILE      go on after a stop, or kill -9, where it was\n"
"  --keys FILE       key id and secret, one a line, that clients must show; also from\n"
"                    APCA_API_KEY_ID and APCA_API_SECRET_KEY. Without: any pair will do\n"
"  --rate-limit N    requests a minute, then 429 (default 0: no limit)\n"
"  --text-frames     the trading stream in text frames, as live sends them\n";

enum option {
	O_BARS, O_SYMBOLS, O_SEED, O_START, O_UNTIL, O_SPREAD, O_EXTENDED, O_SPEED, O_NIGHTS,
	O_UNTIL_END, O_CASH, O_PARTIAL, O_SLIPPAGE, O_LATENCY, O_LISTEN, O_STATE, O_KEYS, O_RATE,
	O_TEXT, O_FEES, O_ACTIONS,
	O_PDT, O_COUNT
};

static const struct { const char *name; bool value; } option[O_COUNT] = {
	[O_BARS] = { "--bars", true },           [O_SYMBOLS] = { "--symbols", true },
	[O_SEED] = { "--seed", true },           [O_START] = { "--start", true },
	[O_UNTIL] = { "--until", true },         [O_SPREAD] = { "--spread", true },
	[O_EXTENDED] = { "--extended-hours", false }, [O_SPEED] = { "--speed", true },
	[O_NIGHTS] = { "--real-nights", false }, [O_UNTIL_END] = { "--until-end", false },
	[O_CASH] = { "--cash", true },           [O_PARTIAL] = { "--partial", true },
	[O_SLIPPAGE] = { "--slippage", true },   [O_LATENCY] = { "--latency", true },
	[O_LISTEN] = { "--listen", true },       [O_STATE] = { "--state", true },
	[O_KEYS] = { "--keys", true },           [O_RATE] = { "--rate-limit", true },
	[O_TEXT] = { "--text-frames", false },   [O_FEES] = { "--fees", false },
	[O_ACTIONS] = { "--actions", true },     [O_PDT] = { "--pdt-fields", false },
};

static const char some_symbols[] =
	"AAPL,MSFT,GOOGL,AMZN,TSLA,NVDA,META,AMD,SPY,QQQ,IWM,EEM,FXI,GLD,TLT,USO";

static atomic_bool stop;

static void on_signal(int number)
{
	(void)number;
	atomic_store(&stop, true);
}

/* ---- unknown options */

static const char *option_name(void *ctx, uint32_t i)
{
	(void)ctx;
	return i < O_COUNT ? option[i].name : NULL;
}

static int unknown(const char *word)
{
	const char *near = word_nearest(str_of(word), option_name, NULL);

	fprintf(stderr, "gambler exchange: unknown option '%.60s'%s%s%s Try 'gambler help "
		"exchange'.\n", word, near != NULL ? ", did you mean " : "",
		near != NULL ? near : "", near != NULL ? "?" : ".");
	return EXIT_USAGE;
}

static int bad_value(enum option o, const char *value, const char *wanted)
{
	fprintf(stderr, "gambler exchange: %s '%.60s': %s. Try 'gambler help exchange'.\n",
		option[o].name, value, wanted);
	return EXIT_USAGE;
}

/* ---- reading */

struct setup {
	struct exchange_config c;
	struct symbols symbols;
	bool until_end;
	char key[2][128];
};

static bool whole(const char *s, int64_t low, int64_t high, int64_t *v)
{
	int64_t n;

	if (num_parse(&n, str_of(s)) != OK || n % NUM_ONE != 0)
		return false;
	*v = n / NUM_ONE;
	return *v >= low && *v <= high;
}

/* "2.5" basis points as 250 hundredths. */
static bool centi(const char *s, int *v)
{
	int64_t n;

	if (num_parse(&n, str_of(s)) != OK || n < 0 || n > 1000 * NUM_ONE ||
	    n % (NUM_ONE / 100) != 0)
		return false;
	*v = (int)(n / (NUM_ONE / 100));
	return true;
}

static bool read_symbols(struct symbols *t, const char *list)
{
	struct str rest = str_of(list);
	sym s;

	t->n = 0;
	while (rest.n > 0)
		if (symbols_add(t, str_trim(str_cut(&rest, ',')), &s) != OK)
			return false;
	return t->n > 0;
}

static bool read_keys(struct setup *s, const char *file)
{
	char line[160];
	FILE *f = fopen(file, "re");
	bool fine = f != NULL;

	for (int i = 0; i < 2 && fine; i++)
		fine = fgets(line, sizeof(line), f) != NULL &&
		       str_copy(s->key[i], sizeof(s->key[i]),
				(struct str){ line, strcspn(line, "\r\n") }) &&
		       s->key[i][0] != '\0';
	if (f != NULL)
		(void)fclose(f);
	if (fine) {
		s->c.key = s->key[0];
		s->c.secret = s->key[1];
	}
	return fine;
}

static int read_speed(struct setup *s, const char *v)
{
	int64_t n;

	if (str_eq(str_of(v), STR("max"))) {
		s->c.lockstep = true;
		return 0;
	}
	if (num_parse(&n, str_of(v)) != OK || n < NUM_ONE / 1000 || n > 100000 * NUM_ONE)
		return bad_value(O_SPEED, v, "times real time, up to 100000, or 'max'");
	s->c.lockstep = false;
	s->c.speed_milli = n / (NUM_ONE / 1000);
	return 0;
}

static int read_price_option(struct setup *s, enum option o, const char *v)
{
	int64_t n;

	switch (o) {
	case O_BARS:
		s->c.market.bars_dir = v;
		return 0;
	case O_SYMBOLS:
		return read_symbols(&s->symbols, v) ? 0
			: bad_value(o, v, "symbols like AAPL,BRK.B, at most 128");
	case O_SEED:
		if (!whole(v, 0, 9000000000, &n))
			return bad_value(o, v, "a whole number");
		s->c.market.seed = s->c.core.seed = (uint64_t)n;
		return 0;
	case O_START:
		return date_parse(&s->c.market.start, str_of(v)) ? 0
			: bad_value(o, v, "a day like 2024-10-01");
	case O_UNTIL:
		return date_parse(&s->c.market.until, str_of(v)) ? 0
			: bad_value(o, v, "a day like 2024-10-01");
	case O_SPREAD:
		return centi(v, &s->c.market.spread_bp_centi) ? 0
			: bad_value(o, v, "basis points with at most two decimals");
	case O_EXTENDED:
		s->c.market.extended_hours = true;
		return 0;
	default:
		return unknown(option[o].name);
	}
}

static int read_trade_option(struct setup *s, enum option o, const char *v)
{
	int64_t n;

	switch (o) {
	case O_FEES:
		s->c.core.fees = true;
		return 0;
	case O_ACTIONS:
		s->c.actions_file = v;
		return 0;
	case O_PDT:
		s->c.pdt_fields = true;
		return 0;
	case O_CASH:
		if (num_parse(&n, str_of(v)) != OK || n < 0 || n > 1000000000 * NUM_ONE)
			return bad_value(o, v, "dollars, up to a billion");
		s->c.core.cash.n = n;
		return 0;
	case O_PARTIAL:
		if (!whole(v, 0, 100, &n))
			return bad_value(o, v, "0 to 100");
		s->c.core.partial_pct = (int32_t)n;
		return 0;
	case O_SLIPPAGE:
		return centi(v, &s->c.core.slippage_bp_centi) ? 0
			: bad_value(o, v, "basis points with at most two decimals");
	case O_LATENCY:
		if (!whole(v, 0, 10000, &n))
			return bad_value(o, v, "milliseconds, 0 to 10000");
		s->c.core.latency = n * NS_MS;
		return 0;
	case O_RATE:
		if (!whole(v, 0, 1000000, &n))
			return bad_value(o, v, "requests a minute");
		s->c.rate_limit = (int32_t)n;
		return 0;
	default:
		return read_price_option(s, o, v);
	}
}

static int read_option(struct setup *s, enum option o, const char *v)
{
	switch (o) {
	case O_SPEED:
		return read_speed(s, v);
	case O_NIGHTS:
		s->c.skip_closed = false;
		return 0;
	case O_UNTIL_END:
		s->until_end = true;
		return 0;
	case O_LISTEN:
		s->c.listen = v;
		return 0;
	case O_STATE:
		s->c.state_file = v;
		return 0;
	case O_KEYS:
		return read_keys(s, v) ? 0 : bad_value(o, v, "a file with the key id in its first "
						      "line and the secret in its second");
	case O_TEXT:
		s->c.json_frames_text = true;
		return 0;
	default:
		return read_trade_option(s, o, v);
	}
}

static int read_all(struct setup *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		struct str name = equals != NULL
			? (struct str){ argv[i], (size_t)(equals - argv[i]) } : str_of(argv[i]);
		int o = 0;
		while (o < O_COUNT && !str_eq(name, str_of(option[o].name)))
			o++;
		if (o == O_COUNT)
			return unknown(argv[i]);
		const char *value = equals != NULL ? equals + 1 : "";
		if (option[o].value && equals == NULL) {
			if (i + 1 == argc)
				return bad_value((enum option)o, "", "a value must follow");
			value = argv[++i];
		} else if (!option[o].value && equals != NULL) {
			return bad_value((enum option)o, value, "takes no value");
		}
		int status = read_option(s, (enum option)o, value);
		if (status != 0)
			return status;
	}
	if (s->c.market.bars_dir != NULL && s->symbols.n > 0) {
		fprintf(stderr, "gambler exchange: --symbols is for generated prices; --bars plays "
			"what its files hold. Try 'gambler help exchange'.\n");
		return EXIT_USAGE;
	}
	return 0;
}

/* ---- running */

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static void defaults(struct setup *s)
{
	s->c = (struct exchange_config){
		.market = {
			.seed = 1, .spread_bp_centi = 200, .history_sessions = 12,
			.complain = complain
		},
		.core = {
			.orders_max = 1 << 17, .accounts = 1, .seed = 1,
			.cash = { 100000 * NUM_ONE }, .partial_pct = 10, .latency = 20 * NS_MS,
			.slippage_bp_centi = 100, .shorting = true, .multiplier = 4
		},
		.listen = "127.0.0.1:9190", .speed_milli = 60000, .skip_closed = true
	};
	s->c.key = getenv("APCA_API_KEY_ID");
	s->c.secret = getenv("APCA_API_SECRET_KEY");
	if (s->c.key == NULL || s->c.secret == NULL || s->c.key[0] == '\0')
		s->c.key = s->c.secret = NULL;
}

static void greet(const struct setup *s, const struct exchange *x)
{
	unsigned port = exchange_port(x);
	size_t host = strcspn(s->c.listen, ":");
	const char *colon = strrchr(s->c.listen, ':');

	if (colon != NULL)
		host = (size_t)(colon - s->c.listen);
	const char *address = host == 0 ? "127.0.0.1" : s->c.listen;
	int n = host == 0 ? 9 : (int)host;
	fprintf(stderr, "exchange: http://%.*s:%u (%s prices, %s)\n", n, address, port,
		s->c.market.bars_dir != NULL ? "real" : "generated",
		s->c.lockstep ? "lockstep: POST /sim/join starts the clock" : "scaled time");
	fprintf(stderr, "exchange: a client is pointed at it with "
		"APCA_API_BASE_URL=http://%.*s:%u APCA_API_DATA_URL=http://%.*s:%u and %s\n",
		n, address, port, n, address, port,
		s->c.key != NULL ? "the key pair it was given" : "any key pair");
}

int cmd_exchange(int argc, char **argv)
{
	static struct setup s;		/* larger than a small stack likes */
	struct sigaction act = { .sa_handler = on_signal };
	struct exchange *x;
	char why[256] = "";

	defaults(&s);
	int status = read_all(&s, argc, argv);
	if (status != 0)
		return status;
	if (s.symbols.n == 0 && !read_symbols(&s.symbols, some_symbols))
		return EXIT_FAILED;
	s.c.market.symbols = &s.symbols;
	log_init(LOG_INFO, NULL, false);
	(void)sigaction(SIGINT, &act, NULL);
	(void)sigaction(SIGTERM, &act, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	enum err e = exchange_open(&x, &s.c, why, sizeof(why));
	if (e != OK) {
		fprintf(stderr, "gambler exchange: %s\n", why[0] != '\0' ? why : err_text(e));
		return EXIT_FAILED;
	}
	greet(&s, x);
	exchange_run(x, &stop, s.until_end);
	exchange_close(x);
	return 0;
}

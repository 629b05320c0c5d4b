/* The keys. This table is the manual: gambler.ini is made of it. */
#include "run/config_inner.h"

#define AT(field) offsetof(struct config, field)
#define IN(field) offsetof(struct draft, field)

/* gambler.ini, which travels inside the binary, says it all already: these texts are compiled only
 * into the tests, whose libc is the host's; they hold the two together. */
#ifdef __GLIBC__
#define H(text) text
#else
#define H(text) NULL
#endif

const struct key config_keys[] = {
	{ "account", "mode", KEY_CHOICE, AT(mode_asked), "auto", 0, 0, "auto|sim|paper|live",
	  H("sim: the exchange inside this program, made-up money. paper: Alpaca, made-up money. "
	  "live: Alpaca, real money. auto: paper when there are keys, else sim") },
	{ "account", "live", KEY_TEXT, AT(live_word), "", 0, 32, NULL,
	  H("real money wants mode = live and, here, the words yes-i-mean-it") },
	{ "account", "key_file", KEY_TEXT, AT(key_file), "", 0, CONFIG_TEXT, NULL,
	  H("a file of mode 0600 with the two lines APCA_API_KEY_ID=… and APCA_API_SECRET_KEY=…; "
	  "the environment goes before it") },
	{ "account", "trading_url", KEY_TEXT, AT(trading_url), "", 0, CONFIG_TEXT, NULL,
	  H("orders and account; empty: Alpaca's address for paper or for live") },
	{ "account", "data_url", KEY_TEXT, AT(data_url), "https://data.alpaca.markets", 0,
	  CONFIG_TEXT, NULL, H("past bars") },
	{ "account", "stream_url", KEY_TEXT, AT(stream_url), "https://stream.data.alpaca.markets",
	  0, CONFIG_TEXT, NULL, H("bars as they happen") },
	{ "account", "feed", KEY_TEXT, AT(feed), "iex", 0, 16, "iex|sip",
	  H("iex: the free plan, one venue with few trades. sip: all venues, a paid plan") },
	{ "account", "ca_file", KEY_TEXT, AT(ca_file), "", 0, CONFIG_TEXT, NULL,
	  H("PEM file with the only authorities to believe; empty: those of Mozilla's that "
	    "serve the world, which are built in") },
	{ "account", "requests_per_minute", KEY_INT, AT(requests_per_minute), "180", 10, 10000,
	  NULL, H("of the 200 that Alpaca allows; cancels and exits go first") },
	{ "data", "fallback", KEY_CHOICE, AT(fallback), "none", 0, 0, "none|yahoo|finnhub",
	  H("who is asked for bars while the broker's do not come, in paper and live. It then "
	  "sees your symbols. yahoo: no key, no promise. finnhub: a paid key, FINNHUB_API_KEY "
	  "where the broker's are") },
	{ "data", "url", KEY_TEXT, AT(fallback_url), "", 0, CONFIG_TEXT, NULL,
	  H("empty: the provider's own address") },
	{ "data", "fallback_trading", KEY_BOOL, AT(fallback_trading), "no", 0, 0, NULL,
	  H("no: on a day that has seen its bars nothing is entered, since their volumes are of "
	  "all venues and those of iex of one; exits go on") },
	{ "market", "benchmark", KEY_TEXT, AT(benchmark), "SPY", 0, SYMBOL_TEXT, NULL,
	  H("the symbol with which relative strength compares; empty: none") },
	{ "risk", "max_positions", KEY_INT, AT(account_limits.positions_max), "15", 1, 256, NULL,
	  H("open trades of all instances, and symbols of which others hold shares") },
	{ "risk", "day_loss", KEY_BP, AT(account_limits.day_loss_bp), "10%", 0.1, 100, NULL,
	  H("when this much of the day's first equity is lost: no entries until tomorrow") },
	{ "risk", "margin_max", KEY_BP, AT(account_limits.margin_bp), "50%", 0, 400, NULL,
	  H("no entries when initial margin would be more than this part of equity") },
	{ "risk", "cash_min", KEY_BP, AT(account_limits.cash_bp), "20%", 0, 100, NULL,
	  H("entries must leave this part of equity in cash") },
	{ "store", "folder", KEY_TEXT, AT(folder), "gambler.data", 0, CONFIG_TEXT, NULL,
	  H("where everything is kept; each mode has a folder of its own in it: sim, paper, "
	    "live") },
	{ "store", "journal", KEY_BOOL, AT(journal), "yes", 0, 0, NULL,
	  H("keeps what each instance was told, 30 days of it: `gambler parity` plays a day "
	    "again") },
	{ "server", "listen", KEY_TEXT, AT(listen), "127.0.0.1:9090", 0, CONFIG_TEXT, NULL,
	  H("dashboard and API, ADDRESS:PORT; empty: none. An address that others can reach needs "
	  "a token") },
	{ "server", "token", KEY_SECRET, AT(token), "", 0, 128, NULL,
	  H("at least 22 characters, sent as Authorization: Bearer; or sha256: and its digest "
	  "(`gambler init token` makes both). Also GAMBLER_SERVER_TOKEN in the environment") },
	{ "server", "read_token", KEY_SECRET, AT(read_token), "", 0, 128, NULL,
	  H("another one, for who may look but give no commands; GAMBLER_SERVER_READ_TOKEN") },
	{ "run", "sandbox", KEY_CHOICE, AT(sandbox), "auto", 0, 0, "auto|require|off",
	  H("files, network and system calls that it does not need are given away after the start "
	  "(Landlock, seccomp). auto: as far as the kernel has it. require: else nothing starts") },
	{ "log", "level", KEY_CHOICE, AT(log_level), "info", 0, 0, "error|warn|info|debug",
	  H("how much is told on stderr") },
	{ "log", "json", KEY_BOOL, AT(log_json), "no", 0, 0, NULL, H("one JSON object a line") },
	{ "exchange", "connect", KEY_TEXT, AT(exchange_connect), "", 0, 57, NULL,
	  H("in mode sim: ADDRESS:PORT of a `gambler exchange`; empty: one inside this program") },
	{ "exchange", "bars", KEY_TEXT, AT(bars), "", 0, CONFIG_TEXT, NULL,
	  H("folder with CSV files of real bars to replay; empty: made-up prices") },
	{ "exchange", "seed", KEY_U64, AT(seed), "1", 0, 9e9, NULL,
	  H("of the made-up prices: another number, another market") },
	{ "exchange", "speed", KEY_SPEED, AT(speed_milli), "60", 0.001, 100000, NULL,
	  H("times real time; max: in lockstep, as fast as it goes (also for connect)") },
	{ "exchange", "start", KEY_DATE, AT(start), "", 0, 0, NULL,
	  H("first session, as 2024-10-01; empty: that of the bars, or 2024-01-02") },
	{ "exchange", "until", KEY_DATE, AT(until), "", 0, 0, NULL,
	  H("last session; empty: that of the bars, or none") },
	{ "exchange", "cash", KEY_USD, AT(cash), "250000", 1, 1e9, NULL, H("to start with") },
	{ "exchange", "partial", KEY_INT, AT(partial_pct), "10", 0, 100, NULL,
	  H("how many orders of a hundred are filled in parts") },
	{ "exchange", "spread", KEY_BP_CENTI, AT(spread_bp_centi), "2bp", 0, 500, NULL,
	  H("between bid and ask, in hundredths of a per cent; at least one cent") },
	{ "exchange", "slippage", KEY_BP_CENTI, AT(slippage_bp_centi), "1bp", 0, 500, NULL,
	  H("against market and stop orders") },
	{ "exchange", "skip_closed", KEY_BOOL, AT(skip_closed), "yes", 0, 0, NULL,
	  H("nights and holidays take no time") },
	{ "exchange", "scenario", KEY_TEXT, AT(scenario), "", 0, 32, NULL,
	  H("a bad day of the exchange inside: gambler exchange --scenario list") },
	{ "exchange", "faults", KEY_TEXT, AT(faults), "", 0, CONFIG_TEXT, NULL,
	  H("rules of your own by which it misbehaves: gambler help faults") },
	{ 0 },
};

const struct key instance_keys[] = {
	{ "instance", "enabled", KEY_BOOL, IN(enabled), "yes", 0, 0, NULL,
	  H("no: as if it were not here") },
	{ "instance", "strategy", KEY_TEXT, IN(strategy), "", 0, 64, NULL,
	  H("NAME of a [strategy NAME]; required") },
	{ "instance", "symbols", KEY_SYMBOLS, IN(symbols), "", 0, 0, NULL,
	  H("what it trades, separated by blanks; required. The free plan streams 30 in all") },
	{ "instance", "benchmark", KEY_TEXT, IN(benchmark), "", 0, SYMBOL_TEXT, NULL,
	  H("empty: that of [market]; none: no relative strength") },
	{ "instance", "timeframe", KEY_TIMEFRAME, IN(c.timeframe_s), "5m", 0, 0,
	  "1m|5m|15m|30m|60m", H("length of the bars it decides on") },
	{ "instance", "history", KEY_CHOICE, IN(c.history), "session", 0, 0, "session|all",
	  H("which bars count: those of the session, or before and after it too") },
	{ "instance", "interval", KEY_DURATION, IN(c.interval), "60s", 1, 86400, NULL,
	  H("least time between two scans; a scan comes with a closed bar") },
	{ "instance", "sides", KEY_SIDES, IN(c.sides), "long", 0, 0, "long|short|both",
	  H("long: buys first. short: sells borrowed shares first") },
	{ "instance", "position", KEY_USD, IN(c.position), "10000", 1, 1e9, NULL, H("per trade") },
	{ "instance", "capital", KEY_USD, IN(c.limits.capital), "50000", 1, 1e9, NULL,
	  H("all its positions and open entries together") },
	{ "instance", "order_max", KEY_USD, IN(order_max), "0", 0, 1e9, NULL,
	  H("cap per order; 0: a quarter more than position, or than the size of rules") },
	{ "instance", "max_positions", KEY_INT, IN(c.limits.positions_max), "8", 1, 32, NULL,
	  H("open trades at a time") },
	{ "instance", "day_loss", KEY_BP, IN(c.limits.day_loss_bp), "5%", 0.1, 100, NULL,
	  H("when this much of its capital is lost: no entries until tomorrow") },
	{ "instance", "losses_in_row", KEY_INT, IN(c.limits.losses_in_row_max), "10", 1, 1000,
	  NULL, H("after so many: no entries until tomorrow") },
	{ "instance", "orders_per_minute", KEY_INT, IN(c.limits.orders_minute_max), "20", 1, 200,
	  NULL, H("no entries while the last minute has seen so many") },
	{ "instance", "orders_per_day", KEY_INT, IN(c.limits.orders_day_max), "400", 1, 10000,
	  NULL, H("no entries after so many") },
	{ "instance", "stale_after", KEY_DURATION, IN(c.limits.stale_after), "0", 0, 86400, NULL,
	  H("entries want a newest bar no older than this; 0: two bars") },
	{ "instance", "window", KEY_WINDOW, IN(c.window_from), "session", 0, 0, NULL,
	  H("when entries are made, New York time, as 09:30-12:00; session: all day") },
	{ "instance", "skip_open", KEY_DURATION, IN(c.skip_open), "5m", 0, 23400, NULL,
	  H("no entries for so long after the open") },
	{ "instance", "flat_before_close", KEY_DURATION, IN(c.flat_before_close), "15m", 0, 23400,
	  NULL, H("so long before the close everything is closed") },
	{ "instance", "hold_overnight", KEY_BOOL, IN(c.hold_overnight), "no", 0, 0, NULL,
	  H("yes: nothing is closed at the end of the day") },
	{ "instance", "level_base", KEY_CHOICE, IN(c.level_base), "signal", 0, 0, "signal|fill",
	  H("what stop and target are measured from. signal: the signal bar's close. fill: what "
	  "was paid; they go out with the entry all the same, and are moved when it is filled") },
	{ "instance", "relative_strength", KEY_INT, IN(c.filters.strength), "0", 0, 1000, NULL,
	  H("entries want a gain of so many bars above the benchmark's (short: below); 0: no") },
	{ "instance", "regime", KEY_REGIME, IN(c.filters.regime), "any", 0, 0,
	  "any|bull|bear|range|high|low",
	  H("entries want the benchmark's days to be like that: a trend, how much they vary, or "
	  "several, as bull range low") },
	{ "instance", "filter", KEY_TEXT, IN(c.filters.text), "", 0, FILTER_TEXT, NULL,
	  H("entries want this to hold, as: tf(60m, close > ema(21)); gambler help rules") },
	{ "instance", "scan", KEY_CHOICE, IN(c.filters.scan), "none", 0, 0,
	  "none|movers|volume|gap|volatility|strength",
	  H("entries only in the day's first by this: change since yesterday, volume, gap, daily "
	  "range, lead over the benchmark") },
	{ "instance", "scan_top", KEY_INT, IN(c.filters.scan_top), "5", 1, ENGINE_SYMBOLS, NULL,
	  H("how many of them") },
	{ "instance", "scan_at", KEY_DURATION, IN(c.filters.scan_at), "5m", 60, 23400, NULL,
	  H("after the open they are chosen, and before nothing is entered") },
	{ "instance", "scan_price_min", KEY_USD, IN(c.filters.scan_price_min), "10", 0, 1e6, NULL,
	  H("among those that cost at least this") },
	{ "instance", "scan_price_max", KEY_USD, IN(c.filters.scan_price_max), "1000", 0, 1e6,
	  NULL, H("and no more than this") },
	{ "instance", "scan_volume", KEY_U64, IN(c.filters.scan_volume), "1000000", 0, 9e9, NULL,
	  H("with at least so many shares a day, mean of ten; the feed iex sees few of them") },
	{ "instance", "breakers_by_hand", KEY_BOOL, IN(c.breakers_by_hand), "no", 0, 0, NULL,
	  H("a day's loss or losses in a row stop entries until `gambler resume`, not until "
	  "tomorrow") },
	{ 0 },
};

#ifdef __GLIBC__
/* What is shipped: the five instances of the original system, with numbers that do trade.
 * One-minute bars, so that the demo shows something within minutes. */
const char *const shipped_strategies =
	"; ==== What is shipped: five instances, each a strategy on its own list of symbols, with\n"
	"; numbers that trade now and then; the original ones hardly ever do, and are a preset\n"
	"; away. Change what you like; `gambler check` reads it. Together they have 34 symbols;\n"
	"; the free plan streams 30, and the last four of the list get no bars there.\n"
	"\n"
	"; Buys a stock that fell far below its usual range. Two of three must hold: the close\n"
	"; is at or below the lower Bollinger band, RSI is below 30, volume is above three times\n"
	"; its mean. Sold 1 % lower (the stop), 2 % higher (the target), or after 30 minutes.\n"
	"; The preset literal wants all three, strictly, ahead of the benchmark, as no stock that\n"
	"; falls like that is for long: 3 to 33 signals in 100,000 bars.\n"
	"[strategy oversold]\n"
	"use = mean_reversion\n"
	"preset = classic\n"
	"\n"
	"; The same for funds, which move less: narrower bands, RSI below 25, a stop at 0.8 %,\n"
	"; sold at the middle band. The preset wants all three; two of three trade more often.\n"
	"[strategy oversold-etf]\n"
	"use = mean_reversion\n"
	"preset = etf\n"
	"need = 2\n"
	"\n"
	"; Buys what leaves a narrow range upwards on volume. preset = classic or strict: only\n"
	"; after 20 bars with an ATR below half of its mean, which was never seen in 378,000\n"
	"; real bars.\n"
	"[strategy breakout]\n"
	"use = volatility_breakout\n"
	"preset = lively\n"
	"\n"
	"; Buys what has risen fast on volume. preset = literal asks besides whether such moves\n"
	"; have gone on in the past, and wants to be 80 % sure that six of ten do: with an even\n"
	"; chance, which is what most markets have, that stays shut. Here it is not asked, and\n"
	"; the move is one of minutes.\n"
	"[strategy fast]\n"
	"use = momentum\n"
	"preset = lively\n"
	"continuation = off\n"
	"min_move = 0.4%\n"
	"\n"
	"; What suits the regime of each stock, by its days: its trend, and how much it moves.\n"
	"; Until it knows them, half sizes of the most careful. The instance lets only those\n"
	"; enter that are ahead of the benchmark.\n"
	"[strategy regimes]\n"
	"use = adaptive\n"
	"preset = lively\n"
	"\n"
	"; Large technology stocks.\n"
	"[instance mean-reversion-bull]\n"
	"strategy = oversold\n"
	"symbols = AAPL MSFT GOOGL AMZN TSLA NVDA META AMD\n"
	"timeframe = 1m\n"
	"sides = long\n"
	"position = 10000\n"
	"capital = 50000\n"
	"interval = 60s\n"
	"max_positions = 10\n"
	"\n"
	"; Funds: markets, countries, gold, bonds, oil.\n"
	"[instance mean-reversion-bear]\n"
	"strategy = oversold-etf\n"
	"symbols = SPY QQQ IWM EEM FXI GLD TLT USO\n"
	"timeframe = 1m\n"
	"sides = long\n"
	"position = 8000\n"
	"capital = 45000\n"
	"interval = 45s\n"
	"max_positions = 8\n"
	"\n"
	"; Software, chips, payments.\n"
	"[instance volatility-breakout]\n"
	"strategy = breakout\n"
	"symbols = ADBE CSCO INTC QCOM PYPL AVGO\n"
	"timeframe = 1m\n"
	"sides = long\n"
	"position = 12000\n"
	"capital = 40000\n"
	"interval = 30s\n"
	"max_positions = 6\n"
	"\n"
	"; What tends to run.\n"
	"[instance momentum]\n"
	"strategy = fast\n"
	"symbols = NFLX ASML GILD ABNB SBUX COST\n"
	"timeframe = 1m\n"
	"sides = long\n"
	"position = 10000\n"
	"capital = 45000\n"
	"interval = 60s\n"
	"max_positions = 8\n"
	"\n"
	"; Only while ahead of SPY over the last 20 bars.\n"
	"[instance relative-strength]\n"
	"strategy = regimes\n"
	"symbols = PEP CMCSA TXN ORCL CRM NOW\n"
	"relative_strength = 20\n"
	"timeframe = 1m\n"
	"sides = long\n"
	"position = 10000\n"
	"capital = 50000\n"
	"interval = 60s\n"
	"max_positions = 8\n";
#endif

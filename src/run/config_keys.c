/* The keys. This table is the manual: gambler.ini and `gambler help ini` are made of it. */
#include "run/config_inner.h"

#define AT(field) offsetof(struct config, field)
#define IN(field) offsetof(struct draft, field)

const struct key config_keys[] = {
	{ "account", "mode", KEY_CHOICE, AT(mode_asked), "auto", 0, 0, "auto|sim|paper|live",
	  "sim: the exchange inside this program; paper, live: Alpaca. auto: paper when there are "
	  "keys, else sim" },
	{ "account", "live", KEY_TEXT, AT(live_word), "", 0, 32, NULL,
	  "trading with real money wants mode = live and here: yes-i-mean-it" },
	{ "account", "key_file", KEY_TEXT, AT(key_file), "", 0, CONFIG_TEXT, NULL,
	  "file of mode 0600 with APCA_API_KEY_ID=… and APCA_API_SECRET_KEY=…; the environment "
	  "goes before it" },
	{ "account", "trading_url", KEY_TEXT, AT(trading_url), "", 0, CONFIG_TEXT, NULL,
	  "empty: Alpaca's, by mode" },
	{ "account", "data_url", KEY_TEXT, AT(data_url), "https://data.alpaca.markets", 0, CONFIG_TEXT,
	  NULL, "history" },
	{ "account", "stream_url", KEY_TEXT, AT(stream_url), "https://stream.data.alpaca.markets", 0,
	  CONFIG_TEXT, NULL, "live bars" },
	{ "account", "feed", KEY_TEXT, AT(feed), "iex", 0, 16, NULL,
	  "iex (free plan, one venue: thin) or sip" },
	{ "account", "ca_file", KEY_TEXT, AT(ca_file), "", 0, CONFIG_TEXT, NULL,
	  "PEM file of the only authorities to believe; empty: the embedded Mozilla roots" },
	{ "account", "requests_per_minute", KEY_INT, AT(requests_per_minute), "180", 10, 10000, NULL,
	  "of Alpaca's 200; cancels and exits go first" },
	{ "market", "benchmark", KEY_TEXT, AT(benchmark), "SPY", 0, SYMBOL_TEXT, NULL,
	  "for the relative-strength filter" },
	{ "risk", "max_positions", KEY_INT, AT(account_limits.positions_max), "15", 1, 256, NULL,
	  "open trades of all instances together" },
	{ "risk", "day_loss", KEY_BP, AT(account_limits.day_loss_bp), "10%", 0.1, 100, NULL,
	  "of the day's first equity: then no entries until tomorrow" },
	{ "risk", "margin_max", KEY_BP, AT(account_limits.margin_bp), "50%", 0, 400, NULL,
	  "initial margin over equity" },
	{ "risk", "cash_min", KEY_BP, AT(account_limits.cash_bp), "20%", 0, 100, NULL,
	  "cash over equity that entries must leave" },
	{ "store", "folder", KEY_TEXT, AT(folder), "gambler.data", 0, CONFIG_TEXT, NULL,
	  "each mode has its own folder in it (sim, paper, live)" },
	{ "server", "listen", KEY_TEXT, AT(listen), "127.0.0.1:9090", 0, CONFIG_TEXT, NULL,
	  "dashboard and API; empty: none. An address that others reach needs a token" },
	{ "server", "token", KEY_SECRET, AT(token), "", 0, 128, NULL,
	  "at least 22 characters; sent as Authorization: Bearer. Better in the environment: "
	  "GAMBLER_SERVER_TOKEN" },
	{ "log", "level", KEY_CHOICE, AT(log_level), "info", 0, 0, "error|warn|info|debug", "" },
	{ "log", "json", KEY_BOOL, AT(log_json), "no", 0, 0, NULL, "one JSON object a line" },
	{ "exchange", "connect", KEY_TEXT, AT(exchange_connect), "", 0, CONFIG_TEXT, NULL,
	  "mode sim: ADDRESS:PORT of a `gambler exchange`; empty: one inside this process" },
	{ "exchange", "bars", KEY_TEXT, AT(bars), "", 0, CONFIG_TEXT, NULL,
	  "folder of CSV bars to replay; empty: generated" },
	{ "exchange", "seed", KEY_U64, AT(seed), "1", 0, 9e9, NULL, "of the generated market" },
	{ "exchange", "speed", KEY_SPEED, AT(speed_milli), "60", 0.001, 100000, NULL,
	  "times real time; max: lockstep, as fast as it goes (also for connect)" },
	{ "exchange", "start", KEY_DATE, AT(start), "", 0, 0, NULL,
	  "first session, e.g. 2024-10-01; empty: the first of the bars; generated: 2024-01-02" },
	{ "exchange", "until", KEY_DATE, AT(until), "", 0, 0, NULL, "last session" },
	{ "exchange", "cash", KEY_USD, AT(cash), "250000", 1, 1e9, NULL, "to start with" },
	{ "exchange", "partial", KEY_INT, AT(partial_pct), "10", 0, 100, NULL,
	  "per cent of fills that come in parts" },
	{ "exchange", "spread", KEY_BP_CENTI, AT(spread_bp_centi), "2bp", 0, 500, NULL,
	  "quoted, at least one cent" },
	{ "exchange", "slippage", KEY_BP_CENTI, AT(slippage_bp_centi), "1bp", 0, 500, NULL,
	  "against market and stop orders" },
	{ "exchange", "skip_closed", KEY_BOOL, AT(skip_closed), "yes", 0, 0, NULL,
	  "nights and holidays take no time" },
	{ 0 },
};

const struct key instance_keys[] = {
	{ "instance", "enabled", KEY_BOOL, IN(enabled), "yes", 0, 0, NULL, "" },
	{ "instance", "strategy", KEY_TEXT, IN(strategy), "", 0, 64, NULL,
	  "NAME of a [strategy NAME]; required" },
	{ "instance", "symbols", KEY_SYMBOLS, IN(symbols), "", 0, 0, NULL,
	  "separated by blanks; required" },
	{ "instance", "benchmark", KEY_TEXT, IN(benchmark), "", 0, SYMBOL_TEXT, NULL,
	  "empty: that of [market]; none: the filter is off" },
	{ "instance", "timeframe", KEY_TIMEFRAME, IN(c.timeframe_s), "5m", 0, 0, NULL, "1m or 5m" },
	{ "instance", "interval", KEY_DURATION, IN(c.interval), "60s", 1, 86400, NULL,
	  "least time between two scans; a scan comes with a closed bar" },
	{ "instance", "sides", KEY_SIDES, IN(c.sides), "long", 0, 0, NULL, "long, short or both" },
	{ "instance", "position", KEY_USD, IN(c.position), "10000", 1, 1e9, NULL, "dollars per trade" },
	{ "instance", "capital", KEY_USD, IN(c.limits.capital), "50000", 1, 1e9, NULL,
	  "gross notional of all its positions and entries" },
	{ "instance", "order_max", KEY_USD, IN(order_max), "0", 0, 1e9, NULL,
	  "cap per order; 0: a quarter more than position" },
	{ "instance", "max_positions", KEY_INT, IN(c.limits.positions_max), "8", 1, 32, NULL, "" },
	{ "instance", "day_loss", KEY_BP, IN(c.limits.day_loss_bp), "5%", 0.1, 100, NULL,
	  "of its capital: then no entries until tomorrow" },
	{ "instance", "losses_in_row", KEY_INT, IN(c.limits.losses_in_row_max), "10", 1, 1000, NULL,
	  "then no entries until tomorrow" },
	{ "instance", "orders_per_minute", KEY_INT, IN(c.limits.orders_minute_max), "20", 1, 200, NULL,
	  "" },
	{ "instance", "orders_per_day", KEY_INT, IN(c.limits.orders_day_max), "400", 1, 10000, NULL, "" },
	{ "instance", "stale_after", KEY_DURATION, IN(c.limits.stale_after), "0", 0, 86400, NULL,
	  "entries want a bar no older; 0: two bars" },
	{ "instance", "window", KEY_WINDOW, IN(c.window_from), "session", 0, 0, NULL,
	  "New York time of entries, e.g. 09:30-12:00" },
	{ "instance", "skip_open", KEY_DURATION, IN(c.skip_open), "5m", 0, 23400, NULL,
	  "no entries so long after the open" },
	{ "instance", "flat_before_close", KEY_DURATION, IN(c.flat_before_close), "15m", 0, 23400, NULL,
	  "flat so long before the close" },
	{ "instance", "hold_overnight", KEY_BOOL, IN(c.hold_overnight), "no", 0, 0, NULL, "" },
	{ "instance", "breakers_by_hand", KEY_BOOL, IN(c.breakers_by_hand), "no", 0, 0, NULL,
	  "a breaker stays until `gambler resume`, not until tomorrow" },
	{ 0 },
};

/* The instances that are shipped: product of the original system's first two. */
const char *const shipped_strategies =
	"[strategy oversold]\n"
	"use = mean_reversion\n"
	"preset = literal\n"
	"\n"
	"[strategy oversold-etf]\n"
	"use = mean_reversion\n"
	"preset = etf\n"
	"\n"
	"[instance mean-reversion-bull]\n"
	"strategy = oversold\n"
	"symbols = AAPL MSFT GOOGL AMZN TSLA NVDA META AMD\n"
	"position = 10000\n"
	"capital = 50000\n"
	"interval = 60s\n"
	"max_positions = 10\n"
	"\n"
	"[instance mean-reversion-bear]\n"
	"strategy = oversold-etf\n"
	"symbols = SPY QQQ IWM EEM FXI GLD TLT USO\n"
	"position = 8000\n"
	"capital = 45000\n"
	"interval = 45s\n"
	"max_positions = 8\n";

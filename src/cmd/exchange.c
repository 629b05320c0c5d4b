/* exchange.c: `gambler exchange`: the embedded market on a port of its own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/exchange.h"
#include "net/url.h"
#include "run/sandbox.h"

static atomic_bool stop;

static void on_signal(int number)
{
	(void)number;
	atomic_store(&stop, true);
}

static void defaults(struct setup *s)
{
	s->c = (struct exchange_config){
		.market = {
			.seed = 1, .spread_bp_centi = 200, .history_sessions = 12,
			.complain = print_error
		},
		.core = {
			.orders_max = 1 << 17, .accounts = 1, .seed = 1,
			.cash = { 100000 * NUM_ONE }, .partial_pct = 10, .collars = true,
			.latency = 20 * NS_MS,
			.slippage_bp_centi = 100, .shorting = true, .multiplier = 4
		},
		.listen = "127.0.0.1:9190", .speed_milli = 60000, .skip_closed = true,
		.rate_limit = -1
	};
	s->c.key = getenv("APCA_API_KEY_ID");
	s->c.secret = getenv("APCA_API_SECRET_KEY");
	if (s->c.key == NULL || s->c.secret == NULL || s->c.key[0] == '\0')
		s->c.key = s->c.secret = NULL;
}

static void greet(const struct setup *s, const struct exchange *x)
{
	unsigned port = exchange_port(x);
	uint16_t wished;
	const char *colon = port_of(s->c.listen, &wished);
	size_t host = colon != NULL ? (size_t)(colon - s->c.listen) : strlen(s->c.listen);
	const char *address = host == 0 ? "127.0.0.1" : s->c.listen;
	int n = host == 0 ? 9 : (int)host;
	fprintf(stderr, "exchange: http://%.*s:%u (%s prices, %s)\n", n, address, port,
		s->c.market.bars_dir != NULL ? "real" : "generated",
		s->c.lockstep ? "lockstep: POST /sim/join starts the clock" :
		s->c.real ? "real time" : "scaled time");
	fprintf(stderr, "exchange: a client is pointed at it with "
		"APCA_API_BASE_URL=http://%.*s:%u APCA_API_DATA_URL=http://%.*s:%u and %s\n",
		n, address, port, n, address, port,
		s->c.accounts > 0 ? "a key pair of the accounts file" :
		s->c.key != NULL ? "the key pair it was given" : "any key pair");
}

/* The first line of a scenario's text says what it is. */
static int list_scenarios(void)
{
	struct str name, text;

	for (uint32_t i = 0; exchange_scenario(i, &name, &text); i++) {
		struct str line = str_cut(&text, '\n');
		printf("%-18.*s %.*s\n", (int)name.n, name.s, (int)(line.n - 2), line.s + 2);
	}
	return 0;
}

static int show_scenario(struct str wanted)
{
	struct str name, text;

	for (uint32_t i = 0; exchange_scenario(i, &name, &text); i++) {
		if (!str_eq(name, wanted))
			continue;
		(void)!fwrite(text.s, 1, text.n, stdout);
		return 0;
	}
	fprintf(stderr, "gambler exchange: --scenario show '%.*s': there is none of that name. Try "
		"'gambler exchange --scenario list'.\n", wanted.n < 60 ? (int)wanted.n : 60,
		wanted.s);
	return EXIT_USAGE;
}

/* --scenario list and --scenario show NAME print and start nothing. -1: neither is there. */
static int print_scenarios(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct str word = str_of(argv[i]);
		if (str_eq(word, STR("--scenario")) && i + 1 < argc)
			word = str_of(argv[++i]);
		else if (str_starts(word, STR("--scenario=")))
			(void)str_cut(&word, '=');
		else
			continue;
		if (str_eq(word, STR("list")))
			return list_scenarios();
		if (str_eq(word, STR("show")))
			return show_scenario(i + 1 < argc ? str_of(argv[i + 1]) : STR(""));
	}
	return -1;
}

int cmd_exchange(int argc, char **argv)
{
	static struct setup s;		/* larger than a small stack likes */
	struct sigaction act = { .sa_handler = on_signal };
	struct exchange *x;
	char why[2048] = "";

	int status = print_scenarios(argc, argv);
	if (status >= 0)
		return status;
	defaults(&s);
	status = exchange_options(&s, argc, argv);
	if (status != 0)
		return status;
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
	sandbox_shut();
	log_info("sandbox", "has=\"%s\"", sandbox_text());
	exchange_run(x, &stop, s.until_end);
	exchange_close(x);
	/* It stops by itself when it is over, or when it cannot go on. */
	return atomic_load(&stop) || s.until_end ? 0 : EXIT_FAILED;
}

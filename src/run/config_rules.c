/* What no single key says: which mode is run, and which addresses may be used with it. */
#include "run/config_inner.h"

#include <arpa/inet.h>

static const char live_url[] = "https://api.alpaca.markets";
static const char yahoo_url[] = "https://query1.finance.yahoo.com";
static const char finnhub_url[] = "https://finnhub.io";
static const char paper_url[] = "https://paper-api.alpaca.markets";

/* ---- mode */

static void pick_mode(struct reader *r)
{
	struct config *c = r->c;
	bool have = c->keys.id.text[0] != 0 && c->keys.secret.text[0] != 0;
	struct entry *e = config_entry(r, STR("account"), "mode");

	c->mode = c->mode_asked == 3 ? MODE_LIVE : c->mode_asked == 1 ? MODE_SIM : MODE_PAPER;
	if (c->mode == MODE_LIVE && !have)
		config_problem(r, e, "live needs keys: APCA_API_KEY_ID and APCA_API_SECRET_KEY in "
			"the environment, or key_file", NULL);
	if (c->mode == MODE_LIVE && !str_eq(str_of(c->live_word), STR("yes-i-mean-it")))
		config_problem(r, e, "real money wants live = yes-i-mean-it beside it", NULL);
	if (c->mode == MODE_PAPER && !have) {
		c->mode = MODE_SIM;
		c->mode_fell_back = c->mode_asked == 2;
	}
	/* The exchange inside takes any pair; the broker's stays out of it. */
	if (c->mode == MODE_SIM && (c->exchange_connect[0] == 0 || !have)) {
		struct keys *k = &c->keys;
		explicit_bzero(&k->id, sizeof k->id);
		explicit_bzero(&k->secret, sizeof k->secret);
		bool fits = str_copy(k->id.text, sizeof k->id.text, STR("PKSIM")) &&
			    str_copy(k->secret.text, sizeof k->secret.text, STR("sim"));
		assert(fits);
	}
}

/* Paper and live never share a folder. */
static void folder_of_mode(struct reader *r)
{
	struct config *c = r->c;
	size_t n = strlen(c->folder);
	struct text t;

	while (n > 1 && c->folder[n - 1] == '/')
		n--;
	text_init(&t, c->folder, sizeof c->folder - 1);
	t.n = n;
	text_char(&t, '/');
	text_cstr(&t, mode_text(c->mode));
	if (t.full || n == 0)
		config_problem(r, config_entry(r, STR("store"), "folder"),
			       "is empty or too long", NULL);
	c->folder[t.n] = 0;
}

void config_mode(struct reader *r)
{
	struct config *c = r->c;

	pick_mode(r);
	folder_of_mode(r);
	if (c->trading_url[0] == 0) {
		bool fits = str_copy(c->trading_url, sizeof c->trading_url,
				     str_of(c->mode == MODE_LIVE ? live_url : paper_url));
		assert(fits);
	}
	if (c->fallback != FALLBACK_NONE && c->fallback_url[0] == 0) {
		const char *url = c->fallback == FALLBACK_YAHOO ? yahoo_url : finnhub_url;
		bool fits = str_copy(c->fallback_url, sizeof c->fallback_url, str_of(url));
		assert(fits);
	}
	if (c->start != 0 && c->until != 0 && c->until < c->start)
		config_problem(r, config_entry(r, STR("exchange"), "until"), "is before start",
			       NULL);
}

/* ---- addresses */

static bool loopback(struct str host)
{
	return str_starts(host, STR("127.")) || str_eq(host, STR("[::1]")) ||
	       str_eq(host, STR("localhost"));
}

/* Cuts ":PORT" off the end; 0: there is none. */
static int cut_port(struct str *s)
{
	size_t at = s->n;
	int64_t n;

	while (at > 0 && s->s[at - 1] != ':')
		at--;
	struct str port = { s->s + at, s->n - at };
	if (at == 0 || port.n > 5 || num_parse(&n, port) != OK || n % NUM_ONE != 0 || n < NUM_ONE ||
	    n > 65535 * NUM_ONE)
		return 0;
	s->n = at - 1;
	return (int)(n / NUM_ONE);
}

static bool numeric(struct str host)
{
	char text[64];
	uint8_t address[16];

	if (host.n == 0 || str_eq(host, STR("localhost")))
		return true;		/* empty: every address */
	if (host.s[0] == '[' && host.s[host.n - 1] == ']')
		return str_copy(text, sizeof text, (struct str){ host.s + 1, host.n - 2 }) &&
		       inet_pton(AF_INET6, text, address) == 1;
	return str_copy(text, sizeof text, host) && inet_pton(AF_INET, text, address) == 1;
}

/* A token that every user of this machine can read is none. */
static void check_exposed(struct reader *r, const char *name, const struct secret *token)
{
	struct entry *e = config_entry(r, STR("server"), name);

	if (r->exposed && e != NULL && e->line > 0 && token->text[0] != 0 &&
	    !str_starts(str_of(token->text), TOKEN_DIGEST))
		config_problem(r, e, "others can read this file: chmod o= it, or write what "
			       "`gambler init token` says behind sha256:", NULL);
}

static void check_listen(struct reader *r)
{
	struct str host = str_of(r->c->listen);
	struct entry *e = config_entry(r, STR("server"), "listen");

	check_exposed(r, "token", &r->c->token);
	check_exposed(r, "read_token", &r->c->read_token);
	if (r->c->read_token.text[0] != 0 && r->c->token.text[0] == 0)
		config_problem(r, config_entry(r, STR("server"), "read_token"),
			       "is of no use without a token for commands beside it", NULL);
	if (host.n == 0)
		return;
	if (str_eq(host, STR("127.0.0.1:0")))
		return;			/* any free port, for tests */
	if (cut_port(&host) == 0 || !numeric(host))
		config_problem(r, e, "is not ADDRESS:PORT, as 127.0.0.1:9090 or [::1]:9090", NULL);
	else if (!loopback(host) && r->c->token.text[0] == 0)
		config_problem(r, e, "an address that others can reach needs a token: [server] "
			"token, or GAMBLER_SERVER_TOKEN in the environment", NULL);
}

/* Keys go to this address, so not in the clear over a network. */
static void check_url(struct reader *r, struct str section, const char *key, const char *url)
{
	struct entry *e = config_entry(r, section, key);
	struct str rest = str_of(url);
	bool secret = str_starts(rest, STR("https://")) || str_starts(rest, STR("wss://"));

	if (!secret && !str_starts(rest, STR("http://")) && !str_starts(rest, STR("ws://"))) {
		config_problem(r, e, "is not an address such as https://HOST", NULL);
		return;
	}
	(void)str_cut(&rest, '/');
	(void)str_cut(&rest, '/');
	struct str host = str_cut(&rest, '/');
	bool bad_port = host.n > 0 && memchr(host.s, ':', host.n) != NULL && cut_port(&host) == 0;
	while (host.n > 0 && host.s[host.n - 1] == '.')
		host.n--;		/* the same host, written out */
	if (bad_port)
		config_problem(r, e, "has a port that is none", NULL);
	else if (host.n == 0)
		config_problem(r, e, "lacks its host", NULL);
	else if (!secret && !loopback(host))
		config_problem(r, e, "keys do not go over a network in the clear: https://", NULL);
	else if (r->c->mode == MODE_PAPER && str_eq_fold(host, STR("api.alpaca.markets")))
		config_problem(r, e, "there real money is traded: that wants mode = live", NULL);
}

void config_addresses(struct reader *r)
{
	struct config *c = r->c;
	struct str exchange = str_of(c->exchange_connect);

	check_listen(r);
	if (c->mode != MODE_SIM) {
		check_url(r, STR("account"), "trading_url", c->trading_url);
		check_url(r, STR("account"), "data_url", c->data_url);
		check_url(r, STR("account"), "stream_url", c->stream_url);
		if (c->fallback_url[0] != 0)
			check_url(r, STR("data"), "url", c->fallback_url);
		if (c->fallback == FALLBACK_FINNHUB && c->keys.fallback.text[0] == 0)
			config_problem(r, config_entry(r, STR("data"), "fallback"), "finnhub "
				"wants FINNHUB_API_KEY in the environment or in key_file", NULL);
	} else if (exchange.n > 0 && (cut_port(&exchange) == 0 || exchange.n == 0)) {
		config_problem(r, config_entry(r, STR("exchange"), "connect"),
			       "is not ADDRESS:PORT, as 127.0.0.1:9190", NULL);
	}
}

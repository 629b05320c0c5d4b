/* Who may. Without a token the server is on loopback only and the Host header must say so (a page
 * of another origin cannot, even by DNS rebinding); with one, everything but the page itself and
 * /health wants it. */
#include "web/web_inner.h"

#include <arpa/inet.h>

#include "base/clock.h"

#define BAD_TOKENS_MAX 10	/* a minute, of one address; then 429 */

/* Digests are compared, so neither where two tokens differ nor how long the right one is shows in
 * the time that it takes. */
static bool same_digest(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < SHA256_SIZE; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

void who_init(struct web *w)
{
	const struct config *c = w->control->config;

	w->loopback_only = c->token.text[0] == 0;
	config_digest(&c->token, w->token);
	config_digest(&c->read_token, w->read_token);
}

static bool loopback_host(const struct web *w, struct str host)
{
	char port[8];
	struct text t;
	size_t colon = host.n;

	if (host.n == 0)
		return false;
	for (size_t i = host.n; i > 0 && colon == host.n; i--)
		if (host.s[i - 1] == ':' && host.s[host.n - 1] != ']')
			colon = i - 1;
	char name[16];
	struct in_addr a;
	text_init(&t, port, sizeof port);
	text_i64(&t, server_port(w->server));
	if (colon < host.n &&
	    !str_eq((struct str){ host.s + colon + 1, host.n - colon - 1 }, text_str(&t)))
		return false;
	if (!str_copy(name, sizeof name, (struct str){ host.s, colon }))
		return false;
	return str_eq_fold(str_of(name), STR("localhost")) || str_eq(str_of(name), STR("[::1]")) ||
	       (inet_pton(AF_INET, name, &a) == 1 && (ntohl(a.s_addr) >> 24) == 127);
}

/* Each one that there is: two that differ are none of a browser's. */
static bool own_origin(const struct request *rq)
{
	struct str host = http_header(&rq->head, "host");

	for (uint32_t i = 0; i < rq->head.n; i++) {
		struct str name = rq->head.header[i].name, v = rq->head.header[i].value;
		if (str_eq_fold(name, STR("sec-fetch-site")) && v.n > 0 &&
		    !str_eq(v, STR("same-origin")) && !str_eq(v, STR("none")))
			return false;
		if (!str_eq_fold(name, STR("origin")) || v.n == 0)
			continue;
		struct str scheme = str_cut(&v, '/');	/* "http:", or of a proxy "https:" */
		if (!str_starts(scheme, STR("http")) || str_cut(&v, '/').n > 0 || !str_eq(v, host))
			return false;
	}
	return true;
}

/* Of this address; one that is new takes the place of the oldest. Others' wrong tokens do not
 * keep the operator from his switch. */
static struct tries *tries_of(struct web *w, const char *peer)
{
	struct tries *t = &w->tries[0];

	for (int i = 0; i < TRIES_MAX; i++) {
		if (strcmp(w->tries[i].peer, peer) == 0) {
			t = &w->tries[i];
			break;
		}
		if (w->tries[i].since < t->since)
			t = &w->tries[i];
	}
	if (strcmp(t->peer, peer) != 0 || mono_ns() - t->since > NS_MINUTE) {
		*t = (struct tries){ .since = mono_ns() };
		memcpy(t->peer, peer, sizeof t->peer);
	}
	return t;
}

/* What was given is this secret, if there is one. */
static bool bears(struct str given, const struct secret *s, const uint8_t *digest)
{
	uint8_t theirs[SHA256_SIZE];
	struct str token = { given.s + 7, given.n - 7 };

	if (s->text[0] == 0 || given.n < 7 ||
	    !str_eq_fold((struct str){ given.s, 7 }, STR("Bearer ")))
		return false;
	sha256_of(theirs, &token, 1);
	return same_digest(theirs, digest);
}

bool web_allowed(struct web *w, const struct request *rq, enum right right)
{
	const struct config *c = w->control->config;
	struct str given = http_header(&rq->head, "authorization");

	if (w->loopback_only && !loopback_host(w, http_header(&rq->head, "host"))) {
		web_fail(w, rq, 421, "wrong_host",
			 "this server answers to 127.0.0.1 and localhost only");
		return false;
	}
	if (right != RIGHT_PUBLIC && !own_origin(rq)) {
		web_fail(w, rq, 403, "cross_site", "another site's page may not ask here");
		return false;
	}
	if (right == RIGHT_PUBLIC || c->token.text[0] == 0)
		return true;
	struct tries *tries = tries_of(w, rq->peer);
	if (tries->n >= BAD_TOKENS_MAX) {
		web_fail(w, rq, 429, "too_many_tries", "wrong tokens: wait a minute");
		return false;
	}
	if (bears(given, &c->token, w->token))
		return true;
	if (bears(given, &c->read_token, w->read_token)) {
		if (right == RIGHT_TRADE)
			web_fail(w, rq, 403, "read_only", "this token may look, not command");
		return right != RIGHT_TRADE;
	}
	tries->n += given.n > 0;
	web_fail(w, rq, 401, "token", "send Authorization: Bearer TOKEN ([server] token)");
	return false;
}

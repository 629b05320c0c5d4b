/* rest_who.c: who asks, and how often. */
#include "base/base64.h"
#include "exchange/serve_inner.h"

static bool same(struct str a, struct str b)
{
	unsigned char differ = a.n != b.n;

	for (size_t i = 0; i < a.n && i < b.n; i++)
		differ |= (unsigned char)(a.s[i] ^ b.s[i]);
	return differ == 0;
}

bool who_is(const struct exchange *x, struct str id, struct str secret, uint16_t *account)
{
	*account = 0;
	if (id.n == 0 || secret.n == 0)
		return false;
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		const struct exchange_account *a = &x->c.account[i];
		if (!same(id, str_of(a->key)) || !same(secret, str_of(a->secret)))
			continue;
		*account = (uint16_t)i;
		return true;
	}
	if (x->c.accounts > 0)
		return false;
	if (x->c.key == NULL || x->c.secret == NULL)
		return true;
	return same(id, str_of(x->c.key)) && same(secret, str_of(x->c.secret));
}

struct str who_key(const struct exchange *x, uint16_t account)
{
	const char *key = account < x->c.accounts ? x->c.account[account].key : x->c.key;

	return key != NULL ? str_of(key) : (struct str){ "", 0 };
}

bool who_is_named(const struct exchange *x, struct str name, uint16_t *account)
{
	int64_t number;

	for (uint32_t i = 0; i < x->c.core.accounts && name.n > 0; i++)
		if (str_eq(name, who_key(x, (uint16_t)i))) {
			*account = (uint16_t)i;
			return true;
		}
	if (num_parse(&number, name) != OK || number < 0 || number % NUM_ONE != 0 ||
	    number / NUM_ONE >= x->c.core.accounts)
		return false;
	*account = (uint16_t)(number / NUM_ONE);
	return true;
}

/* "KEY:SECRET", which HTTP Basic has in base64; as a bearer's token it goes as it is, for
 * clients that can do no other. */
static bool authorization(struct str value, char id[static 128], char secret[static 128])
{
	char plain[256];
	struct str rest;

	if (str_starts(value, STR("Basic "))) {
		struct str coded = { value.s + 6, value.n - 6 };
		rest = (struct str){ plain, base64_read(plain, sizeof(plain), coded) };
	} else if (str_starts(value, STR("Bearer "))) {
		rest = (struct str){ value.s + 7, value.n - 7 };
	} else {
		return false;
	}
	struct str user = str_cut(&rest, ':');
	return str_copy(id, 128, user) && str_copy(secret, 128, rest);
}

bool rest_credentials(const struct http_head *h, char id[static 128], char secret[static 128])
{
	struct str a = http_header(h, "APCA-API-KEY-ID");
	struct str b = http_header(h, "APCA-API-SECRET-KEY");

	if (a.n > 0 || b.n > 0)
		return str_copy(id, 128, a) && str_copy(secret, 128, b);
	return authorization(http_header(h, "Authorization"), id, secret);
}

/* Whoever is at this machine's keyboard needs no key for /sim; but a page from elsewhere that
 * a browser shows here shall not reset accounts. */
bool who_is_local(const struct http_head *h)
{
	struct str origin = http_header(h, "Origin"), host = http_header(h, "Host");
	struct str rest = origin;

	if (origin.n == 0)
		return true;
	(void)str_cut(&rest, '/');
	(void)str_cut(&rest, '/');
	return rest.n > 0 && str_eq(rest, host);
}

/* ---- how often */

/* Real time, since clients wait in it; not in lockstep, where a minute has no length. */
static bool counted(const struct exchange *x)
{
	return x->c.rate_limit > 0 && !x->c.lockstep;
}

bool who_is_over(struct exchange *x, const struct call *c)
{
	bool data = str_starts(c->path, STR("/v2/stocks"));
	struct rate *r = &x->rate[c->account][data];

	x->meter = r;
	if (!counted(x))
		return false;
	ns now = mono_ns();
	if (now - r->window >= NS_MINUTE || r->window == 0)
		*r = (struct rate){ .window = now };
	if (r->spent >= x->c.rate_limit)
		return true;
	r->spent++;
	return false;
}

void rest_head(struct text *t, const char *name, int64_t v)
{
	text_cstr(t, name);
	text_i64(t, v);
	text_cstr(t, "\r\n");
}

void who_headers(const struct exchange *x, struct text *t)
{
	const struct rate *r = x->meter;
	int32_t limit = x->c.rate_limit > 0 ? x->c.rate_limit : XS_RATE;
	int32_t spent = r != NULL && counted(x) ? r->spent : 0;
	ns reset = x->now + NS_MINUTE;

	if (r != NULL && counted(x))
		reset = wall_ns() + r->window + NS_MINUTE - mono_ns();
	rest_head(t, "X-RateLimit-Limit: ", limit);
	rest_head(t, "X-RateLimit-Remaining: ", limit - spent);
	rest_head(t, "X-RateLimit-Reset: ", (reset + NS_SECOND - 1) / NS_SECOND);
}

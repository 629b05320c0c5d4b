/* url.c: an address in parts. */
#include "net/url.h"

const char *port_of(const char *address, uint16_t *port)
{
	const char *colon = strrchr(address, ':'), *c = colon;
	uint32_t v = 0;

	if (colon == NULL || colon[1] == 0)
		return NULL;
	while (*++c != 0) {
		if (*c < '0' || *c > '9' || v > 65535)
			return NULL;
		v = v * 10 + (uint32_t)(*c - '0');
	}
	*port = (uint16_t)v;
	return v <= 65535 ? colon : NULL;
}

bool url_parts(const char *url, char host[static CONN_HOST], uint16_t *port, bool *tls)
{
	struct str rest = str_of(url);
	int64_t n;

	*tls = str_starts(rest, STR("https://")) || str_starts(rest, STR("wss://"));
	struct str scheme = str_cut(&rest, ':');
	(void)scheme;
	if (rest.n < 3)
		return false;
	rest.s += 2;
	rest.n -= 2;
	struct str authority = str_cut(&rest, '/'), name;
	if (str_starts(authority, STR("["))) {
		authority.s++;
		authority.n--;
		name = str_cut(&authority, ']');
		if (str_cut(&authority, ':').n > 0)
			return false;
	} else {
		name = str_cut(&authority, ':');
	}
	*port = *tls ? 443 : 80;
	if (authority.n > 0) {
		if (num_parse(&n, authority) != OK || n <= 0 || n > 65535 * NUM_ONE)
			return false;
		*port = (uint16_t)(n / NUM_ONE);
	}
	return name.n > 0 && str_copy(host, CONN_HOST, name);
}

#include "check.h"

#include "net/url.h"

void test_url_parts(void)
{
	static const struct { const char *url, *host; uint16_t port; bool tls; } good[] = {
		{ "https://data.alpaca.markets", "data.alpaca.markets", 443, true },
		{ "http://127.0.0.1:9190", "127.0.0.1", 9190, false },
		{ "http://localhost/v2/stocks", "localhost", 80, false },
		{ "wss://stream.example:8443/v2/iex", "stream.example", 8443, true },
		{ "http://[::1]:9190/v2", "::1", 9190, false },
		{ "https://[2001:db8::1]", "2001:db8::1", 443, true },
	};
	static const char *const bad[] = { "", "data.alpaca.markets", "http:", "http://",
		"http://host:0", "http://host:65536", "http://host:x", "https:///path",
		"http://[::1]9190", "http://[::1]:x", "http://[]:80" };
	char host[CONN_HOST];
	uint16_t port;
	bool tls;

	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(url_parts(good[i].url, host, &port, &tls), "%s is an address", good[i].url);
		CHECK_TEXT(host, good[i].host, "the host of %s", good[i].url);
		CHECK_INT(port, good[i].port, "the port of %s", good[i].url);
		CHECK_INT(tls, good[i].tls, "whether %s is encrypted", good[i].url);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!url_parts(bad[i], host, &port, &tls), "'%s' is none", bad[i]);
}

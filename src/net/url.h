/* url.h: where an address of the configuration leads. */
#ifndef NET_URL_H
#define NET_URL_H

#include "net/conn.h"

/* "https://data.alpaca.markets", "http://127.0.0.1:9190/": host, port (80, 443) and whether TLS.
 * "http://[::1]:9190": the host without its brackets. False: it is not of that form. */
bool url_parts(const char *url, char host[static CONN_HOST], uint16_t *port, bool *tls);

/* "ADDRESS:PORT": where its last colon is; NULL: behind that is no port. */
const char *port_of(const char *address, uint16_t *port);

#endif

/* dns_inner.h: what only the resolver and its tests see. */
#ifndef NET_DNS_INNER_H
#define NET_DNS_INNER_H

#include "net/dns.h"

typedef enum err dns_lookup(const char *host, struct dns_answer *a, char *why, size_t why_size);

/* Tests only: the thread asks this function; NULL: getaddrinfo again. */
void dns_test_lookup(dns_lookup *lookup);

#endif

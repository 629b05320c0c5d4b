/* dns.h: getaddrinfo on a thread of its own, so that a slow resolver holds up
 * nothing. Static musl reads /etc/resolv.conf and /etc/hosts. The last good
 * answer of each name is kept and used when a later lookup fails. */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/base.h"

#define DNS_ADDRESSES 8
#define DNS_PATIENCE  (2 * NS_SECOND)	/* after this an old answer will do */

struct dns_answer {
	uint32_t n;
	uint8_t  address[DNS_ADDRESSES][28];	/* sockaddr_in or sockaddr_in6, port filled */
	bool     stale;		/* the resolver failed or is slow: the last good one */
};

/* The thread begins now, not with the first question, and with `first`: so it can keep what the
 * asking threads have given away, or give away more. False: none could be made. */
MUST_CHECK bool dns_begin(void (*first)(void));

/* A ticket >= 0, or ERR_FULL, or ERR_IO (no thread or descriptor to be had).
 * Numeric addresses, "localhost" and names below it are answered at once, without
 * the thread. */
int dns_ask(const char *host, uint16_t port);
/* ERR_AGAIN: not yet; OK; ERR_NOTFOUND / ERR_TIMEOUT with words in why. Frees the ticket
 * unless ERR_AGAIN. */
enum err dns_answer(int ticket, struct dns_answer *out, char *why, size_t why_size);
void dns_forget(int ticket);
int  dns_fd(int ticket);	/* readable when the answer is there */

#endif

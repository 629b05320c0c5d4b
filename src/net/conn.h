/* conn.h: one upstream connection: name, TCP, TLS, buffers; never blocks. The
 * owner polls the fd, calls conn_step, and reads and writes plain bytes. Every
 * phase has a deadline (CONN_TIMEOUT), so nothing waits for ever. Names are
 * resolved by a helper thread (dns.h); all addresses are tried in turn. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/text.h"

#define CONN_TIMEOUT (5 * NS_SECOND)	/* to resolve, to connect, to shake hands: each */
#define CONN_HOST    128
#define CONN_WHY     320

enum conn_state { CONN_CLOSED, CONN_RESOLVING, CONN_CONNECTING, CONN_HANDSHAKE, CONN_OPEN };

struct tls;		/* net/tls.h */
struct tls_roots;	/* net/tls.h: which authorities are believed */

struct conn {
	enum conn_state state;
	int      fd;
	bool     want_write;
	bool     eof;			/* the peer closed in an orderly way */
	ns       deadline;		/* call conn_step by then, mono; 0: none (open, closed) */
	ns       phase_end;		/* when the present phase gives up, mono */
	char     host[CONN_HOST];
	uint16_t port;
	struct tls *tls;		/* NULL: plain TCP (embedded exchange, tests) */
	char    *in, *out;		/* plain bytes; caller's memory */
	size_t   in_n, in_cap, out_n, out_cap;
	uint64_t received, sent;	/* plain bytes, for metrics */
	int      lookup;		/* dns ticket */
	uint32_t address_i, address_n;
	int      bad;			/* errno of the address that told most, and which */
	uint32_t bad_i;
	uint8_t  address[8][28];	/* sockaddr_in or sockaddr_in6 */
	char     why[CONN_WHY];		/* the last failure, for the log and the dashboard */
};

/* tls may be NULL. Buffers are the caller's and outlive the connection. */
void conn_init(struct conn *c, const char *host, uint16_t port, struct tls *tls,
	       char *in, size_t in_cap, char *out, size_t out_cap);

enum err conn_open(struct conn *c);		/* begins; progress comes from conn_step */
void     conn_close(struct conn *c);		/* at once; buffers emptied; `why` is kept */

/* What to poll for: fills fd and events; false when there is nothing to poll:
 * closed, or end of stream, or `in` is full. While resolving the fd is the
 * resolver's. When bytes wait inside TLS, POLLOUT is asked for so that poll
 * returns at once. */
bool conn_poll(const struct conn *c, int *fd, short *events);

/* Moves bytes as far as they go without waiting; checks the deadline. OK; or an
 * error, with the connection closed and `why` filled. At end of stream: eof is
 * set (truncation under TLS is an error: ERR_TLS). */
enum err conn_step(struct conn *c);

/* Queues all bytes or none: ERR_FULL. From conn_open on, also before the state
 * is CONN_OPEN; ERR_IO when closed. */
MUST_CHECK enum err conn_send(struct conn *c, struct str bytes);
void conn_eat(struct conn *c, size_t n);	/* drops n bytes from the front of in */

#endif

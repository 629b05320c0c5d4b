/* tls.h: TLS 1.2 client on BearSSL, behind an interface small enough to put
 * another library there. ECDHE with ChaCha20-Poly1305 or AES-GCM only, SHA-2
 * only, RSA >= 2048 bits, a subjectAltName that matches the host is demanded
 * (BearSSL alone would fall back to the common name, and would take a
 * certificate made for clients only). Sessions are resumed per host. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/base.h"

/* Authorities: the embedded ones of Mozilla's (src/tools/roots.c says which), or those of a PEM
 * file (`ca_file`), which then are the only ones. */
struct tls_roots;
/* file NULL: the embedded ones. On failure `why` says which line of the file. */
MUST_CHECK enum err tls_roots_open(struct tls_roots **out, const char *file, char *why,
				   size_t why_size);
void tls_roots_close(struct tls_roots *r);

/* Would a server named `host` be believed that shows the certificates of a PEM file, its own first,
 * at that second since 1970? TLS_ANY_TIME: at the moment at which the youngest of them begins to
 * be valid. ca_file as above; its certificates must be valid then, too. A server sends one path,
 * in order; of a file every path is tried. OK, or `why`. */
#define TLS_ANY_TIME INT64_MIN
MUST_CHECK enum err tls_verify(const char *ca_file, const char *host, int64_t at,
			       const char *chain_file, char *why, size_t why_size);

struct tls;	/* one connection's engine; reused over reconnects, so that sessions resume */
MUST_CHECK enum err tls_new(struct tls **out, const struct tls_roots *roots);
void tls_free(struct tls *t);

#define TLS_HOST_MAX 255	/* as long as names can be */
/* Starts a handshake for this host (SNI and name check). */
MUST_CHECK enum err tls_start(struct tls *t, const char *host);

/* Moves bytes between the socket and the plain buffers. Appends received plain
 * bytes to in (at *in_n, up to in_cap), takes sent ones from the front of out
 * (*out_n shrinks). *want_write: the socket should be polled for writing.
 * OK: nothing more to do now. ERR_END: orderly close. ERR_TLS: `why` in words:
 * "certificate expired on 2025-01-01 (is this machine's clock right?)",
 * "certificate is for other.example, not for HOST", "signed by an authority that
 * is not trusted (self-signed?)", "key too weak", "connection cut without
 * close_notify", "server speaks no TLS 1.2". ERR_IO: errno's words. */
enum err tls_move(struct tls *t, int fd, char *in, size_t *in_n, size_t in_cap,
		  char *out, size_t *out_n, bool *want_write, char *why, size_t why_size);
bool tls_ready(const struct tls *t);	/* handshake finished */
bool tls_resumed(const struct tls *t);
bool tls_pending(const struct tls *t);	/* plain bytes wait inside: tls_move without polling */
void tls_shutdown(struct tls *t, int fd);	/* sends close_notify if it goes without waiting */

#endif

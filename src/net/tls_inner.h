/* tls_inner.h: the parts of the TLS room that only it and its tests see: what a
 * certificate says, the rules beyond BearSSL's, and a clock for tests. */
#ifndef NET_TLS_INNER_H
#define NET_TLS_INNER_H

#include <bearssl.h>

#include "base/arena.h"

/* ---- tls_cert.c: a second reading of a certificate, pure. */

#define CERT_NAME 64

enum cert_signature { SIG_OTHER, SIG_SHA2, SIG_SHA1, SIG_MD5 };
enum cert_key { KEY_OTHER, KEY_RSA, KEY_P256, KEY_P384, KEY_P521 };

struct cert {
	bool     v3, self_issued;
	struct str issuer_dn, subject_dn;	/* as they stand in the certificate */
	enum cert_signature signature;
	enum cert_key key;
	unsigned rsa_bits;
	int64_t  not_before, not_after;		/* seconds since 1970 */
	char     subject[CERT_NAME], issuer[CERT_NAME];	/* CN, else O, else OU; for people */
	bool     is_ca;
	bool     has_usage, may_sign, may_certify;	/* keyUsage */
	bool     has_purposes, for_servers, for_all;	/* extendedKeyUsage */
	bool     limits_names;			/* nameConstraints */
	bool     has_names;			/* a dNSName or iPAddress in subjectAltName */
	bool     host_matches;
	char     names[2 * CERT_NAME];		/* the first of them, "a, b, ..." */
};

/* Reads n bytes of DER and looks for the host among the names (NULL: does not).
 * NULL when it could be read, else what is wrong with it. */
const char *cert_read(struct cert *c, const uint8_t *der, size_t n, const char *host);

/* RFC 6125: whole labels, "*" only as the whole leftmost one, never above a
 * top-level domain. */
bool cert_name_matches(struct str pattern, struct str host);

/* true: host is an address, not a name; *n is 4 or 16. */
bool host_is_address(const char *host, uint8_t out[static 16], size_t *n);

/* ---- tls_check.c: an X.509 class around br_x509_minimal. */

#define TLS_WHY      240
#define CERT_DER_MAX 16384

struct tls_check {
	const br_x509_class *vtable;	/* first: BearSSL hands out its address */
	br_x509_minimal_context minimal;
	const char *host;		/* as in tls_start */
	int64_t  now_s;
	unsigned certs;			/* so far in this chain */
	bool     trusted;		/* the rest of the chain is of no interest */
	bool     refused;		/* why is filled */
	char     why[TLS_WHY];
	char     chain_why[TLS_WHY];	/* the first fault above the server's certificate */
	const char *leaf_bad;		/* the server's certificate cannot be read: why */
	struct cert leaf, above;	/* above: the last one that was read */
	size_t   der_n;
	bool     der_long;
	uint8_t  der[CERT_DER_MAX];
};

void tls_check_init(struct tls_check *k, const br_x509_trust_anchor *anchors, size_t count,
		    const br_ec_impl *ec);
void tls_check_start(struct tls_check *k, const char *host, ns now);

/* ---- tls_pem.c */

struct tls_roots {
	const br_x509_trust_anchor *anchor;
	size_t count;
	struct arena arena;	/* what tls_roots_close gives back */
};

/* Reads PEM; the anchors and all they point to go into memory, which holds at
 * least pem_memory(pem) bytes and is aligned as malloc's. Errors name the line. */
enum err pem_anchors(struct str pem, void *memory, const br_x509_trust_anchor **anchor,
		     size_t *count, char *why, size_t why_size);
size_t pem_memory(struct str pem);

/* The certificates as they are, `most` of them; memory holds pem.n bytes. */
enum err pem_certs(struct str pem, void *memory, struct str *cert, size_t most, size_t *count,
		   char *why, size_t why_size);

/* The text of a file of at most 4 MB, into an arena that is opened for it. */
enum err pem_file(struct arena *a, struct str *text, const char *file, char *why,
		  size_t why_size);

/* ---- tls_words.c */

/* BearSSL's error of an engine in words; early: the server has said nothing else. */
void tls_error_words(int error, bool early, char *why, size_t why_size);
void day_words(char out[static 16], int64_t seconds);	/* "2025-01-01" */

/* ---- tls.c */
void tls_test_time(ns wall);	/* tests only: certificates are judged as of then; 0: now */

#endif

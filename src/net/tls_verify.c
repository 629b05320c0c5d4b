/* tls_verify.c: the verdict of tls_check.c on certificates that lie in files. */
#include "net/say.h"
#include "net/tls.h"
#include "net/tls_inner.h"

#define CERTS_MAX 256		/* in a file: what systems trust are 150 */
#define PATH_MAX_CERTS 10	/* servers send up to four */
/* Signatures take milliseconds each on the slowest Pi; files can hold many paths that lead
 * nowhere. */
#define TRIES_MAX 128
#define LAST_SECOND (INT64_MAX / NS_SECOND)

struct verify {
	struct tls_check check;
	struct arena arena;		/* the certificates' bytes */
	struct tls_roots *roots;
	const char *host;
	int64_t  at;
	struct str der[CERTS_MAX];
	struct cert cert[CERTS_MAX];	/* what could not be read is all zero */
	size_t   certs, longest;
	size_t   path[PATH_MAX_CERTS];	/* indices of the above */
	unsigned tries;
	char    *why;
	size_t   why_size;
};

static bool one_path(struct verify *v, size_t n)
{
	const br_x509_class **x = &v->check.vtable;
	uint8_t address[16];
	size_t address_n;
	int64_t at = v->at;

	for (size_t i = 0; i < n && v->at == TLS_ANY_TIME; i++)
		if (i == 0 || v->cert[v->path[i]].not_before > at)
			at = v->cert[v->path[i]].not_before;
	at = at < 0 ? 0 : at > LAST_SECOND ? LAST_SECOND : at;
	tls_check_start(&v->check, v->host, at * NS_SECOND);
	(*x)->start_chain(x, host_is_address(v->host, address, &address_n) ? NULL : v->host);
	for (size_t i = 0; i < n; i++) {
		const struct str *der = &v->der[v->path[i]];

		(*x)->start_cert(x, (uint32_t)der->n);
		(*x)->append(x, (const unsigned char *)der->s, der->n);
		(*x)->end_cert(x);
	}
	if ((*x)->end_chain(x) == 0)
		return true;
	if (n > v->longest) {	/* the longest path comes nearest to what was meant */
		v->longest = n;
		net_say(v->why, v->why_size, "%s", v->check.why);
	}
	return false;
}

/* The path so far, and all that go on from it. */
static bool any_path(struct verify *v, size_t n)
{
	const struct cert *last = &v->cert[v->path[n - 1]];

	if (v->tries++ >= TRIES_MAX)
		return false;
	if (one_path(v, n))
		return true;
	for (size_t i = 1; n < PATH_MAX_CERTS && i < v->certs; i++) {
		bool used = last->issuer_dn.n == 0 ||
			    !str_eq(v->cert[i].subject_dn, last->issuer_dn);
		for (size_t k = 0; k < n && !used; k++)
			used = v->path[k] == i;
		v->path[n] = i;
		if (!used && any_path(v, n + 1))
			return true;
	}
	return false;
}

static enum err read_certs(struct verify *v, const char *file)
{
	char reason[128];
	struct str text;

	arena_close(&v->arena);
	enum err e = pem_file(&v->arena, &text, file, v->why, v->why_size);
	if (e != OK)
		return e;
	/* What is decoded is shorter than what it is decoded from, and comes later. */
	e = pem_certs(text, v->arena.memory, v->der, CERTS_MAX, &v->certs, reason, sizeof(reason));
	if (e != OK)
		net_say(v->why, v->why_size, "%s: %s", file, reason);
	for (size_t i = 0; i < v->certs; i++)
		if (cert_read(&v->cert[i], (const uint8_t *)v->der[i].s, v->der[i].n, NULL) != NULL)
			v->cert[i] = (struct cert){ 0 };
	return e;
}

/* Of the authorities those that are valid then. */
static size_t valid_roots(struct verify *v, br_x509_trust_anchor out[static CERTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v->certs; i++) {
		const struct cert *c = &v->cert[i];
		if (v->at == TLS_ANY_TIME || (v->at >= c->not_before && v->at <= c->not_after))
			out[n++] = v->roots->anchor[i];
	}
	return n;
}

static enum err verify(struct verify *v, const char *ca_file, const char *chain_file)
{
	static br_x509_trust_anchor anchor[CERTS_MAX];

	enum err e = tls_roots_open(&v->roots, ca_file, v->why, v->why_size);
	if (e == OK)
		e = read_certs(v, ca_file);
	if (e != OK)
		return e;
	tls_check_init(&v->check, anchor, valid_roots(v, anchor), br_ec_get_default());
	e = read_certs(v, chain_file);
	if (e != OK)
		return e;
	v->path[0] = 0;
	return any_path(v, 1) ? OK : ERR_TLS;
}

enum err tls_verify(const char *ca_file, const char *host, int64_t at, const char *chain_file,
		    char *why, size_t why_size)
{
	static struct verify v;
	char bare[TLS_HOST_MAX + 1];
	struct str name = str_of(host);

	if (name.n > 1 && host[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || !str_copy(bare, sizeof(bare), name)) {
		net_say(why, why_size, "a host's name has 1 to %d bytes", TLS_HOST_MAX);
		return ERR_RANGE;
	}
	v = (struct verify){ .host = bare, .at = at, .why = why, .why_size = why_size };
	enum err e = verify(&v, ca_file, chain_file);
	arena_close(&v.arena);
	tls_roots_close(v.roots);
	return e;
}

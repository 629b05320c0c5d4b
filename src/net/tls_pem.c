#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/inflate.h"
#include "net/roots.h"
#include "net/say.h"
#include "net/tls.h"
#include "net/tls_inner.h"

#define FILE_MAX ((size_t)4 * 1024 * 1024)

/* ---- PEM text to DER */

struct pem {
	struct str rest;
	unsigned   line, begin;		/* begin: where the present certificate began */
	bool       inside;
	uint32_t   quad;		/* the base64 characters of up to 3 bytes: */
	unsigned   data, pads;		/* so many, and so many '=' */
	size_t     der_n;
	uint8_t    der[CERT_DER_MAX];
	char      *free;		/* names and keys */
	size_t     free_n;
};

static bool is_line(struct str line, struct str begin)
{
	return line.n >= begin.n && memcmp(line.s, begin.s, begin.n) == 0;
}

static struct str next_line(struct pem *p)
{
	const char *end = memchr(p->rest.s, '\n', p->rest.n);
	struct str line = { p->rest.s, end == NULL ? p->rest.n : (size_t)(end - p->rest.s) };
	size_t gone = line.n + (end != NULL ? 1 : 0);
	p->rest.s += gone;
	p->rest.n -= gone;
	p->line++;
	while (line.n > 0 && (line.s[line.n - 1] == '\r' || line.s[line.n - 1] == ' '
			      || line.s[line.n - 1] == '\t'))
		line.n--;
	return line;
}

/* NULL, or what is wrong with the line. */
static const char *decode_line(struct pem *p, struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		bool pad = line.s[i] == '=';
		int v = pad ? 0 : base64_value(line.s[i]);
		if (v < 0)
			return "a character that is not base64";
		if (pad ? p->data < 2 || p->data + p->pads > 3 : p->pads > 0)
			return "padding in the wrong place";
		p->quad = p->quad << 6 | (uint32_t)v;
		if (pad)
			p->pads++;
		else
			p->data++;
		if (p->data + p->pads < 4)
			continue;
		if (p->der_n + 3 > sizeof p->der)
			return "the certificate is longer than 16 kB";
		for (unsigned k = 0; k + 1 < p->data; k++)
			p->der[p->der_n++] = (uint8_t)(p->quad >> (16 - 8 * k));
		if (p->pads == 0)
			p->quad = p->data = 0;
	}
	return NULL;
}

/* ---- DER to anchor */

static void append_dn(void *ctx, const void *bytes, size_t n)
{
	struct pem *p = ctx;
	assert(n <= p->free_n);
	memcpy(p->free, bytes, n);
	p->free += n;
	p->free_n -= n;
}

static unsigned char *keep(struct pem *p, const unsigned char *bytes, size_t n)
{
	unsigned char *at = (unsigned char *)p->free;
	append_dn(p, bytes, n);
	return at;
}

static const char *weak_key(const br_x509_pkey *key)
{
	if (key->key_type == BR_KEYTYPE_RSA) {
		size_t n = key->key.rsa.nlen;
		const unsigned char *top = key->key.rsa.n;
		while (n > 0 && *top == 0) {
			top++;
			n--;
		}
		return n < 2048 / 8 || *top < 0x80
			? "key too weak (RSA needs 2048 bits, or more, in whole bytes)" : NULL;
	}
	int curve = key->key.ec.curve;
	return curve == BR_EC_secp256r1 || curve == BR_EC_secp384r1
		? NULL : "kind of key not supported (RSA, P-256 and P-384 are)";
}

static const char *anchor_of(struct pem *p, br_x509_trust_anchor *a)
{
	br_x509_decoder_context d;
	struct cert c;
	a->dn.data = (unsigned char *)p->free;
	br_x509_decoder_init(&d, append_dn, p);
	br_x509_decoder_push(&d, p->der, p->der_n);
	a->dn.len = (size_t)((unsigned char *)p->free - a->dn.data);
	const br_x509_pkey *key = br_x509_decoder_get_pkey(&d);
	if (key == NULL)
		return br_x509_decoder_last_error(&d) == BR_ERR_X509_UNSUPPORTED
			? "kind of key not supported (RSA, P-256 and P-384 are)"
			: "this is no certificate, or a damaged one";
	const char *weak = weak_key(key);
	if (weak != NULL)
		return weak;
	/* One that is no authority is believed for itself only, and so is one that limits the names
	 * below it: BearSSL keeps its name and key, so it would be believed for all. */
	bool read = cert_read(&c, p->der, p->der_n, NULL) == NULL;
	a->flags = read && c.is_ca && !c.limits_names && (!c.has_usage || c.may_certify) &&
		c.subject_dn.n > 0 ? BR_X509_TA_CA : 0;
	a->pkey = *key;
	if (key->key_type == BR_KEYTYPE_RSA) {
		a->pkey.key.rsa.n = keep(p, key->key.rsa.n, key->key.rsa.nlen);
		a->pkey.key.rsa.e = keep(p, key->key.rsa.e, key->key.rsa.elen);
	} else {
		a->pkey.key.ec.q = keep(p, key->key.ec.q, key->key.ec.qlen);
	}
	return NULL;
}

/* ---- the file */

static size_t count_begins(struct str pem)
{
	struct pem p = { .rest = pem };
	size_t n = 0;
	while (p.rest.n > 0)
		n += is_line(next_line(&p), STR("-----BEGIN ")) ? 1 : 0;
	return n;
}

size_t pem_memory(struct str pem)
{
	return (count_begins(pem) + 1) * sizeof(br_x509_trust_anchor) + pem.n;
}

static const char *begin_line(struct pem *p, struct str line)
{
	if (str_eq(line, STR("-----BEGIN CERTIFICATE-----"))
	    || str_eq(line, STR("-----BEGIN X509 CERTIFICATE-----"))) {
		p->inside = true;
		p->begin = p->line;
		p->der_n = 0;
		p->quad = p->data = p->pads = 0;
		return NULL;
	}
	if (line.n >= 16 && memmem(line.s, line.n, "PRIVATE KEY", 11) != NULL)
		return "a private key; only certificates belong here";
	return "not a certificate (\"-----BEGIN CERTIFICATE-----\" is expected)";
}

/* Goes on to the end of the next certificate, which then is in p->der. False: there is none any
 * more, or *bad says what is wrong with p->line. */
static bool next_cert(struct pem *p, const char **bad)
{
	*bad = NULL;
	while (p->rest.n > 0 && *bad == NULL) {
		struct str line = next_line(p);
		bool begins = is_line(line, STR("-----BEGIN "));
		if (!p->inside) {	/* comments may stand between */
			*bad = begins ? begin_line(p, line) : NULL;
		} else if (begins) {
			*bad = "the certificate above has no end";
		} else if (!is_line(line, STR("-----END "))) {
			*bad = decode_line(p, line);
		} else if (p->data != 0 && p->data + p->pads != 4) {
			*bad = "the base64 above is cut short";
		} else {
			p->inside = false;
			return true;
		}
	}
	if (*bad == NULL && p->inside) {
		p->line = p->begin;
		*bad = "this certificate has no end";
	}
	return false;
}

static enum err pem_end(const struct pem *p, struct str pem, size_t count, const char *bad,
			char *why, size_t why_size)
{
	bool der = pem.n > 1 && pem.s[0] == 0x30 && (unsigned char)pem.s[1] >= 0x80;

	if (bad != NULL)
		net_say(why, why_size, "line %u: %s", p->line, bad);
	else if (count == 0)
		net_say(why, why_size,
			der ? "is DER; PEM is wanted (openssl x509 -inform der -in FILE)"
			    : "holds no certificate");
	return bad != NULL || count == 0 ? ERR_PARSE : OK;
}

enum err pem_anchors(struct str pem, void *memory, const br_x509_trust_anchor **anchor,
		     size_t *count, char *why, size_t why_size)
{
	size_t begins = count_begins(pem);
	br_x509_trust_anchor *all = memory;
	struct pem p = {
		.rest = pem, .free = (char *)(all + begins + 1), .free_n = pem.n,
	};
	const char *bad;
	*anchor = all;
	*count = 0;
	while (next_cert(&p, &bad)) {
		bad = anchor_of(&p, &all[*count]);
		if (bad != NULL) {
			p.line = p.begin;
			break;
		}
		++*count;
	}
	return pem_end(&p, pem, *count, bad, why, why_size);
}

enum err pem_certs(struct str pem, void *memory, struct str *cert, size_t most, size_t *count,
		   char *why, size_t why_size)
{
	struct pem p = { .rest = pem, .free = memory, .free_n = pem.n };
	const char *bad;
	*count = 0;
	while (next_cert(&p, &bad)) {
		if (*count == most) {
			bad = "more certificates than are read here";
			break;
		}
		cert[(*count)++] = (struct str){ (char *)keep(&p, p.der, p.der_n), p.der_n };
	}
	return pem_end(&p, pem, *count, bad, why, why_size);
}

enum err pem_file(struct arena *a, struct str *text, const char *file, char *why,
		  size_t why_size)
{
	struct stat st;
	size_t have = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0) {
		net_say(why, why_size, "%s: %s", file, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	size_t size = (size_t)st.st_size;
	if (!S_ISREG(st.st_mode) || size == 0 || size > FILE_MAX) {
		net_say(why, why_size, "%s: %s", file, !S_ISREG(st.st_mode) ? "not a file"
		    : size == 0 ? "is empty" : "is larger than 4 MB");
		close(fd);
		return ERR_CONFIG;
	}
	if (arena_open(a, size) != OK) {
		net_say(why, why_size, "%s: no memory", file);
		close(fd);
		return ERR_IO;
	}
	char *memory = arena_alloc(a, size);
	ssize_t n = 1;
	while (have < size && n > 0) {
		n = read(fd, memory + have, size - have);
		if (n > 0)
			have += (size_t)n;
	}
	*text = (struct str){ memory, have };
	if (n < 0)
		net_say(why, why_size, "%s: %s", file, strerror(errno));
	close(fd);
	return n < 0 ? ERR_IO : OK;
}

/* ---- the embedded ones */

/* The next number: two bytes that say how long it is, then it. */
static unsigned char *number(const unsigned char **from, size_t *n)
{
	const unsigned char *at = *from + 2;

	*n = (size_t)(at[-2] << 8 | at[-1]);
	*from = at + *n;
	return (unsigned char *)(uintptr_t)at;	/* BearSSL's members are not const, but it is */
}

static enum err embedded(struct tls_roots **out)
{
	struct arena kept;
	const unsigned char *key = roots_keys, *name;

	if (arena_open(&kept, sizeof(struct tls_roots) + 64 + roots_names_plain +
		       roots_count * sizeof(br_x509_trust_anchor)) != OK)
		return ERR_IO;
	struct tls_roots *r = ARENA_NEW(&kept, struct tls_roots, 1);
	br_x509_trust_anchor *anchor = ARENA_NEW(&kept, br_x509_trust_anchor, roots_count);
	unsigned char *names = arena_alloc(&kept, roots_names_plain);
	size_t n = inflate(names, roots_names_plain, roots_names, roots_names_size);
	assert(n == roots_names_plain);
	name = names;
	for (size_t i = 0; i < roots_count; i++) {
		br_x509_trust_anchor *a = &anchor[i];

		a->dn.data = number(&name, &a->dn.len);
		a->flags = BR_X509_TA_CA;
		int curve = *key++;
		if (curve == 0) {
			br_rsa_public_key *rsa = &a->pkey.key.rsa;
			a->pkey.key_type = BR_KEYTYPE_RSA;
			rsa->n = number(&key, &rsa->nlen);
			rsa->e = number(&key, &rsa->elen);
		} else {
			br_ec_public_key *ec = &a->pkey.key.ec;
			a->pkey.key_type = BR_KEYTYPE_EC;
			ec->curve = curve;
			ec->q = number(&key, &ec->qlen);
		}
	}
	assert(name == names + roots_names_plain);
	*r = (struct tls_roots){ anchor, roots_count, kept };
	*out = r;
	return OK;
}

enum err tls_roots_open(struct tls_roots **out, const char *file, char *why, size_t why_size)
{
	struct arena source = { 0 }, kept = { 0 };
	struct str text = { NULL, 0 };
	char reason[128];
	*out = NULL;
	if (file == NULL) {
		if (embedded(out) == OK)
			return OK;
		net_say(why, why_size, "no memory for the authorities");
		return ERR_IO;
	}
	enum err e = pem_file(&source, &text, file, why, why_size);
	size_t size = e == OK ? sizeof(struct tls_roots) + 64 + pem_memory(text) : 0;
	if (e == OK && arena_open(&kept, size) != OK) {
		net_say(why, why_size, "%s: no memory", file);
		e = ERR_IO;
	}
	if (e == OK) {
		struct tls_roots *r = ARENA_NEW(&kept, struct tls_roots, 1);
		void *memory = arena_alloc(&kept, pem_memory(text));
		e = pem_anchors(text, memory, &r->anchor, &r->count, reason, sizeof reason);
		r->arena = kept;
		if (e == OK)
			*out = r;
		else
			net_say(why, why_size, "%s: %s", file, reason);
	}
	arena_close(&source);
	if (e != OK)
		arena_close(&kept);
	return e == ERR_PARSE ? ERR_CONFIG : e;
}

void tls_roots_close(struct tls_roots *r)
{
	if (r == NULL)
		return;
	struct arena arena = r->arena;
	arena_close(&arena);
}

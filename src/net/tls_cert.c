#include <arpa/inet.h>

#include "base/time.h"
#include "net/tls_inner.h"

/* DER, definite lengths, one-byte tags; the second reading of a certificate that
 * BearSSL has read too. Every step takes from a view that only shrinks. */
struct der {
	const uint8_t *p;
	size_t n;
};

enum {
	T_BOOLEAN = 0x01, T_INTEGER = 0x02, T_BITS = 0x03, T_OCTETS = 0x04, T_OID = 0x06,
	T_UTC = 0x17, T_TIME = 0x18, T_SEQ = 0x30, T_SET = 0x31,
	T_VERSION = 0xa0, T_EXTENSIONS = 0xa3, T_DNS = 0x82, T_IP = 0x87,
};

static bool take(struct der *in, unsigned *tag, struct der *value)
{
	if (in->n < 2 || (in->p[0] & 0x1f) == 0x1f)
		return false;
	size_t len = in->p[1], head = 2;
	if (len >= 0x80) {
		size_t count = len & 0x7f;
		if (count < 1 || count > 3 || in->n < 2 + count)
			return false;
		len = 0;
		for (size_t i = 0; i < count; i++)
			len = len << 8 | in->p[2 + i];
		if (len < 0x80 || in->p[2] == 0)
			return false;	/* not the shortest form */
		head += count;
	}
	if (len > in->n - head)
		return false;
	*tag = in->p[0];
	*value = (struct der){ in->p + head, len };
	in->p += head + len;
	in->n -= head + len;
	return true;
}

static bool take_as(struct der *in, unsigned want, struct der *value)
{
	unsigned tag;
	return in->n > 0 && in->p[0] == want && take(in, &tag, value);
}

static bool same(struct der a, struct der b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#define IS(value, ...) same((value), (struct der){ (const uint8_t[]){ __VA_ARGS__ }, \
				sizeof (const uint8_t[]){ __VA_ARGS__ } })

/* ---- names */

static void copy_name(char *out, size_t size, struct der value)
{
	size_t n = value.n < size - 1 ? value.n : size - 1;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(value.p[i] >= 0x20 && value.p[i] < 0x7f ? value.p[i] : '?');
	out[n] = '\0';
}

/* The common name, else the organisation, else its unit. */
static bool read_dn(struct der dn, char *out, size_t size)
{
	int best = 0;
	out[0] = '\0';
	while (dn.n > 0) {
		struct der set, pair, oid, value;
		unsigned tag;
		if (!take_as(&dn, T_SET, &set))
			return false;
		while (set.n > 0) {
			if (!take_as(&set, T_SEQ, &pair) || !take_as(&pair, T_OID, &oid)
			    || !take(&pair, &tag, &value))
				return false;
			int rank = IS(oid, 0x55, 4, 3) ? 3 : IS(oid, 0x55, 4, 10) ? 2
				: IS(oid, 0x55, 4, 11) ? 1 : 0;
			if (rank > best) {
				best = rank;
				copy_name(out, size, value);
			}
		}
	}
	return true;
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_fold(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.s[i]) != fold(b.s[i]))
			return false;
	return true;
}

bool cert_name_matches(struct str pattern, struct str host)
{
	if (pattern.n == 0 || host.n == 0)
		return false;
	if (!(pattern.n > 2 && pattern.s[0] == '*' && pattern.s[1] == '.'))
		return memchr(pattern.s, '*', pattern.n) == NULL && same_fold(pattern, host);
	struct str base = { pattern.s + 1, pattern.n - 1 };	/* ".example.com" */
	const char *dot = memchr(host.s, '.', host.n);
	if (dot == NULL || dot == host.s || memchr(base.s, '*', base.n) != NULL)
		return false;
	if (memchr(base.s + 1, '.', base.n - 1) == NULL)
		return false;
	return same_fold(base, (struct str){ dot, host.n - (size_t)(dot - host.s) });
}

bool host_is_address(const char *host, uint8_t out[static 16], size_t *n)
{
	struct in_addr v4;
	struct in6_addr v6;
	char bare[64];
	size_t len = strlen(host);
	if (inet_pton(AF_INET, host, &v4) == 1) {
		memcpy(out, &v4, 4);
		*n = 4;
		return true;
	}
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof bare)
		return false;
	memcpy(bare, host, len);
	bare[len] = '\0';
	if (inet_pton(AF_INET6, bare, &v6) != 1)
		return false;
	memcpy(out, &v6, 16);
	*n = 16;
	return true;
}

static void list_name(struct cert *c, const char *name)
{
	size_t have = strlen(c->names), more = strlen(name);
	if (have + 2 + more + 1 <= sizeof c->names - 5) {
		if (have > 0) {
			memcpy(c->names + have, ", ", 2);
			have += 2;
		}
		memcpy(c->names + have, name, more + 1);
	} else if (have > 0 && c->names[have - 1] != '.') {
		memcpy(c->names + have, " ...", 5);
	}
}

static bool read_san(struct cert *c, struct der value, const char *host)
{
	uint8_t address[16];
	size_t address_n = 0, host_n = host == NULL ? 0 : strlen(host);
	bool numeric = host != NULL && host_is_address(host, address, &address_n);
	struct der names, name;
	unsigned tag;
	if (!take_as(&value, T_SEQ, &names) || value.n > 0)
		return false;
	while (names.n > 0) {
		char shown[CERT_NAME];
		if (!take(&names, &tag, &name))
			return false;
		if (tag == T_DNS) {
			struct str pattern = { (const char *)name.p, name.n };
			c->has_names = true;
			if (!numeric && host_n > 0
			    && cert_name_matches(pattern, (struct str){ host, host_n }))
				c->host_matches = true;
			copy_name(shown, sizeof shown, name);
			list_name(c, shown);
		} else if (tag == T_IP) {
			c->has_names = true;
			if (numeric && same(name, (struct der){ address, address_n }))
				c->host_matches = true;
			if ((name.n == 4 || name.n == 16)
			    && inet_ntop(name.n == 4 ? AF_INET : AF_INET6, name.p, shown,
					 sizeof shown) != NULL)
				list_name(c, shown);
		}
	}
	return true;
}

/* ---- validity */

static bool digits(const uint8_t *p, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*out = *out * 10 + (p[i] - '0');
	}
	return true;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, the only forms that RFC 5280 allows. */
static bool read_time(struct der *in, int64_t *seconds)
{
	struct der v;
	unsigned tag;
	int year, month, mday, hour, minute, second;
	if (!take(in, &tag, &v))
		return false;
	size_t y = tag == T_UTC ? 2 : 4;
	if ((tag != T_UTC && tag != T_TIME) || v.n != y + 11 || v.p[y + 10] != 'Z')
		return false;
	if (!digits(v.p, y, &year) || !digits(v.p + y, 2, &month)
	    || !digits(v.p + y + 2, 2, &mday) || !digits(v.p + y + 4, 2, &hour)
	    || !digits(v.p + y + 6, 2, &minute) || !digits(v.p + y + 8, 2, &second))
		return false;
	if (y == 2)
		year += year < 50 ? 2000 : 1900;
	if (month < 1 || month > 12 || mday < 1 || mday > 31 || hour > 23 || minute > 59
	    || second > 60)
		return false;
	*seconds = ((int64_t)day_of(year, month, mday) * 24 + hour) * 3600
		+ minute * 60 + second;
	return true;
}

/* ---- algorithms */

#define PKCS1    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01
#define X962_SIG 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04

static enum cert_signature signature_of(struct der algorithm)
{
	struct der oid;
	if (!take_as(&algorithm, T_OID, &oid))
		return SIG_OTHER;
	if (IS(oid, PKCS1, 11) || IS(oid, PKCS1, 12) || IS(oid, PKCS1, 13)
	    || IS(oid, X962_SIG, 3, 2) || IS(oid, X962_SIG, 3, 3) || IS(oid, X962_SIG, 3, 4))
		return SIG_SHA2;
	if (IS(oid, PKCS1, 5) || IS(oid, X962_SIG, 1))
		return SIG_SHA1;
	if (IS(oid, PKCS1, 2) || IS(oid, PKCS1, 4))
		return SIG_MD5;
	return SIG_OTHER;
}

static unsigned bits_of(struct der number)
{
	while (number.n > 0 && number.p[0] == 0) {
		number.p++;
		number.n--;
	}
	if (number.n == 0)
		return 0;
	unsigned bits = (unsigned)number.n * 8;
	for (unsigned top = number.p[0]; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

static bool read_key(struct cert *c, struct der spki)
{
	struct der algorithm, oid, curve, bits, rsa, modulus;
	if (!take_as(&spki, T_SEQ, &algorithm) || !take_as(&spki, T_BITS, &bits) || spki.n > 0
	    || !take_as(&algorithm, T_OID, &oid) || bits.n < 2 || bits.p[0] != 0)
		return false;
	if (IS(oid, PKCS1, 1)) {
		struct der key = { bits.p + 1, bits.n - 1 };
		if (!take_as(&key, T_SEQ, &rsa) || !take_as(&rsa, T_INTEGER, &modulus))
			return false;
		c->key = KEY_RSA;
		c->rsa_bits = bits_of(modulus);
	} else if (IS(oid, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1)) {
		if (!take_as(&algorithm, T_OID, &curve))
			return true;	/* explicit parameters: KEY_OTHER */
		if (IS(curve, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7))
			c->key = KEY_P256;
		else if (IS(curve, 0x2b, 0x81, 4, 0, 0x22))
			c->key = KEY_P384;
		else if (IS(curve, 0x2b, 0x81, 4, 0, 0x23))
			c->key = KEY_P521;
	}
	return true;
}

/* ---- extensions */

static bool read_basic(struct cert *c, struct der value)
{
	struct der seq, flag;
	if (!take_as(&value, T_SEQ, &seq) || value.n > 0)
		return false;
	if (take_as(&seq, T_BOOLEAN, &flag)) {
		if (flag.n != 1)
			return false;
		c->is_ca = flag.p[0] != 0;
	}
	return true;
}

static bool read_usage(struct cert *c, struct der value)
{
	struct der bits;
	if (!take_as(&value, T_BITS, &bits) || value.n > 0 || bits.n < 2)
		return false;
	c->has_usage = true;
	c->may_sign = (bits.p[1] & 0x80) != 0;
	c->may_certify = (bits.p[1] & 0x04) != 0;
	return true;
}

static bool read_purposes(struct cert *c, struct der value)
{
	struct der seq, oid;
	if (!take_as(&value, T_SEQ, &seq) || value.n > 0)
		return false;
	c->has_purposes = true;
	while (seq.n > 0) {
		if (!take_as(&seq, T_OID, &oid))
			return false;
		if (IS(oid, 0x2b, 6, 1, 5, 5, 7, 3, 1))
			c->for_servers = true;
		if (IS(oid, 0x55, 0x1d, 0x25, 0))
			c->for_all = true;
	}
	return true;
}

static const char *read_extensions(struct cert *c, struct der wrapped, const char *host)
{
	struct der list, one, oid, flag, value;
	if (!take_as(&wrapped, T_SEQ, &list) || wrapped.n > 0)
		return "its extensions are malformed";
	while (list.n > 0) {
		if (!take_as(&list, T_SEQ, &one) || !take_as(&one, T_OID, &oid))
			return "an extension is malformed";
		bool critical = take_as(&one, T_BOOLEAN, &flag) && flag.n > 0 && flag.p[0] != 0;
		if (!take_as(&one, T_OCTETS, &value) || one.n > 0)
			return "an extension is malformed";
		for (struct der rest = list; take_as(&rest, T_SEQ, &one) &&
		     take_as(&one, T_OID, &flag);)
			if (same(flag, oid))
				return "an extension is there twice";
		if (IS(oid, 0x55, 0x1d, 0x13)) {
			if (!read_basic(c, value))
				return "its basicConstraints are malformed";
		} else if (IS(oid, 0x55, 0x1d, 0x0f)) {
			if (!read_usage(c, value))
				return "its keyUsage is malformed";
		} else if (IS(oid, 0x55, 0x1d, 0x25)) {
			if (!read_purposes(c, value))
				return "its extendedKeyUsage is malformed";
		} else if (IS(oid, 0x55, 0x1d, 0x11)) {
			if (!read_san(c, value, host))
				return "its subjectAltName is malformed";
		} else if (IS(oid, 0x55, 0x1d, 0x1e)) {
			c->limits_names = true;
		} else if (critical && (oid.n != 3 || oid.p[0] != 0x55 || oid.p[2] == 0x0e ||
					oid.p[2] == 0x23)) {
			/* of no standard, or of a kind that must not be: keys' names */
			return "it has a critical extension that is not known, or never critical";
		}
	}
	return NULL;
}

static const char *read_tbs(struct cert *c, struct der tbs, struct der signed_with,
			    const char *host)
{
	struct der part, version, algorithm, issuer, subject, validity, key;
	unsigned tag;
	if (take_as(&tbs, T_VERSION, &part)) {
		if (!take_as(&part, T_INTEGER, &version) || version.n != 1)
			return "its version is malformed";
		c->v3 = version.p[0] == 2;
	}
	/* An authority may have 0: some of the oldest do. */
	if (!take_as(&tbs, T_INTEGER, &part) || part.n == 0 ||
	    (host != NULL && (part.n > 20 || part.p[0] >= 0x80 ||
			      (part.n == 1 && part.p[0] == 0))))
		return "it has no serial number, or one that is not positive or has over 20 bytes";
	if (!take_as(&tbs, T_SEQ, &algorithm) || !same(algorithm, signed_with))
		return "it names two different signature algorithms";
	c->signature = signature_of(algorithm);
	if (!take_as(&tbs, T_SEQ, &issuer) || !read_dn(issuer, c->issuer, sizeof c->issuer))
		return "its issuer is malformed";
	if (!take_as(&tbs, T_SEQ, &validity) || !read_time(&validity, &c->not_before)
	    || !read_time(&validity, &c->not_after) || validity.n > 0)
		return "its validity is malformed";
	if (!take_as(&tbs, T_SEQ, &subject) || !read_dn(subject, c->subject, sizeof c->subject))
		return "its subject is malformed";
	c->self_issued = same(issuer, subject);
	c->issuer_dn = (struct str){ (const char *)issuer.p, issuer.n };
	c->subject_dn = (struct str){ (const char *)subject.p, subject.n };
	if (!take_as(&tbs, T_SEQ, &key) || !read_key(c, key))
		return "its public key is malformed";
	while (tbs.n > 0) {
		if (!take(&tbs, &tag, &part))
			return "it is cut short";
		if (tag == T_EXTENSIONS)
			return tbs.n > 0 ? "it goes on behind its extensions"
					 : read_extensions(c, part, host);
	}
	return NULL;
}

const char *cert_read(struct cert *c, const uint8_t *der, size_t n, const char *host)
{
	*c = (struct cert){ 0 };
	struct der in = { der, n }, all, tbs, algorithm, signature;
	if (!take_as(&in, T_SEQ, &all) || in.n > 0)
		return "it is not one DER sequence";
	if (!take_as(&all, T_SEQ, &tbs) || !take_as(&all, T_SEQ, &algorithm)
	    || !take_as(&all, T_BITS, &signature) || all.n > 0)
		return "it is not of the form of a certificate";
	return read_tbs(c, tbs, algorithm, host);
}

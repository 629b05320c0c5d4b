/* net_der.h: a small DER writer, for certificates that no authority would sign. */
#ifndef TEST_UNIT_NET_DER_H
#define TEST_UNIT_NET_DER_H

#include "base/base.h"

struct out {
	uint8_t b[3000];
	size_t n;
};

static inline void raw(struct out *o, const void *bytes, size_t n)
{
	assert(n <= sizeof o->b - o->n);
	if (n > 0)
		memcpy(o->b + o->n, bytes, n);
	o->n += n;
}

static inline void tlv(struct out *o, unsigned tag, const void *bytes, size_t n)
{
	uint8_t head[4] = { (uint8_t)tag, (uint8_t)n };
	size_t head_n = 2;
	if (n >= 256) {
		head[1] = 0x82;
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		head_n = 4;
	} else if (n >= 128) {
		head[1] = 0x81;
		head[2] = (uint8_t)n;
		head_n = 3;
	}
	raw(o, head, head_n);
	raw(o, bytes, n);
}

static inline void wrap(struct out *o, unsigned tag, const struct out *inner)
{
	tlv(o, tag, inner->b, inner->n);
}

#define HEX(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ }

/* What the next certificate says; NULL or 0: leave it out. */
struct plan {
	int version;			/* 0: none, 2: v3 */
	const char *issuer, *subject, *from, *to;
	const char *names[4];		/* dNSNames; "ip" is 192.0.2.7 */
	int ca;				/* 1: TRUE, -1: FALSE */
	int usage, purpose;		/* usage: first byte; purpose: last byte of id-kp */
	int curve;			/* 256, 384, 521; 0: RSA of rsa_bytes */
	size_t rsa_bytes;
	int digest;			/* last byte of ecdsa-with-SHA2 (2..4); 1: SHA-1 */
	bool twice;			/* every extension two times */
};

static const struct plan plain __attribute__((unused)) = {
	.version = 2, .issuer = "Some CA", .subject = "a.example", .from = "240101000000Z",
	.to = "20501231235959Z", .names = { "a.example" }, .curve = 256, .digest = 2,
};

static inline void name(struct out *o, const char *cn)
{
	struct out pair = { .n = 0 }, seq = { .n = 0 }, set = { .n = 0 };
	tlv(&pair, 0x06, HEX(0x55, 4, 3));
	tlv(&pair, 0x0c, cn, strlen(cn));
	wrap(&seq, 0x30, &pair);
	wrap(&set, 0x31, &seq);
	wrap(o, 0x30, &set);
}

static inline void algorithm(struct out *o, const struct plan *p)
{
	struct out oid = { .n = 0 };
	const uint8_t last = (uint8_t)p->digest;
	if (p->digest == 1)
		tlv(&oid, 0x06, HEX(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1));
	else
		tlv(&oid, 0x06, HEX(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last));
	wrap(o, 0x30, &oid);
}

static inline void public_key(struct out *o, const struct plan *p)
{
	static const uint8_t zeros[600];
	struct out oid = { .n = 0 }, bits = { .n = 0 }, spki = { .n = 0 }, rsa = { .n = 0 };
	raw(&bits, HEX(0));
	if (p->curve == 0) {
		struct out n = { .n = 0 };
		raw(&n, HEX(0, 0x80));
		raw(&n, zeros, p->rsa_bytes - 1);
		wrap(&rsa, 0x02, &n);
		tlv(&rsa, 0x02, HEX(1, 0, 1));
		wrap(&bits, 0x30, &rsa);
		tlv(&oid, 0x06, HEX(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1));
		tlv(&oid, 0x05, NULL, 0);
	} else {
		tlv(&oid, 0x06, HEX(0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1));
		if (p->curve == 256)
			tlv(&oid, 0x06, HEX(0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7));
		else
			tlv(&oid, 0x06, HEX(0x2b, 0x81, 4, 0, p->curve == 384 ? 0x22 : 0x23));
		raw(&bits, HEX(4));
		raw(&bits, zeros, p->curve == 256 ? 64 : p->curve == 384 ? 96 : 132);
	}
	wrap(&spki, 0x30, &oid);
	wrap(&spki, 0x03, &bits);
	wrap(o, 0x30, &spki);
}

static inline void extension(struct out *o, const struct plan *p, unsigned id,
			     const struct out *value)
{
	struct out one = { .n = 0 };
	tlv(&one, 0x06, HEX(0x55, 0x1d, (uint8_t)id));
	wrap(&one, 0x04, value);
	for (int i = 0; i < (p->twice ? 2 : 1); i++)
		wrap(o, 0x30, &one);
}

static inline void extensions(struct out *o, const struct plan *p)
{
	struct out list = { .n = 0 }, seq = { .n = 0 }, all = { .n = 0 }, value;
	if (p->names[0] != NULL) {
		struct out names = { .n = 0 };
		value.n = 0;
		for (size_t i = 0; i < COUNT(p->names) && p->names[i] != NULL; i++) {
			if (strcmp(p->names[i], "ip") == 0)
				tlv(&names, 0x87, HEX(192, 0, 2, 7));
			else
				tlv(&names, 0x82, p->names[i], strlen(p->names[i]));
		}
		wrap(&value, 0x30, &names);
		extension(&list, p, 0x11, &value);
	}
	if (p->ca != 0) {
		value.n = 0;
		tlv(&value, 0x30, (const uint8_t[]){ 1, 1, 0xff }, p->ca > 0 ? 3 : 0);
		extension(&list, p, 0x13, &value);
	}
	if (p->usage != 0) {
		value.n = 0;
		tlv(&value, 0x03, HEX(0, (uint8_t)p->usage));
		extension(&list, p, 0x0f, &value);
	}
	if (p->purpose != 0) {
		struct out oid = { .n = 0 };
		value.n = 0;
		tlv(&oid, 0x06, HEX(0x2b, 6, 1, 5, 5, 7, 3, (uint8_t)p->purpose));
		wrap(&value, 0x30, &oid);
		extension(&list, p, 0x25, &value);
	}
	if (list.n == 0)
		return;
	wrap(&seq, 0x30, &list);
	wrap(&all, 0xa3, &seq);
	raw(o, all.b, all.n);
}

static inline size_t make(uint8_t *der, size_t size, const struct plan *p)
{
	static struct out tbs, cert, all, part;
	tbs.n = cert.n = all.n = part.n = 0;
	if (p->version != 0) {
		tlv(&part, 0x02, HEX((uint8_t)p->version));
		wrap(&tbs, 0xa0, &part);
	}
	tlv(&tbs, 0x02, HEX(7));
	algorithm(&tbs, p);
	name(&tbs, p->issuer);
	part.n = 0;
	tlv(&part, strlen(p->from) == 13 ? 0x17 : 0x18, p->from, strlen(p->from));
	tlv(&part, strlen(p->to) == 13 ? 0x17 : 0x18, p->to, strlen(p->to));
	wrap(&tbs, 0x30, &part);
	name(&tbs, p->subject);
	public_key(&tbs, p);
	extensions(&tbs, p);
	wrap(&cert, 0x30, &tbs);
	algorithm(&cert, p);
	tlv(&cert, 0x03, HEX(0, 0x30, 6, 2, 1, 1, 2, 1, 1));
	wrap(&all, 0x30, &cert);
	assert(all.n <= size);
	memcpy(der, all.b, all.n);
	return all.n;
}

#endif

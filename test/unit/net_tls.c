#include "net/tls_inner.h"
#include "test/check.h"
#include "test/unit/net_der.h"

static uint8_t der[3000];

/* ---- the second reading */

void test_cert_facts(void)
{
	struct cert c;
	struct plan p = plain;
	p.names[1] = "*.b.example";
	p.names[2] = "ip";
	p.ca = -1;
	p.usage = 0x80;
	p.purpose = 1;
	size_t n = make(der, sizeof der, &p);
	CHECK(cert_read(&c, der, n, "a.example") == NULL, "a sound certificate is read");
	CHECK_TEXT(c.subject, "a.example", "its subject");
	CHECK_TEXT(c.issuer, "Some CA", "its issuer");
	CHECK_TEXT(c.names, "a.example, *.b.example, 192.0.2.7", "its names");
	CHECK_INT(c.not_before, 1704067200, "2024-01-01, in two digits");
	CHECK_INT(c.not_after, 2556143999, "2050-12-31, in four digits");
	CHECK(c.v3 && !c.self_issued && !c.is_ca, "it is a leaf of version 3");
	CHECK(c.has_usage && c.may_sign && !c.may_certify, "its key signs handshakes");
	CHECK(c.has_purposes && c.for_servers, "it is for servers");
	CHECK(c.signature == SIG_SHA2 && c.key == KEY_P256, "SHA-2 and P-256");
	CHECK(c.has_names && c.host_matches, "the host is among the names");
	const char *hosts[] = { "x.b.example", "192.0.2.7", "A.EXAMPLE" };
	for (size_t i = 0; i < COUNT(hosts); i++)
		CHECK(cert_read(&c, der, n, hosts[i]) == NULL && c.host_matches, "%s matches",
		      hosts[i]);
	const char *others[] = { "example", "b.example", "x.y.b.example", "192.0.2.8", "::1" };
	for (size_t i = 0; i < COUNT(others); i++)
		CHECK(cert_read(&c, der, n, others[i]) == NULL && !c.host_matches,
		      "%s does not match", others[i]);
}

void test_cert_keys(void)
{
	struct cert c;
	struct plan p = plain;
	p.curve = 0;
	p.rsa_bytes = 128;
	CHECK(cert_read(&c, der, make(der, sizeof der, &p), NULL) == NULL, "RSA is read");
	CHECK_INT(c.rsa_bits, 1024, "its length");
	p.rsa_bytes = 512;
	CHECK(cert_read(&c, der, make(der, sizeof der, &p), NULL) == NULL, "RSA is read");
	CHECK_INT(c.rsa_bits, 4096, "its length");
	p.curve = 521;
	p.digest = 1;
	CHECK(cert_read(&c, der, make(der, sizeof der, &p), NULL) == NULL, "P-521 is read");
	CHECK(c.key == KEY_P521 && c.signature == SIG_SHA1, "P-521 and SHA-1 are told");
}

void test_cert_broken(void)
{
	struct cert c;
	struct plan p = plain;
	p.ca = 1;
	p.usage = 0x86;
	p.purpose = 2;
	size_t n = make(der, sizeof der, &p);
	for (size_t i = 0; i < n; i++)
		CHECK(cert_read(&c, der, i, "a.example") != NULL, "cut at byte %zu: refused", i);
	uint8_t longer[sizeof der + 1];
	memcpy(longer, der, n);
	longer[n] = 0;
	CHECK(cert_read(&c, longer, n + 1, NULL) != NULL, "a byte behind the end: refused");
	/* Every bit flipped once: read or refused, and never a crash. */
	for (size_t i = 0; i < n * 8; i++) {
		der[i / 8] ^= (uint8_t)(1 << (i & 7));
		(void)cert_read(&c, der, n, "a.example");
		der[i / 8] ^= (uint8_t)(1 << (i & 7));
	}
	p.twice = true;
	const char *bad = cert_read(&c, der, make(der, sizeof der, &p), NULL);
	CHECK(bad != NULL && strstr(bad, "twice") != NULL, "an extension that is there twice");
	p = plain;
	p.to = "20501331235959Z";
	CHECK(cert_read(&c, der, make(der, sizeof der, &p), NULL) != NULL, "a 13th month");
	p.to = "20501231235959+";
	CHECK(cert_read(&c, der, make(der, sizeof der, &p), NULL) != NULL, "no Z");
}

void test_cert_name_rules(void)
{
	const struct { const char *pattern, *host; bool want; } t[] = {
		{ "a.example", "a.example", true },
		{ "A.Example", "a.eXAMPLE", true },
		{ "a.example", "b.a.example", false },
		{ "*.a.example", "b.a.example", true },
		{ "*.a.example", "a.example", false },
		{ "*.a.example", ".a.example", false },
		{ "*.a.example", "c.b.a.example", false },
		{ "*.example", "a.example", false },
		{ "b*.a.example", "bc.a.example", false },
		{ "*c.a.example", "bc.a.example", false },
		{ "a.*.example", "a.b.example", false },
		{ "*.*.example", "a.b.example", false },
		{ "*", "a", false },
		{ "*.", "a.", false },
		{ "", "a", false },
		{ "a.example", "a.example.", false },
		{ "a.example.evil", "a.example", false },
	};
	for (size_t i = 0; i < COUNT(t); i++)
		CHECK(cert_name_matches(str_of(t[i].pattern), str_of(t[i].host)) == t[i].want,
		      "\"%s\" %s \"%s\"", t[i].pattern, t[i].want ? "matches" : "does not match",
		      t[i].host);
	struct str nul = { "a.example\0.evil", 15 };
	CHECK(!cert_name_matches(nul, STR("a.example")), "a NUL in a name does not end it");
}

/* ---- the verdict: words that a TLS server cannot be made to show */

static const char *verdict(const struct plan *p, const char *host)
{
	static struct tls_check k;
	size_t n = make(der, sizeof der, p);
	tls_check_init(&k, NULL, 0, br_ec_get_default());
	tls_check_start(&k, host, 1750000000 * NS_SECOND);
	const br_x509_class **x = &k.vtable;
	(*x)->start_chain(x, host);
	(*x)->start_cert(x, (uint32_t)n);
	(*x)->append(x, der, n);
	(*x)->end_cert(x);
	CHECK((*x)->end_chain(x) != 0, "an unsigned certificate is refused");
	CHECK((*x)->get_pkey(x, NULL) == NULL, "and its key is not handed out");
	return k.why;
}

#define SAYS(p, words) do { \
	const char *got_ = verdict(p, "a.example"); \
	CHECK(strstr(got_, words) != NULL, "expected \"%s\" in: %s", words, got_); \
} while (0)

void test_cert_verdicts(void)
{
	struct plan p = plain;
	SAYS(&p, "its issuer \"Some CA\" is not a trusted authority");
	p.usage = 0x08;
	SAYS(&p, "may not sign (keyUsage without digitalSignature)");
	p = plain;
	p.purpose = 2;
	SAYS(&p, "not for servers");
	p = plain;
	p.curve = 521;
	SAYS(&p, "kind of key not supported (P-521");
	p = plain;
	p.curve = 0;
	p.rsa_bytes = 128;
	SAYS(&p, "key too weak (RSA with 1024 bits");
	p = plain;
	p.ca = 1;
	SAYS(&p, "one of an authority (CA:TRUE)");
	p = plain;
	p.version = 0;
	p.names[0] = NULL;
	SAYS(&p, "names no host in subjectAltName (its common name \"a.example\" does not count)");
	p = plain;
	p.version = 1;
	SAYS(&p, "old form");
	p = plain;
	p.subject = "Some CA";
	SAYS(&p, "self-signed, by \"Some CA\"");
	p = plain;
	p.to = "250101000000Z";
	SAYS(&p, "expired on 2025-01-01 (this machine's clock says 2025-06-15");
	p = plain;
	p.from = "260101000000Z";
	SAYS(&p, "not valid before 2026-01-01; this machine's clock says 2025-06-15");
	p = plain;
	p.names[0] = "evil\n\x1b[31m.example";
	SAYS(&p, "certificate is for evil??[31m.example, not for a.example");
}

void test_tls_words(void)
{
	char why[200];
	for (int i = 0; i < 800; i++) {
		tls_error_words(i, i & 1, why, sizeof why);
		CHECK(strlen(why) > 10 && strlen(why) < 190, "error %d has words: %s", i, why);
	}
	tls_error_words(256 + 40, true, why, sizeof why);
	CHECK(strstr(why, "no cipher in common") != NULL, "an early handshake_failure: %s", why);
	tls_error_words(256 + 40, false, why, sizeof why);
	CHECK(strstr(why, "client certificate") != NULL, "a late handshake_failure: %s", why);
}

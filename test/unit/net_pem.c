#include <stdio.h>
#include <unistd.h>

#include "net/tls.h"
#include "net/tls_inner.h"
#include "test/check.h"
#include "test/unit/net_der.h"

static uint8_t der[3000];

static size_t base64(char *out, const uint8_t *b, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t k = 0;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (uint32_t)(i + 1 < n ? b[i + 1] : 0) << 8
			| (uint32_t)(i + 2 < n ? b[i + 2] : 0);
		for (int j = 0; j < 4; j++)
			out[k++] = (int)(n - i) + 1 > j ? set[v >> (18 - 6 * j) & 63] : '=';
		if (i % 48 == 45)
			out[k++] = '\n';
	}
	return k;
}

static char text[16384];

static size_t pem(const struct plan *p, const char *label)
{
	size_t n = make(der, sizeof der, p);
	int head = snprintf(text, sizeof text, "-----BEGIN %s-----\n", label);
	size_t k = (size_t)head + base64(text + head, der, n);
	return k + (size_t)snprintf(text + k, sizeof text - k, "\n-----END %s-----\n", label);
}

static const br_x509_trust_anchor *anchor;
static size_t count;
static char why[160];

static enum err load(const char *s, size_t n)
{
	static _Alignas(16) char memory[65536];
	struct str all = { s, n };
	CHECK(pem_memory(all) <= sizeof memory, "the bound of the memory is not absurd");
	why[0] = '\0';
	return pem_anchors(all, memory, &anchor, &count, why, sizeof why);
}

#define REFUSED(s, words) do { \
	CHECK_INT(load(s, strlen(s)), ERR_PARSE, "refused: %s", words); \
	CHECK(strstr(why, words) != NULL, "expected \"%s\" in: %s", words, why); \
} while (0)

void test_pem_anchors(void)
{
	static char two[32768];
	struct plan p = plain;
	p.ca = 1;
	size_t n = pem(&p, "CERTIFICATE");
	snprintf(two, sizeof two, "# a comment\r\n\n%s\nsubject=x\n", text);
	n = strlen(two);
	p.ca = -1;
	p.curve = 0;
	p.rsa_bytes = 256;
	size_t m = pem(&p, "CERTIFICATE");
	memcpy(two + n, text, m - 1);	/* without a newline at the end */
	CHECK_INT(load(two, n + m - 1), OK, "two certificates with text between: %s", why);
	CHECK_INT(count, 2, "both are anchors");
	CHECK_INT(anchor[0].flags, BR_X509_TA_CA, "the first is an authority");
	CHECK_INT(anchor[1].flags, 0, "the second is believed for itself only");
	CHECK_INT(anchor[0].pkey.key_type, BR_KEYTYPE_EC, "an EC key");
	CHECK_INT(anchor[0].pkey.key.ec.qlen, 65, "of P-256");
	CHECK_INT(anchor[1].pkey.key.rsa.nlen, 256, "an RSA key of 2048 bits");
	CHECK_INT(anchor[1].dn.len, anchor[0].dn.len, "with the same name");
	p = plain;
	p.ca = 1;
	n = pem(&p, "CERTIFICATE");
	CHECK(load(text, n) == OK && anchor[0].flags == BR_X509_TA_CA, "an authority: %s", why);
	p.twice = true;
	n = pem(&p, "CERTIFICATE");
	CHECK(load(text, n) == OK && anchor[0].flags == 0, "what is odd is none: %s", why);
}

void test_pem_refusals(void)
{
	struct plan p = plain;
	REFUSED("", "holds no certificate");
	REFUSED("hello\nworld\n", "holds no certificate");
	REFUSED("-----BEGIN CERTIFICATE-----\n", "line 1: this certificate has no end");
	REFUSED("\n-----BEGIN RSA PRIVATE KEY-----\n", "line 2: a private key");
	REFUSED("-----BEGIN PUBLIC KEY-----\n", "line 1: not a certificate");
	REFUSED("-----BEGIN CERTIFICATE-----\nMII!\n", "line 2: a character that is not base64");
	REFUSED("-----BEGIN CERTIFICATE-----\nM===\n", "line 2: padding in the wrong place");
	REFUSED("-----BEGIN CERTIFICATE-----\nMI==MI==\n", "line 2: padding");
	REFUSED("-----BEGIN CERTIFICATE-----\nMIIx=\n", "line 2: padding");
	REFUSED("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
		"line 3: the base64 above is cut short");
	REFUSED("x\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		"line 2: this is no certificate, or a damaged one");
	REFUSED("-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE-----\n",
		"line 3: the certificate above has no end");
	p.curve = 0;
	p.rsa_bytes = 128;
	size_t n = pem(&p, "CERTIFICATE");
	CHECK_INT(load(text, n), ERR_PARSE, "a weak authority is refused");
	CHECK_TEXT(why, "line 1: key too weak (RSA needs 2048 bits, or more, in whole bytes)",
		   "in words");
	p.curve = 521;
	n = pem(&p, "CERTIFICATE");
	CHECK_INT(load(text, n), ERR_PARSE, "P-521 is refused");
	n = pem(&plain, "TRUSTED CERTIFICATE");
	CHECK_INT(load(text, n), ERR_PARSE, "OpenSSL's own form is refused");
	n = make(der, sizeof der, &plain);
	CHECK_INT(load((const char *)der, n), ERR_PARSE, "DER is refused");
	CHECK(strstr(why, "openssl x509 -inform der") != NULL, "with the remedy: %s", why);
}

void test_tls_roots_files(void)
{
	struct tls_roots *r;
	char path[64], words[256];
	CHECK_INT(tls_roots_open(&r, NULL, words, sizeof words), OK, "the embedded roots");
	CHECK(r->count > 90, "there are many: %zu", r->count);
	struct tls *t;
	CHECK_INT(tls_new(&t, r), OK, "an engine for them");
	CHECK(!tls_ready(t) && !tls_resumed(t) && !tls_pending(t), "which has done nothing yet");
	tls_shutdown(t, -1);
	tls_free(t);
	tls_free(NULL);
	tls_roots_close(r);
	CHECK_INT(tls_roots_open(&r, "/no/such/file.pem", words, sizeof words), ERR_IO, "no file");
	CHECK_TEXT(words, "/no/such/file.pem: No such file or directory", "in words");
	CHECK_INT(tls_roots_open(&r, "/dev", words, sizeof words), ERR_CONFIG, "a folder");
	CHECK_TEXT(words, "/dev: not a file", "in words");
	snprintf(path, sizeof path, "/tmp/gambler-pem-%ld", (long)getpid());
	FILE *f = fopen(path, "w");
	size_t n = pem(&plain, "CERTIFICATE");
	fwrite(text, 1, n, f);
	fclose(f);
	CHECK_INT(tls_roots_open(&r, path, words, sizeof words), OK, "a file of one certificate");
	CHECK_INT(r != NULL ? r->count : 0, 1, "gives one anchor");
	tls_roots_close(r);
	f = fopen(path, "w");
	fclose(f);
	CHECK_INT(tls_roots_open(&r, path, words, sizeof words), ERR_CONFIG, "an empty file");
	CHECK(strstr(words, "is empty") != NULL, "in words: %s", words);
	unlink(path);
}

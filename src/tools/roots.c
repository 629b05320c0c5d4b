/*
 * roots: Mozilla's root certificates (PEM files) -> what trust anchors are made of at start, as C
 * on stdout (the keys) and in a file (the names, which the build compresses; keys do not shrink).
 *
 * Decoded here, once, so that gambler need not parse certificates. Only what an anchor needs is
 * read: the subject's name and the public key (RSA, or EC on P-256, P-384, P-521). Anything else
 * in a pinned file is a failure of the build, not a warning. Numbers instead of pointers: each
 * pointer in a table would be one more address to relocate.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

static const char *file;

/* There is room for a hundred authorities (20 kB are the others'): these serve one country, one
 * state or one company's customers, far from any broker. Who needs one names it in ca_file. */
static const char *const left_out[] = {
	"ACCVRAIZ1", "AC_RAIZ_FNMT", "ANF_", "Autoridad_de", "FIRMAPROFESIONAL", "BJCA",
	"CA_Disig", "CFCA", "Certigna", "certSIGN", "CommScope", "Microsec", "e-Szigno",
	"ePKI", "HiPKI", "GDCA", "GLOBALTRUST", "Hongkong", "Izenpe", "NAVER", "NetLock",
	"SZAFIR", "SecureSign", "Security_Communication", "TWCA", "Telia", "TUBITAK",
	"TunTrust", "TrustAsia", "UCA_", "vTrus", "OISTE", "emSign",
};

static int is_left_out(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
		if (strncmp(name, left_out[i], strlen(left_out[i])) == 0)
			return 1;
	return 0;
}

static void die(const char *why)
{
	fprintf(stderr, "roots: %s: %s\n", file, why);
	exit(1);
}

/* Takes one element off the front of `in`; `whole` includes its tag and length. */
static struct span take(struct span *in, int tag, struct span *whole)
{
	struct span start = *in, body;
	size_t len, head = 2;

	if (in->n < 2 || in->p[0] != tag)
		die("unexpected element");
	len = in->p[1];
	if (len & 0x80) {
		size_t k = len & 0x7f;

		if (k < 1 || k > 3 || in->n < 2 + k)
			die("bad length");
		len = 0;
		for (size_t i = 0; i < k; i++)
			len = len << 8 | in->p[2 + i];
		head += k;
	}
	if (len > in->n - head)
		die("element is cut off");
	body = (struct span){in->p + head, len};
	in->p += head + len;
	in->n -= head + len;
	if (whole)
		*whole = (struct span){start.p, head + len};
	return body;
}

static int equal(struct span a, const char *bytes, size_t n)
{
	return a.n == n && memcmp(a.p, bytes, n) == 0;
}

static struct span unsigned_integer(struct span *in)
{
	struct span v = take(in, 0x02, NULL);

	while (v.n > 0 && v.p[0] == 0) {
		v.p++;
		v.n--;
	}
	if (v.n == 0)
		die("an RSA number is zero");
	return v;
}

/* So many bytes follow, in two bytes; then they. */
static void bytes(struct span v)
{
	printf("\t%u,%u,", (unsigned)(v.n >> 8), (unsigned)(v.n & 255));
	for (size_t i = 0; i < v.n; i++)
		printf("%s%u,", i % 20 ? "" : "\n\t", v.p[i]);
	printf("\n");
}

static int value(int c)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(set, c) : NULL;

	return at ? (int)(at - set) : -1;
}

static struct span decode(char *pem, uint8_t *out)
{
	char *from = strstr(pem, "-----BEGIN CERTIFICATE-----\n");
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;

	if (!from || strstr(from + 1, "-----BEGIN"))
		die("want exactly one certificate");
	for (from = strchr(from, '\n'); *from && *from != '-'; from++) {
		int v = value(*from);

		if (v < 0)
			continue; /* line ends and padding */
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return (struct span){out, n};
}

/* The name goes to the file; the key is printed: 0, n, e for RSA; else BearSSL's number of the
 * curve, and the point. */
static void anchor(struct span cert, FILE *names)
{
	struct span outer = take(&cert, 0x30, NULL), tbs = take(&outer, 0x30, NULL);
	struct span name, spki, alg, oid, bits;

	if (tbs.n && tbs.p[0] == 0xa0)
		take(&tbs, 0xa0, NULL);  /* version */
	take(&tbs, 0x02, NULL);          /* serial number */
	take(&tbs, 0x30, NULL);          /* signature's algorithm */
	take(&tbs, 0x30, NULL);          /* issuer */
	take(&tbs, 0x30, NULL);          /* validity */
	take(&tbs, 0x30, &name);         /* subject */
	spki = take(&tbs, 0x30, NULL);
	alg = take(&spki, 0x30, NULL);
	oid = take(&alg, 0x06, NULL);
	bits = take(&spki, 0x03, NULL);
	if (bits.n < 2 || bits.p[0] != 0)
		die("bad key bits");
	bits.p++;
	bits.n--;
	fputc((int)(name.n >> 8), names);
	fputc((int)(name.n & 255), names);
	fwrite(name.p, 1, name.n, names);
	if (equal(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9)) {
		struct span key = take(&bits, 0x30, NULL);

		printf("\t0,\n");
		bytes(unsigned_integer(&key));
		bytes(unsigned_integer(&key));
	} else if (equal(oid, "\x2a\x86\x48\xce\x3d\x02\x01", 7)) {
		struct span curve = take(&alg, 0x06, NULL);
		int id = equal(curve, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8) ? 23 :
			equal(curve, "\x2b\x81\x04\x00\x22", 5) ? 24 :
			equal(curve, "\x2b\x81\x04\x00\x23", 5) ? 25 : 0;

		if (!id || bits.p[0] != 4)
			die("unknown curve or point form");
		printf("\t%d,\n", id);
		bytes(bits);
	} else {
		die("unknown kind of key");
	}
}

int main(int argc, char **argv)
{
	static char pem[65536];
	static uint8_t der[65536];
	int count = 0;
	FILE *names = argc > 2 ? fopen(argv[1], "wb") : NULL;

	if (!names) {
		fprintf(stderr, "usage: roots NAMES FILE.crt... (NAMES is written)\n");
		return 1;
	}
	printf("/* Generated by src/tools/roots.c. */\n#include \"net/roots.h\"\n\n"
		"const unsigned char roots_keys[] = {\n");
	for (int i = 2; i < argc; i++) {
		FILE *in;
		size_t n;

		file = argv[i];
		if (is_left_out(file))
			continue;
		in = fopen(file, "rb");
		if (!in)
			die("cannot open");
		n = fread(pem, 1, sizeof pem - 1, in);
		if (n == 0 || n == sizeof pem - 1)
			die("empty or too long");
		fclose(in);
		pem[n] = 0;
		anchor(decode(pem, der), names);
		count++;
	}
	printf("};\nconst size_t roots_count = %d, roots_names_plain = %ld;\n", count,
		ftell(names));
	file = "output";
	if (fflush(stdout) != 0 || ferror(stdout) || ferror(names) || fclose(names) != 0)
		die("cannot write");
	return 0;
}

/* rooms: base net */
/* The second reading of a certificate, and the verdict on a chain of one or two. */
#include "net/tls.h"
#include "net/tls_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct tls_check check;
	static struct tls_roots *roots;
	char why[64];
	if (roots == NULL) {
		enum err e = tls_roots_open(&roots, NULL, why, sizeof why);
		assert(e == OK);
	}
	struct cert c;
	const char *bad = cert_read(&c, data, n, "api.example.com");
	if (bad == NULL)
		assert(strlen(c.names) < sizeof c.names && strlen(c.subject) < CERT_NAME);
	(void)cert_read(&c, data, n, "127.0.0.1");
	if (n < 2)
		return 0;
	size_t first = n * data[0] / 255;
	data++;
	n--;
	first = first > n ? n : first;
	tls_check_init(&check, roots->anchor, roots->count, br_ec_get_default());
	tls_check_start(&check, "api.example.com", 1700000000 * NS_SECOND);
	const br_x509_class **x = &check.vtable;
	(*x)->start_chain(x, "api.example.com");
	const size_t part[2] = { first, n - first };
	for (size_t i = 0; i < 2; i++) {
		(*x)->start_cert(x, (uint32_t)part[i]);
		if (part[i] > 0)
			(*x)->append(x, data, part[i]);
		(*x)->end_cert(x);
		data += part[i];
	}
	unsigned verdict = (*x)->end_chain(x);
	assert(verdict != 0 && check.why[0] != '\0');
	assert((*x)->get_pkey(x, NULL) == NULL);
	return 0;
}

/* rooms: base net */
/* A ca_file of any bytes. */
#include <stdlib.h>

#include "net/tls_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str pem = { (const char *)data, n };
	const br_x509_trust_anchor *anchor;
	size_t count;
	char why[160] = "";
	void *memory = malloc(pem_memory(pem));
	enum err e = pem_anchors(pem, memory, &anchor, &count, why, sizeof why);
	assert(e == OK ? count > 0 : why[0] != '\0');
	for (size_t i = 0; e == OK && i < count; i++)
		assert(anchor[i].pkey.key_type == BR_KEYTYPE_RSA
		       || anchor[i].pkey.key_type == BR_KEYTYPE_EC);
	free(memory);
	return 0;
}

/* roots.h: Mozilla's root certificates as the build left them (src/tools/roots.c): the keys one
 * behind the other, the names compressed. tls_pem.c makes anchors of them. */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stddef.h>

/* Each: 0 and two numbers (RSA), or BearSSL's number of a curve and one (its point). A number is
 * its length in two bytes, high one first, and its bytes. */
extern const unsigned char roots_keys[];
/* For inflate(); so many bytes then: length in two bytes and the subject in DER, for each. */
extern const unsigned char roots_names[];
extern const size_t roots_names_size, roots_names_plain, roots_count;

#endif

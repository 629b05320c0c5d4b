/* A document from its members, so that a test can leave out or spoil each of them. */
#ifndef TEST_ALPACA_DOC_H
#define TEST_ALPACA_DOC_H

#include "alpaca/alpaca.h"

#define ORDER_ID  "61e69015-8549-4bfd-b9c3-01e75843f47d"
#define LEG_ID    "8b45d5c6-3d2a-4b6b-9a3f-5b1a4c9d0e11"
#define OTHER_ID  "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415"

/* {…} without member `skip`, or, when `instead` is not NULL, with it as that member's value. */
static inline struct str doc_spoiled(char *memory, size_t size, const char *const *member, size_t n,
				     size_t skip, const char *instead)
{
	struct text t;
	bool first = true;

	text_init(&t, memory, size);
	text_char(&t, '{');
	for (size_t i = 0; i < n; i++) {
		if (i == skip && instead == NULL)
			continue;
		if (!first)
			text_char(&t, ',');
		first = false;
		if (i != skip) {
			text_cstr(&t, member[i]);
			continue;
		}
		struct str rest = str_of(member[i]);
		text_add(&t, str_cut(&rest, ':'));
		text_char(&t, ':');
		text_cstr(&t, instead);
	}
	text_char(&t, '}');
	assert(!t.full);
	return text_str(&t);
}

#endif

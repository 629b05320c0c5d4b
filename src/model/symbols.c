/* symbols.c: a linear search; the table is small and is looked up at start, or
 * once per message that names a symbol. */
#include "model/model.h"

bool symbol_ok(struct str name)
{
	if (name.n == 0 || name.n >= SYMBOL_TEXT)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.s[i];
		bool letter = c >= 'A' && c <= 'Z';
		bool digit = c >= '0' && c <= '9';
		if (!letter && !digit && c != '.' && c != '-')
			return false;
	}
	return true;
}

sym symbols_find(const struct symbols *t, struct str name)
{
	assert(t->n <= SYMBOLS_MAX);
	if (name.n == 0 || name.n >= SYMBOL_TEXT)
		return SYM_NONE;
	for (uint32_t i = 0; i < t->n; i++)
		if (memcmp(t->name[i], name.s, name.n) == 0 && t->name[i][name.n] == '\0')
			return (sym)i;
	return SYM_NONE;
}

enum err symbols_add(struct symbols *t, struct str name, sym *out)
{
	assert(t->n <= SYMBOLS_MAX);
	*out = SYM_NONE;
	if (!symbol_ok(name))
		return ERR_PARSE;

	sym known = symbols_find(t, name);
	if (known != SYM_NONE) {
		*out = known;
		return OK;
	}
	if (t->n == SYMBOLS_MAX)
		return ERR_FULL;
	memset(t->name[t->n], 0, SYMBOL_TEXT);
	memcpy(t->name[t->n], name.s, name.n);
	*out = (sym)t->n++;
	return OK;
}

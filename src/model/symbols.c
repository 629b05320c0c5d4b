/* symbols.c: names by hash, with linear probing. A slot whose name is not the one that is
 * looked for may be of a table that was emptied since: it ends no search, and is taken
 * when a name is added. */
#include "base/crc.h"
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

static bool is_name(const struct symbols *t, uint32_t i, struct str name)
{
	return memcmp(t->name[i], name.s, name.n) == 0 && t->name[i][name.n] == '\0';
}

/* The name's index, or SYM_NONE, and in *free a slot that it may take. */
static sym look(const struct symbols *t, struct str name, uint32_t *free)
{
	uint32_t at = (uint32_t)hash64(name.s, name.n) % SYMBOLS_SLOTS;

	*free = SYMBOLS_SLOTS;
	for (uint32_t k = 0; k < SYMBOLS_SLOTS; k++, at = (at + 1) % SYMBOLS_SLOTS) {
		uint32_t v = t->slot[at];
		bool used = v > 0 && v <= t->n;
		if (!used && *free == SYMBOLS_SLOTS)
			*free = at;
		if (v == 0)
			break;
		if (used && is_name(t, v - 1, name))
			return (sym)(v - 1);
	}
	return SYM_NONE;
}

sym symbols_find(const struct symbols *t, struct str name)
{
	uint32_t slot;

	assert(t->n <= SYMBOLS_MAX);
	if (name.n == 0 || name.n >= SYMBOL_TEXT)
		return SYM_NONE;
	sym s = look(t, name, &slot);
	for (uint32_t i = 0; s == SYM_NONE && i < t->renamed_n; i++)
		if (str_eq(str_of(t->renamed[i].name), name))
			s = t->renamed[i].s;
	return s;
}

enum err symbols_add(struct symbols *t, struct str name, sym *out)
{
	uint32_t slot;

	assert(t->n <= SYMBOLS_MAX);
	*out = SYM_NONE;
	if (!symbol_ok(name))
		return ERR_PARSE;
	*out = look(t, name, &slot);
	if (*out != SYM_NONE)
		return OK;
	if (t->n == SYMBOLS_MAX)
		return ERR_FULL;

	/* Twice as many slots as names: one is free. */
	assert(slot < SYMBOLS_SLOTS);
	memset(t->name[t->n], 0, SYMBOL_TEXT);
	memcpy(t->name[t->n], name.s, name.n);
	*out = (sym)t->n++;
	t->slot[slot] = (uint16_t)t->n;
	return OK;
}

bool symbols_rename(struct symbols *t, sym s, struct str name)
{
	uint32_t i = t->renamed_n;

	for (uint32_t k = 0; k < i; k++)
		if (t->renamed[k].s == s && str_eq(str_of(t->renamed[k].name), name))
			return false;
	if (i == SYMBOLS_RENAMED || s >= t->n || !symbol_ok(name) ||
	    str_eq(str_of(t->name[s]), name))
		return false;
	t->renamed[i].s = s;
	t->renamed_n += str_copy(t->renamed[i].name, SYMBOL_TEXT, name);
	return true;
}

const char *symbols_name(const struct symbols *t, sym s)
{
	for (uint32_t i = t->renamed_n; i-- > 0;)
		if (t->renamed[i].s == s)
			return t->renamed[i].name;
	return t->name[s];
}

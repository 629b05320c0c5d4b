/* cid.c: names of orders. */
#include "base/crc.h"
#include "engine/inside.h"

#define HASH_AT 3	/* behind "gb-" */
#define HASH_N  8

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

uint32_t engine_name_hash(const char *name)
{
	uint64_t h = hash64(name, strlen(name));
	uint32_t folded = (uint32_t)(h ^ h >> 32);

	assert(name[0] != '\0');
	return folded + (folded == 0);	/* 0 says: not ours */
}

struct name { char *s; size_t n; };

static void put(struct name *t, char c)
{
	assert(t->n < CID_TEXT - 1);
	t->s[t->n++] = c;
	t->s[t->n] = '\0';
}

static void put_base(struct name *t, uint64_t v, uint64_t base)
{
	char turned[16];
	size_t n = 0;

	do {
		assert(n < sizeof turned);
		turned[n++] = digits[v % base];
		v /= base;
	} while (v > 0);
	while (n > 0)
		put(t, turned[--n]);
}

static void put_purpose(struct name *t, char purpose, int seq)
{
	assert(purpose == 'e' || (seq >= 0 && seq <= UINT8_MAX));
	put(t, purpose);
	if (purpose != 'e')
		put_base(t, (uint64_t)seq, 10);
}

void engine_cid(char out[static CID_TEXT], const char *instance, const char *symbol,
		ns bar_end, char purpose, int seq)
{
	struct name t = { out, 0 };
	uint32_t hash = engine_name_hash(instance);

	assert(bar_end >= 0 && strlen(symbol) < SYMBOL_TEXT);
	memset(out, 0, CID_TEXT);
	put(&t, 'g');
	put(&t, 'b');
	put(&t, '-');
	for (int i = 28; i >= 0; i -= 4)
		put(&t, digits[hash >> i & 15]);
	put(&t, '-');
	for (size_t i = 0; symbol[i] != '\0'; i++)
		put(&t, symbol[i]);
	put(&t, '-');
	put_base(&t, (uint64_t)(bar_end / NS_MINUTE), 36);
	put(&t, '-');
	put_purpose(&t, purpose, seq);
}

uint32_t engine_cid_instance(struct str cid)
{
	uint32_t hash = 0;

	if (cid.n < HASH_AT + HASH_N + 1 || !str_starts(cid, STR("gb-")) ||
	    cid.s[HASH_AT + HASH_N] != '-')
		return 0;
	for (size_t i = HASH_AT; i < HASH_AT + HASH_N; i++) {
		const char *at = memchr(digits, cid.s[i], 16);
		if (at == NULL)
			return 0;
		hash = hash << 4 | (uint32_t)(at - digits);
	}
	assert(cid.n > HASH_N);
	return hash;
}

/* The trade's other orders: its entry's name with another purpose. */
bool cid_replace(char out[static CID_TEXT], const char *entry, char purpose, int seq)
{
	size_t n = strnlen(entry, CID_TEXT);
	struct name t = { out, 0 };

	if (n < 2 || n + 3 >= CID_TEXT || entry[n - 1] != 'e' || entry[n - 2] != '-')
		return false;
	memset(out, 0, CID_TEXT);
	for (size_t i = 0; i + 1 < n; i++)
		put(&t, entry[i]);
	put_purpose(&t, purpose, seq);
	assert(t.n >= n);
	return true;
}

/* The minutes as put_base wrote them; -1: these are none. */
static int64_t minutes_of(const char *s, size_t n)
{
	int64_t minutes = 0;

	if (n == 0 || n > 8)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *at = memchr(digits, s[i], sizeof digits - 1);
		if (at == NULL)
			return -1;
		minutes = minutes * 36 + (at - digits);
	}
	return minutes <= INT64_MAX / NS_MINUTE ? minutes : -1;
}

static bool is_purpose(char c)
{
	return c == 'e' || c == 's' || c == 'x' || c == 'r';
}

bool cid_read(struct cid_name *out, const char *cid)
{
	size_t n = strnlen(cid, CID_TEXT), at = n, from;
	unsigned number = 0;

	if (n == CID_TEXT || engine_cid_instance((struct str){ cid, n }) == 0)
		return false;
	while (cid[at - 1] != '-')	/* there is one behind the instance */
		at--;
	for (from = at - 1; cid[from - 1] != '-';)
		from--;
	/* Neither a sign nor zeros in front: of each name there is one way to write it. */
	bool plain = at + 2 >= n || cid[at + 1] != '0';
	for (size_t i = at + 1; i < n && number <= UINT8_MAX; i++) {
		plain &= cid[i] >= '0' && cid[i] <= '9';
		number = number * 10 + (unsigned)(cid[i] - '0');
	}
	int64_t minutes = minutes_of(cid + from, at - 1 - from);
	*out = (struct cid_name){ .base = at, .purpose = cid[at], .number = (uint8_t)number,
				  .signal = minutes * NS_MINUTE };
	return minutes > 0 && from > HASH_AT + HASH_N + 2 && at < n && plain &&
		number < UINT8_MAX && (cid[at] == 'e') == (n == at + 1) && is_purpose(cid[at]);
}

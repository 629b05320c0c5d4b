/* rooms: base */
/* Any bytes: what is taken for MessagePack becomes JSON that the reader takes. And JSON that is
 * written again by the same words, as MessagePack, reads back as the same JSON. */
#include "base/json.h"
#include "base/msgpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char from_pack[1 << 20], packed[1 << 20], plain[1 << 20], again[1 << 20];

/* Copies one value, whatever it is, with the writer's words; false: not a thing to compare. */
static bool copy(struct json *j, struct text *t, int depth)
{
	struct str s;
	int64_t n;
	bool b;

	switch (json_peek(j)) {
	case JSON_OBJECT:
		if (depth == PACK_DEPTH)
			return false;
		json_object(t);
		for (json_enter_object(j); json_next_key(j, &s);) {
			char key[64];
			if (!str_copy(key, sizeof(key), s) || memchr(s.s, '\\', s.n) != NULL ||
			    memchr(s.s, '\0', s.n) != NULL)
				return false;
			json_key(t, key);
			if (!copy(j, t, depth + 1))
				return false;
		}
		json_end_object(t);
		return true;
	case JSON_ARRAY:
		if (depth == PACK_DEPTH)
			return false;
		json_array(t);
		for (json_enter_array(j); json_next_item(j);)
			if (!copy(j, t, depth + 1))
				return false;
		json_end_array(t);
		return true;
	case JSON_STRING:
		if (!json_read_str(j, &s))
			return false;
		json_str(t, s);
		return true;
	case JSON_NUMBER:	/* a double holds so many billionths exactly enough */
		if (!json_read_num(j, &n) || n > 1000000 * NUM_ONE || n < -1000000 * NUM_ONE)
			return false;
		if (n % NUM_ONE == 0)
			json_i64(t, n / NUM_ONE);
		else
			json_num(t, n);
		return true;
	case JSON_BOOL:
		if (!json_read_bool(j, &b))
			return false;
		json_bool(t, b);
		return true;
	case JSON_NULL:
		json_null(t);
		return json_read_null(j);
	default:
		return false;
	}
}

static void read_pack(struct str in)
{
	struct text out;
	struct json j;

	text_init(&out, from_pack, sizeof(from_pack));
	if (msgpack_to_json(&out, in) != OK)
		return;
	json_open(&j, text_str(&out));
	bool whole = json_skip(&j) && json_done(&j) == OK;
	assert(whole);
}

static void write_both(struct str in)
{
	struct text a, b, c;
	struct pack pack;
	struct json j, k;

	text_init(&a, plain, sizeof(plain));
	json_open(&j, in);
	if (!copy(&j, &a, 0) || json_done(&j) != OK)
		return;
	msgpack_init(&b, &pack, packed, sizeof(packed));
	json_open(&k, in);
	bool same = copy(&k, &b, 0);
	assert(same && !a.full && !b.full && pack.depth == 0);
	text_init(&c, again, sizeof(again));
	enum err e = msgpack_to_json(&c, text_str(&b));
	assert(e == OK && str_eq(text_str(&a), text_str(&c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size < 65536 ? size : 65536 };

	read_pack(in);
	write_both(in);
	return 0;
}

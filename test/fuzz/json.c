/* rooms: base */
/* Any bytes: skipping and walking agree, strings decode to UTF-8 and no longer
 * than they were, numbers are numbers to num.h as well, and the writer's version
 * of a string is read back as the same string. */
#include "base/json.h"
#include "base/num.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char decoded[1 << 16], again[1 << 16], written[1 << 19];

static void check_string(struct str raw, bool escaped)
{
	struct str rest, back;
	struct json j;
	struct text t;
	size_t n, m;

	if (raw.n > sizeof(decoded))
		return;
	bool ok = json_unescape(decoded, sizeof(decoded), raw, &n);
	assert(ok && n <= raw.n && (escaped || n == raw.n));
	rest = (struct str){ decoded, n };
	while (rest.n > 0) {
		size_t one = utf8_at(rest);
		assert(one > 0);
		rest.s += one;
		rest.n -= one;
	}
	text_init(&t, written, sizeof(written));
	json_str(&t, (struct str){ decoded, n });
	assert(!t.full);
	json_open(&j, text_str(&t));
	ok = json_read_raw(&j, &back, &escaped) && json_done(&j) == OK;
	assert(ok);
	ok = json_unescape(again, sizeof(again), back, &m);
	assert(ok && m == n && memcmp(decoded, again, n) == 0);
}

/* A copy of the cursor reads it in the other way. */
static void read_number(struct json *j)
{
	struct json other = *j;
	struct str s;
	int64_t slow, fast;

	if (!json_read_number(j, &s)) {
		bool read = json_read_num(&other, &fast);
		assert(!read);
		return;
	}
	enum err e = num_parse(&slow, s);
	bool read = json_read_num(&other, &fast);
	assert(e == OK || e == ERR_RANGE);
	assert(read == (e == OK) && (!read || (slow == fast && other.at == j->at)));
}

static void read_one(struct json *j, enum json_type type)
{
	struct str s;
	bool b;

	switch (type) {
	case JSON_STRING:
		if (json_read_raw(j, &s, &b))
			check_string(s, b);
		break;
	case JSON_NUMBER:
		read_number(j);
		break;
	case JSON_BOOL:
		json_read_bool(j, &b);
		break;
	default:
		json_read_null(j);
	}
}

static bool walked(struct str doc)
{
	struct json j;
	enum json_type open[JSON_DEPTH_MAX + 1] = { JSON_NONE };
	int depth = 0;
	struct str key;
	bool more = true;

	json_open(&j, doc);
	do {
		enum json_type type = json_peek(&j);
		if (more && type == JSON_OBJECT && json_enter_object(&j))
			open[++depth] = type;
		else if (more && type == JSON_ARRAY && json_enter_array(&j))
			open[++depth] = type;
		else if (more)
			read_one(&j, type);
		if (depth > 0) {
			more = open[depth] == JSON_OBJECT ? json_next_key(&j, &key)
							  : json_next_item(&j);
			depth -= !more;
		}
		assert(j.at >= j.begin && j.at <= j.end);
	} while (depth > 0);
	return json_done(&j) == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str doc = { (const char *)data, size };
	struct json j;

	json_open(&j, doc);
	bool value = json_skip(&j);
	enum err e = json_done(&j);
	assert((e == OK || e == ERR_PARSE) && (value || e == ERR_PARSE));
	assert(json_offset(&j) <= size && (e == OK) == (j.why == NULL));

	bool same = walked(doc) == (e == OK);
	assert(same);
	return 0;
}

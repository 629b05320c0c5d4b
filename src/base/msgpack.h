/* msgpack.h: MessagePack. Written by the words of JSON (json_object, json_key, json_num, ... of
 * text.h), so that a message is described once and sent in both: into a text that was opened
 * with msgpack_init they write MessagePack.
 *
 *	JSON			MessagePack
 *	json_object, json_array	map, array; the count is put in when it is closed
 *	json_key, json_str	str
 *	json_i64		the shortest integer
 *	json_num, json_f64	float 64
 *	json_money		str, as in JSON
 *	json_time		timestamp (extension -1); 0: nil
 *	json_bool, json_null	bool, nil
 *
 * Read by turning it into JSON, for the one reader there is. */
#ifndef BASE_MSGPACK_H
#define BASE_MSGPACK_H

#include "base/text.h"

#define PACK_DEPTH 8	/* what we write has four levels */

/* The maps and arrays that are open: where each began, and what it holds so far. */
struct pack {
	uint32_t depth;
	struct { size_t at; uint32_t n; bool map; } level[PACK_DEPTH];
};

/* An empty text that takes MessagePack. p lives as long as the text is written. */
void msgpack_init(struct text *t, struct pack *p, char *memory, size_t cap);

/* Appends the one value that `in` holds as JSON. ERR_PARSE: not MessagePack, or of a kind that
 * JSON has no word for (binary, extensions, keys that are not text, NaN), or too deep; ERR_FULL:
 * out is too small. Then out holds rubbish. */
MUST_CHECK enum err msgpack_to_json(struct text *out, struct str in);

/* What jsonw.c calls for such a text. */
void msgpack_open(struct text *t, bool map);
void msgpack_close(struct text *t);
void msgpack_key(struct text *t, struct str key);
void msgpack_str(struct text *t, struct str s);
void msgpack_i64(struct text *t, int64_t v);
void msgpack_f64(struct text *t, double v);
void msgpack_bool(struct text *t, bool v);
void msgpack_nil(struct text *t);
void msgpack_time(struct text *t, ns at);

#endif

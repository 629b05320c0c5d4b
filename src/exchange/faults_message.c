/* faults_message.c: one message of a stream: its text changed, its frames wrong. */
#include "base/msgpack.h"
#include "exchange/faults_inner.h"

#define FRAGMENT 16	/* bytes of a piece of a message */

/* ---- frames */

static void frame(struct exchange *x, conn_id conn, uint8_t first, uint8_t mask, struct str s)
{
	char head[10];
	size_t n = ws_header(head, WS_TEXT, s.n);

	head[0] = (char)first;
	head[1] = (char)((uint8_t)head[1] | mask);
	server_ws_raw(x->server, conn, (struct str){ head, n });
	server_ws_raw(x->server, conn, s);
}

static void fragments(struct exchange *x, conn_id conn, uint8_t op, struct str s)
{
	for (uint8_t first = op; s.n > 0; first = 0) {
		size_t n = s.n < FRAGMENT ? s.n : FRAGMENT;
		frame(x, conn, n == s.n ? 0x80 | first : first, 0, (struct str){ s.s, n });
		s = (struct str){ s.s + n, s.n - n };
	}
}

void faults_framed(struct exchange *x, struct stream *st, const struct outgoing *o,
		   enum fault_frame form)
{
	char memory[FAULT_LATE_MAX + 2];
	struct text t;
	conn_id conn = st->conn;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, st->kind == STREAM_DATA ? "[" : "");
	text_add(&t, o->bytes);
	text_cstr(&t, st->kind == STREAM_DATA ? "]" : "");
	struct str all = t.full ? o->bytes : text_str(&t);
	switch (form) {
	case FRAME_TEXT:
		frame(x, conn, 0x80 | WS_TEXT, 0, all);
		break;
	case FRAME_BINARY:
		frame(x, conn, 0x80 | WS_BINARY, 0, all);
		break;
	case FRAME_FRAGMENTS:
		fragments(x, conn, WS_TEXT, all);
		break;
	case FRAME_GARBAGE:
		frame(x, conn, 0x80 | WS_TEXT, 0, STR("{\"stream\":\"trade_up\x01]]"));
		break;
	case FRAME_BAD_UTF8:
		frame(x, conn, 0x80 | WS_TEXT, 0, STR("{\"T\":\"\xc3\x28\xff\xfe\"}"));
		break;
	case FRAME_HUGE:
		server_ws_raw(x->server, conn, STR("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"));
		break;
	case FRAME_MASKED:
		frame(x, conn, 0x80 | WS_TEXT, 0x80, STR("\x01\x02\x03\x04zx|"));
		break;
	case FRAME_RESERVED:
		frame(x, conn, 0xc0 | WS_TEXT, 0, all);
		break;
	case FRAME_JOINED:
	case FRAME_COUNT:
		break;
	}
}

bool faults_join(struct exchange *x, struct stream *st, const struct outgoing *o)
{
	char memory[2 * FAULT_LATE_MAX + 4];
	struct faults *f = x->faults;
	struct text t;

	for (uint32_t i = 0; i < FAULT_LATE && f->lates > 0; i++) {
		struct fault_late *l = &f->late[i];
		if (l->n == 0 || l->why != DO_FRAME || l->conn != st->conn)
			continue;
		bool data = st->kind == STREAM_DATA;
		text_init(&t, memory, sizeof(memory));
		text_add(&t, (struct str){ l->bytes, l->n });
		text_char(&t, data ? ',' : '\n');
		text_add(&t, o->bytes);
		if (t.full)
			return false;
		l->n = 0;
		f->lates--;
		struct outgoing both = *o;
		both.bytes = text_str(&t);
		stream_deliver(x, st, &both);
		return true;
	}
	return false;
}

/* ---- one message */

/* A value of JSON by the words that write MessagePack. Times are times there. */
static void pack(struct text *t, struct json *j, bool time)
{
	struct str key, s;
	int64_t n;
	ns at;
	bool b = false, escaped;

	switch (json_peek(j)) {
	case JSON_OBJECT:
		json_object(t);
		for (json_enter_object(j); json_next_key(j, &key);) {
			char name[64];
			json_key(t, str_copy(name, sizeof(name), key) ? name : "key");
			pack(t, j, str_eq(key, STR("t")));
		}
		json_end_object(t);
		break;
	case JSON_ARRAY:
		json_array(t);
		for (json_enter_array(j); json_next_item(j);)
			pack(t, j, false);
		json_end_array(t);
		break;
	case JSON_STRING:
		(void)json_read_raw(j, &s, &escaped);
		if (time && rfc3339_parse(&at, s) == OK)
			json_time(t, at);
		else
			json_str(t, s);
		break;
	case JSON_NUMBER:
		(void)json_read_number(j, &s);
		if (memchr(s.s, '.', s.n) == NULL && num_parse(&n, s) == OK && n % NUM_ONE == 0)
			json_i64(t, n / NUM_ONE);
		else
			json_num(t, num_parse_round(&n, s) == OK ? n : INT64_MAX);
		break;
	case JSON_BOOL:
		(void)json_read_bool(j, &b);
		json_bool(t, b);
		break;
	default:
		(void)json_skip(j);
		json_null(t);
		break;
	}
}

bool faults_edited(struct exchange *x, const struct outgoing *o, const struct fault_plan *p,
		   char *memory, size_t size, struct str *out)
{
	bool json = o->bytes.n > 0 && (o->bytes.s[0] == '{' || o->bytes.s[0] == '[');
	struct text t, *work = &x->faults->edit;

	text_init(&t, memory, size);
	if (json)
		text_add(&t, o->bytes);
	else if (msgpack_to_json(&t, o->bytes) != OK)
		return false;
	for (uint32_t i = 0; i < p->n && !t.full; i++) {
		const struct fault_do *d = p->d[i];
		if (d->what < DO_DROP || d->what >= DO_TRUNCATE ||
		    (d->what == DO_DROP && !d->given))
			continue;
		enum fault_rows rows = o->order != XC_NONE ? ROWS_ORDER : ROWS_ANSWER;
		if (!faults_edit(work, text_str(&t), d, rows))
			return false;
		t.n = 0;
		text_add(&t, text_str(work));
	}
	if (!json) {
		struct pack levels;
		struct json j;
		work->n = 0;
		text_add(work, text_str(&t));
		msgpack_init(&t, &levels, memory, size);
		json_open(&j, text_str(work));
		pack(&t, &j, false);
	}
	const struct fault_do *cut = faults_find(p, DO_TRUNCATE);
	size_t most = cut == NULL ? t.n : cut->given ? (size_t)cut->n : t.n / 2;
	*out = (struct str){ memory, most < t.n ? most : t.n };
	return !t.full;
}

bool faults_changes_text(const struct fault_plan *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->d[i]->what > DO_DROP && p->d[i]->what <= DO_TRUNCATE)
			return true;
	const struct fault_do *drop = faults_find(p, DO_DROP);
	return drop != NULL && drop->given;
}

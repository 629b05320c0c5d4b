/* record.c: records as bytes. Tables say which members a record has, so that the file
 * does not depend on how a compiler lays out a struct, and what is read is checked
 * member by member: enumerations in range, texts terminated.
 *
 * Little-endian: crc32c u32, type u8, version u8, length u16 (of all), seq u64, members.
 * A text is a length byte and its bytes; an array a count and its words up to the last
 * that is not 0. */
#include "base/crc.h"
#include "store/store_inner.h"

enum field_kind { FIELD_INT, FIELD_ENUM, FIELD_TEXT, FIELD_SYM, FIELD_WORDS, FIELD_KEY };

struct field {
	uint16_t at, size;
	uint8_t  kind;
	uint8_t  last;		/* FIELD_ENUM: largest value */
};

#define SIZE(t, m)    (uint16_t)sizeof(((struct t *)NULL)->m)
#define INT(t, m)     { (uint16_t)offsetof(struct t, m), SIZE(t, m), FIELD_INT, 0 }
#define ENUM(t, m, l) { (uint16_t)offsetof(struct t, m), SIZE(t, m), FIELD_ENUM, l }
#define TEXT(t, m)    { (uint16_t)offsetof(struct t, m), SIZE(t, m), FIELD_TEXT, 0 }
#define SYM(t, m)     { (uint16_t)offsetof(struct t, m), SIZE(t, m), FIELD_SYM, 0 }
#define WORDS(t, m)   { (uint16_t)offsetof(struct t, m), SIZE(t, m), FIELD_WORDS, 0 }

static const struct field totals_fields[] = {
	INT(totals, seq), INT(totals, records), INT(totals, sum), INT(totals, txn),
	INT(totals, generation), INT(totals, facts), WORDS(totals, head)
};
#define TOTALS_FIELDS_FIRST (COUNT(totals_fields) - 3)
static const struct field audit_fields[] = {
	{ 0, sizeof(struct key), FIELD_KEY, 0 }, ENUM(audit_record, again, 1),
	WORDS(audit_record, digest), WORDS(audit_record, hash)
};
static const struct field link_fields[] = { { 0, sizeof(struct key), FIELD_KEY, 0 } };
static const struct field name_fields[] = { TEXT(name_record, name) };
static const struct field kill_fields[] = {
	ENUM(kill_record, kill, KILL_HALT), TEXT(kill_record, who), INT(kill_record, ts)
};
static const struct field account_fields[] = { TEXT(account_record, id) };
static const struct field order_fields[] = {
	TEXT(order, cid), TEXT(order, bid), TEXT(order, trade), INT(order, instance),
	ENUM(order, role, ROLE_EXIT), ENUM(order, stage, ORDER_DONE), ENUM(order, side, SIDE_SELL),
	ENUM(order, type, TYPE_TRAILING_STOP), ENUM(order, tif, TIF_FOK),
	ENUM(order, cls, CLASS_OTO), ENUM(order, status, ST_UNKNOWN), INT(order, asked_cancel),
	INT(order, sends), ENUM(order, leg, 1), SYM(order, sym), INT(order, refused),
	INT(order, refused_code), INT(order, want), INT(order, done), INT(order, value),
	INT(order, limit), INT(order, stop), INT(order, take_profit), INT(order, stop_loss),
	INT(order, made), INT(order, updated), INT(order, cancel_ts), TEXT(order, why),
	/* Since orders have them. */
	INT(order, chain), ENUM(order, moved, MOVE_DONE)
};
#define ORDER_FIELDS_FIRST (COUNT(order_fields) - 2)
static const struct field trade_fields[] = {
	TEXT(trade, id), INT(trade, instance), ENUM(trade, side, SIDE_SELL),
	ENUM(trade, state, TRADE_CLOSED), ENUM(trade, reason_out, EXIT_REASONS - 1),
	INT(trade, stop_seq), INT(trade, exit_seq), INT(trade, flags), SYM(trade, sym),
	INT(trade, split), INT(trade, want), INT(trade, in), INT(trade, out),
	INT(trade, in_value), INT(trade, out_value), INT(trade, fees), INT(trade, signal_price),
	INT(trade, stop), INT(trade, target), INT(trade, worst), INT(trade, best),
	INT(trade, signal_ts), INT(trade, opened), INT(trade, closed), INT(trade, hold_until),
	INT(trade, naked_since), INT(trade, naked_longest),
	/* Since trades have them; older records end before. */
	INT(trade, tag), INT(trade, trail), INT(trade, trail_from), INT(trade, stop_by),
	INT(trade, target_by)
};
#define TRADE_FIELDS_FIRST (COUNT(trade_fields) - 5)
static const struct field fill_fields[] = {
	TEXT(fill, order), TEXT(fill, trade), TEXT(fill, execution), INT(fill, instance),
	ENUM(fill, side, SIDE_SELL), ENUM(fill, role, ROLE_EXIT), ENUM(fill, from_snapshot, 1),
	SYM(fill, sym), INT(fill, n), INT(fill, cumulative), INT(fill, at), INT(fill, value),
	INT(fill, ts)
};
static const struct field note_fields[] = {
	INT(note, ts), INT(note, seq), INT(note, instance), ENUM(note, kind, NOTE_KINDS - 1),
	INT(note, code), SYM(note, sym), ENUM(note, n, NOTE_VALUES), TEXT(note, trade),
	TEXT(note, order), TEXT(note, text), WORDS(note, value)
};
static const struct field session_fields[] = {
	INT(session_record, id), INT(session_record, started), INT(session_record, ended),
	ENUM(session_record, status, SESSION_CRASHED), INT(session_record, mode),
	INT(session_record, initial_equity), INT(session_record, final_equity),
	INT(session_record, pnl), INT(session_record, trades), INT(session_record, instances),
	TEXT(session_record, symbols)
};
static const struct field equity_fields[] = {
	INT(equity_point, ts), INT(equity_point, equity), INT(equity_point, cash),
	INT(equity_point, long_value), INT(equity_point, short_value)
};
static const struct field state_fields[] = {
	INT(instance_state, instance), ENUM(instance_state, run, RUN_ERROR),
	ENUM(instance_state, kill, KILL_HALT), TEXT(instance_state, name),
	INT(instance_state, losses_in_row), INT(instance_state, date),
	INT(instance_state, trades_day), INT(instance_state, wins_day),
	INT(instance_state, orders_day), INT(instance_state, trades_all),
	INT(instance_state, wins_all), INT(instance_state, pnl_day), INT(instance_state, pnl_all),
	INT(instance_state, open_pnl), INT(instance_state, paused_until),
	INT(instance_state, breaker), INT(instance_state, last_bar),
	INT(instance_state, last_decision), INT(instance_state, checkpoint),
	INT(instance_state, seq), INT(instance_state, bars), INT(instance_state, signals),
	INT(instance_state, entries), INT(instance_state, fills), WORDS(instance_state, funnel),
	INT(instance_state, late_bars), INT(instance_state, odd_reports),
	/* Since decisions go on where they were; older records end before. */
	INT(instance_state, pnl_base), INT(instance_state, last_scan),
	INT(instance_state, leaders_said), INT(instance_state, leaders),
	INT(instance_state, scanned), WORDS(instance_state, chosen)
};
#define STATE_FIELDS_FIRST (COUNT(state_fields) - 6)

#define LAYOUT(fields, t) { fields, COUNT(fields), sizeof(t), COUNT(fields) }

static const struct layout {
	const struct field *field;
	size_t              n, size;
	size_t              least;	/* members of the oldest such record; others are 0 then */
} layouts[REC_END] = {
	[REC_TOTALS]  = { totals_fields, COUNT(totals_fields), sizeof(struct totals),
			  TOTALS_FIELDS_FIRST },
	[REC_AUDIT]   = LAYOUT(audit_fields, struct audit_record),
	[REC_LINK]    = LAYOUT(link_fields, struct key),
	[REC_NAME]    = LAYOUT(name_fields, struct name_record),
	[REC_KILL]    = LAYOUT(kill_fields, struct kill_record),
	[REC_ACCOUNT] = LAYOUT(account_fields, struct account_record),
	[REC_ORDER]   = { order_fields, COUNT(order_fields), sizeof(struct order),
			  ORDER_FIELDS_FIRST },
	[REC_TRADE]   = { trade_fields, COUNT(trade_fields), sizeof(struct trade),
			  TRADE_FIELDS_FIRST },
	[REC_FILL]    = LAYOUT(fill_fields, struct fill),
	[REC_NOTE]    = LAYOUT(note_fields, struct note),
	[REC_SESSION] = LAYOUT(session_fields, struct session_record),
	[REC_EQUITY]  = LAYOUT(equity_fields, struct equity_point),
	[REC_STATE]   = { state_fields, COUNT(state_fields), sizeof(struct instance_state),
			  STATE_FIELDS_FIRST }
};

enum record_type record_of_space(uint8_t space)
{
	switch (space) {
	case SPACE_TOTALS:      return REC_TOTALS;
	case SPACE_ACCOUNT:     return REC_ACCOUNT;
	case SPACE_KILL_TIME:
	case SPACE_KILL:        return REC_KILL;
	case SPACE_AUDIT:       return REC_AUDIT;
	case SPACE_NAME:        return REC_NAME;
	case SPACE_STATE:       return REC_STATE;
	case SPACE_SESSION:     return REC_SESSION;
	case SPACE_EQUITY:      return REC_EQUITY;
	case SPACE_ORDER:       return REC_ORDER;
	case SPACE_TRADE:       return REC_TRADE;
	case SPACE_FILL:        return REC_FILL;
	case SPACE_NOTE:        return REC_NOTE;
	case SPACE_ORDER_OPEN:
	case SPACE_TRADE_OPEN:
	case SPACE_ORDER_ALIAS:
	case SPACE_ORDER_TIME:
	case SPACE_ORDER_TRADE:
	case SPACE_TRADE_TIME:
	case SPACE_FILL_TIME:
	case SPACE_FILL_TRADE:
	case SPACE_NOTE_TRADE:  return REC_LINK;
	default:                return (enum record_type)0;
	}
}

/* ---- numbers */

static void put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i & 0xff);
}

static uint64_t get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* A member of 1, 2, 4 or 8 bytes; its sign does not matter, its bits are kept. */
static uint64_t member_get(const char *p, size_t n)
{
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;

	switch (n) {
	case 1: memcpy(&a, p, 1); return a;
	case 2: memcpy(&b, p, 2); return b;
	case 4: memcpy(&c, p, 4); return c;
	default: assert(n == 8); memcpy(&d, p, 8); return d;
	}
}

static void member_set(char *p, uint64_t v, size_t n)
{
	uint8_t a = (uint8_t)v;
	uint16_t b = (uint16_t)v;
	uint32_t c = (uint32_t)v;

	switch (n) {
	case 1: memcpy(p, &a, 1); break;
	case 2: memcpy(p, &b, 2); break;
	case 4: memcpy(p, &c, 4); break;
	default: assert(n == 8); memcpy(p, &v, 8); break;
	}
}

/* ---- packing */

static size_t pack_words(uint8_t *out, const char *from, size_t bytes)
{
	size_t n = bytes / 8;

	while (n > 0 && member_get(from + 8 * (n - 1), 8) == 0)
		n--;
	assert(n < 256);
	out[0] = (uint8_t)n;
	for (size_t i = 0; i < n; i++)
		put_le(out + 1 + 8 * i, member_get(from + 8 * i, 8), 8);
	return 1 + 8 * n;
}

static sym sym_out(const struct names *names, sym v)
{
	if (names == NULL || !names->bound || v == SYM_NONE)
		return v;
	assert(v < SYMBOLS_MAX);
	return names->out[v];
}

static size_t pack_field(uint8_t *out, const struct field *f, const char *from,
			 const struct names *names)
{
	uint64_t v;
	size_t n;

	switch ((enum field_kind)f->kind) {
	case FIELD_TEXT:
		n = strnlen(from, f->size);
		assert(n < f->size && n < 256);
		out[0] = (uint8_t)n;
		memcpy(out + 1, from, n);
		return 1 + n;
	case FIELD_KEY:
		n = 1 + (size_t)(uint8_t)from[0];
		assert(n <= f->size);
		memcpy(out, from, n);
		return n;
	case FIELD_WORDS:
		return pack_words(out, from, f->size);
	case FIELD_SYM:
		put_le(out, sym_out(names, (sym)member_get(from, f->size)), f->size);
		return f->size;
	case FIELD_ENUM:
	case FIELD_INT:
		v = member_get(from, f->size);
		assert(f->kind == FIELD_INT || v <= f->last);
		put_le(out, v, f->size);
		return f->size;
	}
	assert(false);
	return 0;
}

static uint32_t record_crc(const void *key, size_t key_n, const uint8_t *data, size_t n)
{
	return crc32c(crc32c(0, key, key_n), data + 4, n - 4);
}

size_t record_pack(uint8_t out[static RECORD_MAX], enum record_type type, uint64_t seq,
		   const void *key, size_t key_n, const void *in, const struct names *names)
{
	assert(type > 0 && type < REC_END);
	const struct layout *l = &layouts[type];
	size_t n = RECORD_HEADER;

	for (size_t i = 0; i < l->n; i++) {
		assert(n + l->field[i].size + 4u <= RECORD_MAX);
		n += pack_field(out + n, &l->field[i], (const char *)in + l->field[i].at, names);
	}
	out[4] = (uint8_t)type;
	out[5] = STORE_VERSION;
	put_le(out + 6, n, 2);
	put_le(out + 8, seq, 8);
	put_le(out, record_crc(key, key_n, out, n), 4);
	return n;
}

uint64_t record_weight(const void *data)
{
	return hash64(data, RECORD_HEADER);
}

/* ---- unpacking */

const char *record_check(enum record_type *type, const void *key, size_t key_n, const void *data,
			 size_t n)
{
	const uint8_t *p = data;

	if (n < RECORD_HEADER || n > RECORD_MAX || get_le(p + 6, 2) != n)
		return "length";
	if (get_le(p, 4) != record_crc(key, key_n, p, n))
		return "checksum";
	if (p[5] == 0 || p[5] > STORE_VERSION)
		return "version";
	if (p[4] == 0 || p[4] >= REC_END)
		return "type";
	*type = (enum record_type)p[4];
	return NULL;
}

/* Bytes used of the n at p; 0: not such a member. */
static size_t unpack_field(char *to, const struct field *f, const uint8_t *p, size_t n,
			   const struct names *names)
{
	uint64_t v;
	size_t used;

	if (n == 0)
		return 0;
	switch ((enum field_kind)f->kind) {
	case FIELD_TEXT:
		used = 1 + (size_t)p[0];
		if (used > n || used > f->size || memchr(p + 1, 0, used - 1) != NULL)
			return 0;
		memcpy(to, p + 1, used - 1);	/* the rest is 0 already */
		return used;
	case FIELD_KEY:
		used = 1 + (size_t)p[0];
		if (used > n || used > f->size)
			return 0;
		memcpy(to, p, used);
		return used;
	case FIELD_WORDS:
		used = 1 + 8 * (size_t)p[0];
		if (used > n || used > f->size + 1u)
			return 0;
		for (size_t i = 0; i < p[0]; i++)
			member_set(to + 8 * i, get_le(p + 1 + 8 * i, 8), 8);
		return used;
	case FIELD_SYM:
	case FIELD_ENUM:
	case FIELD_INT:
		if (f->size > n)
			return 0;
		v = get_le(p, f->size);
		if (f->kind == FIELD_ENUM && v > f->last)
			return 0;
		if (f->kind == FIELD_SYM && names != NULL && names->bound && v != SYM_NONE)
			v = v < names->n ? names->in[v] : SYM_NONE;
		member_set(to, v, f->size);
		return f->size;
	}
	return 0;
}

const char *record_unpack(void *out, enum record_type type, const void *key, size_t key_n,
			  const void *data, size_t n, const struct names *names)
{
	enum record_type is;
	const char *wrong = record_check(&is, key, key_n, data, n);

	if (wrong != NULL)
		return wrong;
	if (is != type)
		return "type";
	const struct layout *l = &layouts[type];
	const uint8_t *p = data;
	size_t at = RECORD_HEADER;
	memset(out, 0, l->size);
	for (size_t i = 0; i < l->n; i++) {
		const struct field *f = &l->field[i];
		if (i >= l->least && at == n)
			break;
		size_t used = unpack_field((char *)out + f->at, f, p + at, n - at, names);
		if (used == 0)
			return "member";
		at += used;
	}
	return at == n ? NULL : "length";
}

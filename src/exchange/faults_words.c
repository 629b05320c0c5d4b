/* faults_words.c: the words of the language of faults. The manual is in src/cmd/help.txt. */
#include "exchange/faults.h"

#define BIT(on)  (1u << ON_##on)
#define CHANGES  (BIT(ORDER) | BIT(REPLACE) | BIT(CANCEL))
#define ANSWERS  (BIT(REQUEST) | CHANGES)
#define SENT     (BIT(EVENT) | BIT(MESSAGE))
#define TIMED    (BIT(AT) | BIT(EVERY))
#define STREAMS  (TIMED | BIT(STREAM))
#define LINKS    (ANSWERS | SENT | BIT(CONNECT) | STREAMS)
#define FATES    (BIT(ORDER) | BIT(EVENT))

const char *const fault_on_name[ON_COUNT] = {
	"request", "order", "replace", "cancel", "event", "message", "connect", "stream", "at",
	"every"
};

const char *const fault_frames[FRAME_COUNT + 1] = {
	"text", "binary", "fragments", "joined", "garbage", "bad-utf8", "huge", "masked",
	"reserved", NULL
};

const char *const fault_events[] = {
	"new", "fill", "partial_fill", "canceled", "expired", "done_for_day", "replaced",
	"rejected", "accepted", "held", "pending_new", "pending_cancel", "pending_replace",
	"stopped", "suspended", "calculated", "restated", "order_replace_rejected",
	"order_cancel_rejected", "trade_bust", "trade_correct", NULL
};

const char *const fault_messages[] = {
	"t", "q", "b", "d", "u", "c", "x", "s", "l", "i", NULL
};

#define DAY_SPAN  (10 * NS_DAY)
#define BIG       INT64_C(1000000000)

const struct fault_word fault_words[] = {
	{ DO_ACT, SHAPE_NONE, ANSWERS, 0, 0, "act" },
	{ DO_STATUS, SHAPE_STATUS, ANSWERS | BIT(CONNECT), 200, 599, "status" },
	{ DO_CODE, SHAPE_NUMBER, ANSWERS, 0, 99999999, "code" },
	{ DO_MESSAGE, SHAPE_WORDS, ANSWERS, 0, 0, "message" },
	{ DO_RETRY_AFTER, SHAPE_NUMBER, ANSWERS, 0, 86400, "retry-after" },
	{ DO_BODY, SHAPE_WORDS, ANSWERS, 0, 0, "body" },
	{ DO_EMPTY, SHAPE_NONE, ANSWERS, 0, 0, "empty" },
	{ DO_STALL, SHAPE_NONE, ANSWERS | BIT(CONNECT), 0, 0, "stall" },
	{ DO_EARLY, SHAPE_NONE, CHANGES, 0, 0, "early" },
	{ DO_LAG, SHAPE_SPAN, BIT(ORDER) | BIT(REPLACE), 1, DAY_SPAN, "lag" },
	{ DO_STALE, SHAPE_NONE, BIT(REQUEST), 0, 0, "stale" },
	{ DO_LOSE, SHAPE_NUMBER, BIT(REQUEST), 1, BIG, "lose" },
	{ DO_SHORT, SHAPE_NUMBER, BIT(REQUEST), 1, 10000, "short" },
	{ DO_STRANGER, SHAPE_NONE, BIT(REQUEST), 0, 0, "stranger" },
	{ DO_LENGTH, SHAPE_SIGNED, ANSWERS, -BIG, BIG, "length" },
	{ DO_CHUNKS, SHAPE_NONE, ANSWERS, 0, 0, "chunks" },
	{ DO_GZIP, SHAPE_NONE, ANSWERS, 0, 0, "gzip" },
	{ DO_REDIRECT, SHAPE_WORDS, ANSWERS, 0, 0, "redirect" },
	{ DO_REPEAT, SHAPE_NONE, ANSWERS, 0, 0, "repeat" },
	{ DO_INTERIM, SHAPE_NONE, ANSWERS, 0, 0, "interim" },
	{ DO_PAD, SHAPE_SIZE, ANSWERS, 1, 4 * BIG, "pad" },
	{ DO_DROP, SHAPE_KEY_OR_NOT, ANSWERS | SENT, 0, 0, "drop" },
	{ DO_NULL, SHAPE_KEY, ANSWERS | SENT, 0, 0, "null" },
	{ DO_SET, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0, "set" },
	{ DO_ADD, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0, "add" },
	{ DO_RENAME, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0, "rename" },
	{ DO_RETYPE, SHAPE_KEY, ANSWERS | SENT, 0, 0, "retype" },
	{ DO_TWICE, SHAPE_KEY, ANSWERS | SENT, 0, 0, "twice" },
	{ DO_SHIFT, SHAPE_SPAN_SIGNED, ANSWERS | SENT, -DAY_SPAN, DAY_SPAN, "shift" },
	{ DO_OFFSET, SHAPE_OFFSET, ANSWERS | SENT, 0, 0, "offset" },
	{ DO_DIGITS, SHAPE_NUMBER, ANSWERS | SENT, 0, 9, "digits" },
	{ DO_TRUNCATE, SHAPE_NUMBER_OR_NOT, ANSWERS | SENT, 0, BIG, "truncate" },
	{ DO_DELAY, SHAPE_SPAN, ANSWERS | SENT, 1, DAY_SPAN, "delay" },
	{ DO_DUPLICATE, SHAPE_DUPLICATE, SENT, 0, 0, "duplicate" },
	{ DO_REORDER, SHAPE_NONE, SENT, 0, 0, "reorder" },
	{ DO_FRAME, SHAPE_FRAME, SENT, 0, 0, "frame" },
	{ DO_CUT, SHAPE_CUT, LINKS, 0, BIG, "cut" },
	{ DO_CLOSE, SHAPE_NUMBER_OR_NOT, LINKS, 1000, 4999, "close" },
	{ DO_HALF_OPEN, SHAPE_NONE, LINKS, 0, 0, "half-open" },
	{ DO_SLOW, SHAPE_NUMBER, ANSWERS | BIT(CONNECT) | STREAMS, 1, BIG, "slow" },
	{ DO_SILENCE, SHAPE_SPAN_OR_NOT, BIT(CONNECT) | STREAMS, 1, DAY_SPAN, "silence" },
	{ DO_ERROR, SHAPE_ERROR, BIT(CONNECT) | STREAMS, 400, 599, "error" },
	{ DO_FLOOD, SHAPE_FLOOD, BIT(CONNECT) | STREAMS, 1, 100000, "flood" },
	{ DO_STICK, SHAPE_NONE, CHANGES | BIT(EVENT), 0, 0, "stick" },
	{ DO_LATE_FILL, SHAPE_NONE, CHANGES | BIT(EVENT), 0, 0, "late fill" },
	{ DO_REJECT, SHAPE_NONE, BIT(ORDER) | BIT(REPLACE), 0, 0, "reject" },
	{ DO_NEVER_FILL, SHAPE_NONE, FATES, 0, 0, "never fill" },
	{ DO_OVERFILL, SHAPE_NONE, FATES, 0, 0, "overfill" },
	{ DO_SPLIT, SHAPE_NONE, FATES, 0, 0, "split" },
	{ DO_LOSE_STOP, SHAPE_NONE, FATES, 0, 0, "lose stop" },
	{ DO_LOSE_LEGS, SHAPE_NONE, FATES, 0, 0, "lose legs" },
	{ DO_KEEP_LEGS, SHAPE_NONE, FATES, 0, 0, "keep legs" },
	{ DO_SUSPEND, SHAPE_NONE, FATES, 0, 0, "suspend" },
	{ DO_STOPPED, SHAPE_NONE, FATES, 0, 0, "stopped" },
	{ DO_CALCULATE, SHAPE_NONE, FATES, 0, 0, "calculate" },
	{ DO_DONE, SHAPE_NONE, FATES, 0, 0, "done_for_day" },
	{ DO_EXPIRE, SHAPE_NONE, FATES, 0, 0, "expire" },
	{ DO_CANCEL, SHAPE_CANCEL, TIMED | BIT(EVENT), 0, 0, "cancel" },
	{ DO_BUST, SHAPE_BUST, TIMED | BIT(EVENT), 0, 0, "bust" },
	{ DO_CORRECT, SHAPE_SIGNED, TIMED | BIT(EVENT), -100000, 100000, "correct" },
	{ DO_HALT, SHAPE_HALT, TIMED, 1, DAY_SPAN, "halt" },
	{ DO_SKIP_BARS, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "skip bars" },
	{ DO_REPEAT_BARS, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "repeat bars" },
	{ DO_OFF_GRID, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "off-grid" },
	{ DO_ZERO, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "zero" },
	{ DO_NEGATIVE, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "negative" },
	{ DO_CROSS, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "cross" },
	{ DO_TIMES_TEN, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "times-ten" },
	{ DO_FREEZE, SHAPE_SPAN, TIMED, 1, DAY_SPAN, "freeze" },
	{ DO_BLOCK, SHAPE_SPAN_OR_NOT, TIMED, 1, DAY_SPAN, "block" },
	{ DO_REVOKE, SHAPE_SPAN_OR_NOT, TIMED, 1, DAY_SPAN, "revoke" },
	{ DO_MAINTENANCE, SHAPE_MAINTENANCE, TIMED, 1, DAY_SPAN, "maintenance" },
};
const size_t fault_words_n = COUNT(fault_words);

/* engine_tell.h: a broker that says what a test wants it to say, true or not. */
#ifndef TEST_ENGINE_TELL_H
#define TEST_ENGINE_TELL_H

#include "test/unit/engine_rig.h"

/* A word on an order of ours, from the stream; the broker's name of it is of our own. Leg: by
 * the broker's names alone. */
struct report tell_of(const struct order *o, enum order_status status, int64_t done,
		      double average);
void tell(struct rig *r, struct report word);
/* The two together. */
void tell_status(struct rig *r, const struct order *o, enum order_status status, int64_t done,
		 double average);
void tell_reply(struct rig *r, const struct order *o, enum reply_kind kind);
/* A leg as the reply to its entry shows it: "leg-stop" or "leg-target". */
struct report tell_leg(const struct order *entry, enum order_role role, enum order_status status);

/* So much later a reconciliation that shows this position of the first symbol, and what is open by
 * the store. */
void tell_listing(struct rig *r, ns later, int64_t shares, enum position_of of);
/* What was asked in this step is as the store has it, or new. */
void tell_answers(struct rig *r);
/* Such ones, a quarter of a minute apart, until what is missing is believed gone; shares that a
 * stop holds are so with the last of TELL_HELD, after three minutes. */
#define TELL_HELD 13
void tell_gone(struct rig *r, int64_t left);

/* Opened, and an entry of 100 shares of AAPL at 100 is sent, stop 99, target 105: 10:10. */
struct order tell_entry(struct rig *r);
/* It is filled; both legs are known and at work. */
struct order tell_bracket(struct rig *r);
/* It was filled so far, then cancelled: the own stop that was sent, not yet answered. */
struct order tell_held(struct rig *r, int64_t shares);
/* The same of an entry that was sent in this step. */
struct order tell_partly(struct rig *r, int64_t shares);
/* On the way out: the exit that was sent, not yet answered. */
struct order tell_exit(struct rig *r, int64_t shares);

/* What the store has: the newest trade; the order of that name, or of no name. */
const struct trade *told_trade(const struct rig *r);
struct order told_order(const struct rig *r, const char *name);
/* The last one that was handed to the wire in this step; CHECKs that there is one. */
struct order told_sent(const struct rig *r, const char *what);
/* A note of these words was said in this step. */
bool told_note(const struct rig *r, const char *words);

#endif

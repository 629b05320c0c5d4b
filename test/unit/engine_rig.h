/* engine_rig.h: an engine, a strategy that does as it is told, and a store that keeps what
 * the engine says, for the engine's tests. */
#ifndef TEST_ENGINE_RIG_H
#define TEST_ENGINE_RIG_H

#include "engine/engine.h"
#include "test/check.h"

#define RIG_SYMBOLS 3
#define STORE_MAX   1024

/* What the store keeps: the newest word on each order and trade, and all fills. */
struct rig_store {
	uint32_t orders_n, trades_n, fills_n, notes_n;
	struct order order[STORE_MAX];
	struct trade trade[STORE_MAX];
	struct fill  fill[STORE_MAX];
	struct instance_state state;
	bool have_state;
};

struct rig {
	struct arena arena, plans;
	struct engine_config config;
	struct engine *engine;
	struct actions out;
	struct rig_store store;
	ns now;
	bool listed[SYMBOLS_MAX];	/* in this reconciliation */
	bool keep_done;			/* a restart is given those that came to nothing, too */
};

/* What the told strategy decides about each symbol's next bar. */
enum told { TELL_NOTHING, TELL_LONG, TELL_SHORT, TELL_EXIT };
extern enum told rig_tell[RIG_SYMBOLS];
extern double rig_stop, rig_target;	/* as parts of the close */
extern ns rig_hold;
extern double rig_trail, rig_trail_from, rig_size, rig_part;	/* dollars; 0 unless a test says */
extern uint8_t rig_level;		/* what both levels are: enum level */
extern double rig_trade_values[];	/* as it last saw them */
extern const struct strategy rig_strategy;

extern const char *const rig_symbol[RIG_SYMBOLS];
ns   rig_time(int hour, int minute, int second);	/* of Tuesday 2024-10-01, New York */

/* An instance `test` with AAPL, MSFT, TSLA on 1-minute bars, $10,000 a trade, no links. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);
/* The process dies; another begins with what the store has. */
void rig_restart(struct rig *r);
/* One event; its actions are in r->out, and in the store. */
void rig_step(struct rig *r, struct event *ev);
void rig_clock(struct rig *r, ns ts, bool complete);
void rig_link(struct rig *r, bool data, bool orders);
void rig_sync(struct rig *r, uint32_t phase);
void rig_command(struct rig *r, enum command c);
void rig_bar(struct rig *r, sym s, ns ts, double close);
void rig_position(struct rig *r, sym s, int64_t shares, enum position_of of);
/* Links up and an empty reconciliation: it may trade. */
void rig_ready(struct rig *r);
/* At that time a bar of the first symbol closes at 100 and is to be bought. */
void rig_long(struct rig *r, ns at);
/* Opened and ready, and the same. */
void rig_enter(struct rig *r, ns at);
/* Actions of a kind in the last step. */
uint32_t rig_count(const struct rig *r, enum action_kind kind);
const struct order *rig_submitted(const struct rig *r, uint32_t i);
const struct order *rig_stored(const struct rig *r, const char *cid_or_bid);
px rig_px(double v);

#endif

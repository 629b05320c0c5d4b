/* engine_broker.h: a small broker with the truth in it, for engine_sim.c: brackets whose
 * legs sleep until the entry is complete, groups that are cancelled together, partial
 * fills, shares that are held by working orders, and news that can be lost. */
#ifndef TEST_ENGINE_BROKER_H
#define TEST_ENGINE_BROKER_H

#include "base/rng.h"
#include "test/unit/engine_rig.h"

#define BROKER_ORDERS 1024
#define BROKER_MAIL   512
#define BROKER_EXECS  1024
#define NONE UINT32_MAX

struct broker_order {
	char cid[CID_TEXT], bid[UUID_TEXT];
	uint8_t side, type, status, role;
	bool leg, armed, stuck;		/* stuck: the rest is not filled */
	bool waits;			/* to take another's place */
	sym sym;
	int64_t want, done;		/* shares */
	usd value;
	px limit, stop;
	uint32_t parent, legs[2];	/* target, stop */
	uint32_t next;			/* what is to take its place; NONE */
	ns cancel_at, replace_at;
	int64_t before;			/* of done, by those whose place it took */
	usd before_value;
};

struct broker_exec { uint32_t order; int64_t n, to; px at; };

enum mail_to { TO_ENGINE, TO_BROKER };
enum ask_kind { REQ_SUBMIT, REQ_REPLACE, REQ_CANCEL, REQ_ASK, REQ_SYNC };

struct mail {
	ns due;
	uint8_t to, request;
	bool used, survives;		/* a request that has left the process */
	union { struct event ev; struct order order; } u;
	char old[UUID_TEXT];		/* REQ_REPLACE */
};

struct broker {
	struct rng rng;
	ns now;
	px price[RIG_SYMBOLS];
	int64_t position[RIG_SYMBOLS];	/* signed shares */
	uint32_t orders_n;
	struct broker_order order[BROKER_ORDERS];
	uint32_t execs_n;
	struct broker_exec exec[BROKER_EXECS];
	uint32_t mail_n;		/* all used ones are below */
	struct mail mail[BROKER_MAIL];
	/* Per 1000: news dropped, doubled; requests lost, refused. */
	uint32_t drop, twice, lose, refuse;
	ns slow;				/* longest delay */
	bool lists_all;				/* listings show what is over too */
	bool breach;				/* sold what was not held, or the like */
	const char *why;
	ns naked[RIG_SYMBOLS], naked_longest;
	uint32_t fills;
};

void broker_open(struct broker *b, uint64_t seed);
/* Takes what the engine asked for in this step. */
void broker_take(struct broker *b, const struct actions *a);
void broker_sync(struct broker *b);
/* An execution's id; and as the list of them has it: by the broker's names, and no more. */
void broker_name(char out[static UUID_TEXT], uint32_t execution);
struct report broker_listed(const struct broker *b, uint32_t execution);
/* The market moves, orders fill, requests arrive. */
void broker_move(struct broker *b, ns now);
/* The next event for the engine that is due; false: none. */
bool broker_news(struct broker *b, struct event *out);
/* The process died: what it had not sent, and what was on the way to it, is gone. */
void broker_cut(struct broker *b);
uint32_t broker_open_orders(const struct broker *b);

/* ---- between its files: engine_broker_books.c */
bool broker_final(const struct broker_order *o);
int64_t broker_held(const struct broker *b, sym s, uint8_t side);
int64_t broker_closable(const struct broker *b, sym s, uint8_t side);
void broker_watch(struct broker *b, sym s);

#endif

/* report.h: what the broker says of an order: the one shape into which streams, replies
 * and listings are read (alpaca/), and from which the engine books. */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include "model/model.h"

/* The broker's word on one order, from a stream, a reply or a listing. */
struct report {
	char    cid[CID_TEXT];		/* "" when longer than ours can be: not ours */
	char    bid[UUID_TEXT];
	char    parent[CID_TEXT];	/* leg in a nested document: cid of the parent; else "" */
	char    execution[UUID_TEXT];	/* stream fills */
	uint8_t status, type, side, source;	/* source: enum report_source */
	sym     sym;
	qty     want, done;		/* cumulative */
	px      average;		/* of done, rounded at 10^-9 */
	qty     n;			/* this execution; 0 none */
	px      at;
	px      limit, stop;
	ns      ts;
	char    replaced_by[UUID_TEXT];
	bool    booked;			/* a listing's entry: the books have its trade */
};
enum report_source {
	FROM_STREAM, FROM_REPLY, FROM_SYNC, FROM_ASK,
	/* Of one execution only, the rest is of its day or not told: */
	FROM_LIST,	/* in the account's list of them */
	FROM_BUST,	/* the broker has taken it back */
	FROM_UNLIST,	/* and so says the list */
	FROM_CORRECT	/* it has another price */
};

#endif

/* web_rig.h: a store in a folder of its own, a configuration with one instance, a board. */
#ifndef TEST_WEB_RIG_H
#define TEST_WEB_RIG_H

#include "base/clock.h"
#include "test/check.h"
#include "web/web_inner.h"

#define RIG_TRADE "gb-%08x-AAPL-hl3k2w-e"	/* with the hash of the instance's name */

struct rig {
	char           root[64], ini[96], folder[128], id[CID_TEXT];
	struct config  config;
	struct clock   clock;
	struct control control;
	struct web    *web;
	void          *ring;
};

/* token may be "". The board is offline: NULL server. */
void rig_open(struct rig *r, const char *token);
void rig_done(struct rig *r);
void rig_trade(const struct rig *r, struct trade *t);	/* closed, with a gain of 12.40 */
void rig_order(const struct rig *r, struct order *o);	/* its entry, filled */
void rig_save(struct rig *r, const struct trade *t, const struct order *o);
struct str rig_ask(struct rig *r, const char *target, int status);

#endif

/* A wire thread's state without the thread: what it would send stays under way, and is answered by
 * the test. One instance, "bull", which trades AAPL. */
#ifndef TEST_RUN_RIG_H
#define TEST_RUN_RIG_H

#include "run/wire_inner.h"

#define BID   "00000000-0000-0000-0000-000000000001"
#define OTHER "00000000-0000-0000-0000-000000000002"
#define WASH  "{\"code\":40310000,\"message\":\"potential wash trade detected\"}"
#define TWICE "{\"code\":40010001,\"message\":\"client_order_id must be unique\"}"

extern struct live live;
extern struct config config;
extern struct wire wire;
extern char rig_out[CLIENTS][16384];	/* the requests */

void rig_begin(void);
/* rig_begin, an hour into a session, of a clock that stands (which it tells); nothing is due. */
ns   rig_session(void);
void rig_end(void);

struct order rig_order(enum order_role role, char purpose, const char *bid);
void rig_tell(enum wire_kind k, const struct order *o);
uint32_t rig_tasks(int kind);			/* so many wait or are under way; -1: of any */
/* The kind of what is under way on a connection; -1: nothing. */
int  rig_under_way(enum wire_client c);
void rig_answer(enum wire_client c, int status, const char *body);
void rig_broken(enum wire_client c, bool sent);
void rig_time_passes(void);			/* all postponed tasks are due now */
/* The newest reply that the instance got; -1: none. Empties the ring. */
int  rig_reply(void);
/* The document of that order, as it was taken; good until the next call. */
const char *rig_accepted(const struct order *o, const char *bid);
/* Begins; one submit, answered so (status 0: cut, before it left when body is NULL); its reply. */
int  rig_submitted(enum order_role role, int status, const char *body);

#endif

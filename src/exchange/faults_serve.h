/* faults_serve.h: where the serving half asks the rules of misbehaviour, and the judge who
 * watches the clients. Nothing of the first costs anything while there are no rules. */
#ifndef EXCHANGE_FAULTS_SERVE_H
#define EXCHANGE_FAULTS_SERVE_H

#include "exchange/faults.h"
#include "exchange/stream.h"

#define FAULT_PLAN_MAX 24	/* what one request or message meets at most */

struct exchange;
struct call;

/* What happens to one request or message. */
struct fault_plan {
	uint32_t n;
	const struct fault_do *d[FAULT_PLAN_MAX];
	bool     act;		/* it is carried out */
	uint32_t orders;	/* that there were before it */
};

/* ---- faults.c */
size_t faults_size(void);
void   faults_init(struct exchange *x);		/* takes that much of x->arena */
/* What the configuration names: scenarios and files. ERR_CONFIG, and why. */
enum err faults_load(struct exchange *x, char *why, size_t why_size);
bool faults_on(const struct exchange *x);	/* there are rules, or something goes on */
ns   faults_due(const struct exchange *x);	/* the clock has to stop then; INT64_MAX: never */
void faults_time(struct exchange *x, ns ts);	/* an instant begins: what is due happens */
int  faults_get(struct exchange *x, const struct call *c);
int  faults_post(struct exchange *x, const struct call *c);
int  faults_delete(struct exchange *x, const struct call *c);

/* ---- faults_rest.c, faults_answer.c: a request, step by step */
bool faults_stop(struct exchange *x, const struct call *c);	/* answered: go no further */
bool faults_plan(struct exchange *x, const struct call *c, struct fault_plan *p); /* rules apply */
/* It has been carried out, and x->out holds the answer. */
void faults_acted(struct exchange *x, const struct call *c, int *status,
		  const struct fault_plan *p);
void faults_answer(struct exchange *x, const struct call *c, int status,
		   const struct fault_plan *p);

/* ---- faults_stream.c. connect: answered, there is no stream. filter: false keeps it back. */
bool faults_connect(struct exchange *x, const struct request *rq, struct str path,
		    enum stream_kind kind);
bool faults_filter(struct exchange *x, struct stream *st, const struct outgoing *o);

/* ---- faults_core.c: an effect from the log; false: it is none. */
bool faults_replay(struct exchange *x, struct str record);

/* ---- verdict.c: what clients do */
size_t verdict_size(uint32_t orders_max);
void verdict_init(struct exchange *x);
void verdict_request(struct exchange *x, const struct request *rq, const struct call *c);
/* status 0: there was no answer */
void verdict_answer(struct exchange *x, const struct call *c, int status);
/* The client does not know of the orders from `first` on. */
void verdict_withheld(struct exchange *x, uint32_t first);
void verdict_forget(struct exchange *x, uint16_t account);	/* it begins anew */
int  sim_verdict(struct exchange *x, const struct call *c);

/* ---- ledger.c */
int  sim_ledger(struct exchange *x, const struct call *c);
/* ?account=N, or the account's key; false: there is none, and it was said. */
bool ledger_account(struct exchange *x, const struct call *c, uint16_t *account);

#endif

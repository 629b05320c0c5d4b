/* exec.h: a strategy in another program, which is asked after every slice.
 *
 * A line of JSON goes to its standard input for each symbol that has a new closed bar:
 *	{"id":7,"time":"2024-09-09T13:35:00Z","symbol":"AAPL","decide":"entry",
 *	 "bar":{"open":…,"high":…,"low":…,"close":…,"volume":…},"values":[1.5,null],
 *	 "position":null}
 * time is the bar's end; values are those of `inputs`, null: it has none; decide: entry, exit,
 * or none, when the answer moves nothing; position: {"side":"long","shares":…,"entry":…,
 * "stop":…,"target":…}. It answers each with a line, in any order:
 *	{"id":7,"do":"long","stop":98.5,"target":101,"hold":"30m","size":5000,"why":"…"}
 * do: long, short, exit or none; all but id and do may be left out, and other keys are passed
 * over.
 *
 * All answers to one slice must come within the deadline; the first one's of a program that has
 * just been started, within RULES_DEADLINE_MAX. One that comes later is dropped and
 * told. A slice without all of its answers, or with a line that is none, is a failure: after
 * EXEC_FAILURES in a row the instance is paused, and the program ended until it is resumed.
 *
 * The child: no shell; a process group of its own, killed as one; the three standard streams and
 * no other descriptor; PATH, HOME and LANG and nothing else of the environment; no new
 * privileges; bounded files. What it writes to standard error goes to the log. */
#ifndef RUN_EXEC_H
#define RUN_EXEC_H

#include "engine/engine.h"

#define EXEC_FAILURES 5
#define EXEC_LINE     2048	/* bytes of an answer: more is none */

struct exec;

/* NULL: no memory. patient: the market does not wait, so that a program that ends at once is
 * started again after 1 s, 2 s … 60 s; else at the next slice. wait: 0: the strategy's deadline. */
struct exec *exec_open(const struct engine_config *c, bool patient, ns wait);
/* Asks about the slice that the engine has decided, once, and waits. */
void exec_ask(struct exec *x, struct engine *e);
/* What is to be told to the engine; kind and content only. False: no more. */
bool exec_next(struct exec *x, struct event *ev);
/* Too many failures: why; NULL: not. */
const char *exec_failed(const struct exec *x);
void exec_close(struct exec *x);

#endif

/* visit.h: somebody's program asks a server for something, each time on a connection of its own. */
#ifndef DST_VISIT_H
#define DST_VISIT_H

#include "sim.h"

#define VISIT_DASHBOARD 9091
#define VISIT_BROKER    9190

struct visit { size_t n; char answer[1 << 17]; };	/* what came, a text */

/* A connection that is being made; -1: none. */
int  visit_open(uint16_t port);
/* False: it is too late, or the other side is gone. */
bool visit_put(int fd, const char *text, size_t n, ns deadline);
/* Whole answers end with the connection; `upto` bytes are waited for, and no more. */
void visit_take(struct visit *v, int fd, size_t upto, ns deadline);
void visit_close(int fd);
/* All of it. body: "" for none. */
void visit(struct visit *v, uint16_t port, const char *method, const char *path, const char *body,
	   ns patient);
void visit_part(struct visit *v, uint16_t port, const char *method, const char *path,
		const char *body, size_t upto, ns patient);
bool visit_said(const struct visit *v, const char *status);	/* "2": any that begins so */
void visit_nap(ns from, ns to);
/* desk.c: a bot that has been up and running, since well before that, owes an answer. */
bool desk_runs_since(ns began);
void desk_answered(const struct visit *v, const char *method, const char *path, ns began,
		   ns patient);

#endif

/* sandbox.h: what the running program gives away, once it has what it needs: by Landlock all files
 * but its folder and a few to read, and all TCP but the broker's ports and its own; by seccomp
 * every system call that it does not make (they fail with EPERM), among them execve, fork, ptrace
 * and memory that may be executed; and what root may beyond others, should it be root. What a
 * parser that is broken into can do is then little more than the program does anyway.
 *
 * Threads inherit it. A program that is a strategy (exec.h) could not run under it: where there
 * is one, main and the threads of such instances stay outside, and each other thread enters
 * by itself. The resolver may read /etc and /run, and nothing else: the list of name servers is
 * replaced while we run. */
#ifndef RUN_SANDBOX_H
#define RUN_SANDBOX_H

#include "run/config.h"

enum sandbox_wish { SANDBOX_AUTO, SANDBOX_REQUIRE, SANDBOX_OFF };

/* Once, before threads start and before the first sandbox_enter. exchange_port: of the
 * one inside, or 0. False: it is required and this kernel has not all of it; it was logged. */
MUST_CHECK bool sandbox_open(const struct config *c, uint16_t exchange_port);
/* The calling thread, and those that it makes, from now on; each thread calls it that is to be
 * inside. Where sandbox_whole, main before it makes any. */
void sandbox_enter(void);
/* The same for the resolver. */
void sandbox_enter_names(void);
/* At once, for the calling thread of a program that has opened all it needs (the exchange on a port
 * of its own): no file any more, no TCP port to listen at or to connect to; the same calls. */
void sandbox_shut(void);
/* Main and all threads: there is no strategy that is another program. */
bool sandbox_whole(void);

/* "Landlock 7, seccomp", "seccomp", "off", … */
const char *sandbox_text(void);

/* sandbox_calls.c: the filter. False: this kernel has none. */
bool sandbox_calls(void);
bool sandbox_calls_there(void);

#endif

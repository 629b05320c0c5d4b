/* clock.h: the only file that asks what time it is. Wall time comes from a
 * `struct clock`, so that a simulated market hands out its own; deadlines of
 * sockets and waits come from mono_ns() and never jump. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <time.h>

#include "base/base.h"

ns mono_ns(void);			/* CLOCK_MONOTONIC */
ns wall_ns(void);			/* CLOCK_REALTIME */
ns cpu_ns(void);			/* processor time of all threads so far */
void sleep_until(ns mono_deadline);

/* A span for ppoll and its like; none when it is over. The fields are narrower on 32-bit. */
static inline struct timespec clock_span(ns left)
{
	if (left < 0)
		left = 0;
	return (struct timespec){ (time_t)(left / NS_SECOND), (long)(left % NS_SECOND) };
}

/* Where "now" comes from. CLOCK_SYSTEM: the kernel. CLOCK_SCALED: a market that
 * runs at `speed` times real time from `base` on. CLOCK_MANUAL: lockstep; now is
 * what was last set. Set by one thread (the wire), read by all. Never goes
 * backwards: clock_now returns at least what it returned before, on all threads.
 * Only a change of kind, which happens once, when a market says that it has a
 * clock of its own, begins a new time at what was set. */
enum clock_kind { CLOCK_SYSTEM, CLOCK_SCALED, CLOCK_MANUAL };

struct clock {
	_Atomic uint32_t changes;	/* odd while the members below are being set */
	_Atomic int      kind;
	_Atomic int64_t  base_ns;	/* market time at base_mono */
	_Atomic int64_t  base_mono;
	_Atomic int64_t  speed_milli;	/* thousandths of real time */
	_Atomic int64_t  last_ns;	/* the largest that was handed out */
};

void clock_init(struct clock *c);				/* CLOCK_SYSTEM */
void clock_set_manual(struct clock *c, ns now);
void clock_set_scaled(struct clock *c, ns now, int64_t speed_milli);
ns   clock_now(struct clock *c);

#endif

/* fiber.c: who runs, and what time it is. Of those who can run, chance picks; when nobody can, it
 * is at once as late as the first thing that is due. */
#include "sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/crc.h"

#ifdef __SANITIZE_ADDRESS__
#define STACK   ((size_t)2048 * 1024)
#else
#define STACK   ((size_t)512 * 1024)
#endif
#define HEAP    8192
#define A_CALL  ((ns)300)	/* how long one takes: a loop that polls must see time pass */
#define TAIL    400
#define LINE    400

struct sim sim;
struct fiber fibers[FIBERS];
struct fiber *current;

static struct fiber *fibers_end = fibers;	/* behind the last that was ever used */
static char *stacks;
static jump machine;
static struct { ns at; uint64_t order; void (*what)(void *, int64_t); void *arg; int64_t n; }
	heap[HEAP], top;
static size_t heap_n;
static uint64_t heap_order;
static char tail[TAIL][LINE];
static uint32_t tail_n;

/* ---- who sees to it that memory is used rightly (make torture-dst SAN=1) has to know on which
 * stack he is */

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:detect_stack_use_after_return=0";
}

static const void *machine_stack;
static size_t machine_size;

static void goes_to_fiber(const struct fiber *f)
{
	__sanitizer_start_switch_fiber(NULL, f->stack, STACK);
}

static void is_in_fiber(void)
{
	__sanitizer_finish_switch_fiber(NULL, &machine_stack, &machine_size);
}

static void goes_to_machine(void)
{
	__sanitizer_start_switch_fiber(NULL, machine_stack, machine_size);
}

static void is_in_machine(void)
{
	__sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

/* Of the one before, who ended somewhere. */
static void is_new(char *stack)
{
	__asan_unpoison_memory_region(stack, STACK);
}
#else
static void goes_to_fiber(const struct fiber *f) { (void)f; }
static void is_in_fiber(void) { }
static void goes_to_machine(void) { }
static void is_in_machine(void) { }
static void is_new(char *stack) { (void)stack; }
#endif

/* ---- chance */

uint64_t draw(int rng, uint64_t bound)
{
	return rng_below(&sim.rng[rng], bound);
}

bool chance(int rng, uint64_t one_in)
{
	return rng_below(&sim.rng[rng], one_in) == 0;
}

ns draw_span(int rng, ns from, ns to)
{
	int steps = 0;

	for (ns x = from; x < to / 2; x *= 2)
		steps++;
	ns low = from << draw(rng, (uint64_t)steps + 1), high = low * 2 < to ? low * 2 : to;
	return low + (ns)draw(rng, (uint64_t)(high - low) + 1);
}

/* ---- the trace */

static void put_line(const char *line, size_t n)
{
	sim.hash = hash64(line, n) ^ (sim.hash << 7 | sim.hash >> 57);
	char *to = tail[tail_n++ % TAIL];
	size_t kept = n < LINE - 1 ? n : LINE - 1;
	memcpy(to, line, kept);
	to[kept] = '\0';
	if (sim.trace)
		fprintf(stdout, "%s\n", to);
}

void dst_line(const char *who, const char *line, size_t n)
{
	char text[LINE];
	ns day = (sim.now + sim.wall) % NS_DAY;

	while (n > 0 && line[n - 1] == '\n')
		n--;
	int k = snprintf(text, sizeof text, "%02d:%02d:%02d.%06d %s %.*s",
			 (int)(day / NS_HOUR), (int)(day / NS_MINUTE % 60),
			 (int)(day / NS_SECOND % 60), (int)(day % NS_SECOND / 1000), who, (int)n,
			 line);
	put_line(text, k < LINE ? (size_t)k : LINE - 1);
}

void dst_say(const char *fmt, ...)
{
	char text[LINE];
	va_list args;

	if (sim.forked)
		return;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	dst_line("-", text, n < LINE ? (size_t)n : LINE - 1);
}

void dst_fail(const char *fmt, ...)
{
	va_list args;

	if (sim.failed[0] == '\0') {
		va_start(args, fmt);
		(void)vsnprintf(sim.failed, sizeof sim.failed, fmt, args);
		va_end(args);
		dst_say("FAILED: %s", sim.failed);
	}
	sim.over = true;
}

void print_tail(FILE *to)
{
	for (uint32_t i = tail_n > TAIL ? tail_n - TAIL : 0; i < tail_n; i++)
		fprintf(to, "    %s\n", tail[i % TAIL]);
}

/* ---- what is due: a heap, the first of one instant first */

static bool before(size_t a, size_t b)
{
	return heap[a].at != heap[b].at ? heap[a].at < heap[b].at
					: heap[a].order < heap[b].order;
}

static void swap(size_t a, size_t b)
{
	top = heap[a];
	heap[a] = heap[b];
	heap[b] = top;
}

void at_time(ns at, void (*what)(void *, int64_t), void *arg, int64_t n)
{
	assert(heap_n < HEAP);
	size_t i = heap_n++;
	heap[i].at = at < sim.now ? sim.now : at;
	heap[i].order = heap_order++;
	heap[i].what = what;
	heap[i].arg = arg;
	heap[i].n = n;
	for (; i > 0 && before(i, (i - 1) / 2); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static void happen(void)
{
	void (*what)(void *, int64_t) = heap[0].what;
	void *arg = heap[0].arg;
	int64_t n = heap[0].n;

	heap[0] = heap[--heap_n];
	for (size_t i = 0;;) {
		size_t child = 2 * i + 1;
		if (child + 1 < heap_n && before(child + 1, child))
			child++;
		if (child >= heap_n || !before(child, i))
			break;
		swap(i, child);
		i = child;
	}
	what(arg, n);
}

/* ---- fibers */

static _Noreturn void first_step(void)
{
	struct fiber *f = current;

	is_in_fiber();
	f->result = f->body(f->arg);
	f->state = F_DONE;
	fiber_wake(f, true);
	if (f->detached)
		f->state = F_FREE;
	fiber_leave();
}

void fibers_begin(void)
{
	stacks = memory_large(FIBERS * STACK);
}

struct fiber *fiber_new(struct proc *p, void *(*body)(void *), void *arg)
{
	struct fiber *f = fibers;

	while (f < fibers + FIBERS && f->state != F_FREE)
		f++;
	if (f == fibers + FIBERS)
		return NULL;
	char *stack = stacks + (size_t)(f - fibers) * STACK;
	is_new(stack);
	*f = (struct fiber){ .state = F_READY, .p = p, .body = body, .arg = arg, .stack = stack,
			     .deadline = NEVER };
	fibers_end = f < fibers_end ? fibers_end : f + 1;
	return f;
}

void fiber_drop(struct fiber *f)
{
	uint32_t bit = 1u << (f - fibers);

	for (int i = 0; i < FDS; i++)
		fds[i].waiters &= ~bit;
	f->state = F_FREE;
}

static void step_into(struct fiber *f)
{
	current = f;
	if (__builtin_setjmp(machine) == 0) {
		errno = f->saved_errno;
		goes_to_fiber(f);
		if (f->started)
			__builtin_longjmp(f->at, 1);
		f->started = true;
		(void)getcontext(&f->first);
		f->first.uc_stack.ss_sp = f->stack;
		f->first.uc_stack.ss_size = STACK;
		f->first.uc_link = NULL;
		makecontext(&f->first, first_step, 0);
		(void)setcontext(&f->first);
	}
	is_in_machine();
	current = NULL;
}

static void to_machine(void)
{
	current->saved_errno = errno;
	if (__builtin_setjmp(current->at) == 0)
		fiber_leave();
	is_in_fiber();
}

void fiber_leave(void)
{
	goes_to_machine();
	__builtin_longjmp(machine, 1);
}

bool fiber_wait(const void *on, ns deadline)
{
	struct fiber *me = current;

	assert(me != NULL && !sim.forked);
	me->state = F_WAITS;
	me->on = on;
	me->deadline = deadline;
	me->timed_out = false;
	to_machine();
	return !me->timed_out;
}

void fiber_ready(struct fiber *f)
{
	if (f->state != F_WAITS)
		return;
	f->state = F_READY;
	f->on = NULL;
	f->deadline = NEVER;
}

void fiber_wake(const void *on, bool all)
{
	struct fiber *waits[FIBERS];
	uint64_t n = 0;

	for (struct fiber *f = fibers; f < fibers_end; f++)
		if (f->state == F_WAITS && f->on == on)
			waits[n++] = f;
	if (n == 0)
		return;
	if (!all)
		fiber_ready(waits[draw(RNG_ORDER, n)]);
	else
		for (uint64_t i = 0; i < n; i++)
			fiber_ready(waits[i]);
}

void fiber_yield(void)
{
	if (!sim.forked)
		to_machine();
}

void point(void)
{
	struct proc *p = current->p;

	if (sim.forked)
		return;
	sim.points++;
	sim.now += A_CALL;
	if (fails(FAIL_STOP))
		fiber_yield();
	if (fails(FAIL_KILL)) {
		p->crash_power = fail.lasts;
		p->crash_in = 1;
	}
	if (p->crash_in > 0 && --p->crash_in == 0) {
		proc_end(p, -9);
		fiber_leave();
	}
	if (chance(RNG_ORDER, 32))
		fiber_yield();
}

static struct fiber *pick(void)
{
	struct fiber *ready[FIBERS];
	uint64_t n = 0;

	for (struct fiber *f = fibers; f < fibers_end; f++) {
		if (f->state == F_WAITS && f->deadline <= sim.now && !f->p->stopped) {
			f->timed_out = true;
			fiber_ready(f);
		}
		if (f->state == F_READY && !f->p->stopped)
			ready[n++] = f;
	}
	return n == 0 ? NULL : n == 1 ? ready[0] : ready[draw(RNG_ORDER, n)];
}

void run_until(ns end)
{
	while (sim.now < end && !sim.over) {
		while (heap_n > 0 && heap[0].at <= sim.now && !sim.over)
			happen();
		struct fiber *f = pick();
		if (f != NULL) {
			step_into(f);
			continue;
		}
		ns next = heap_n > 0 ? heap[0].at : NEVER;
		for (f = fibers; f < fibers_end; f++)
			if (f->state == F_WAITS && !f->p->stopped && f->deadline < next)
				next = f->deadline;
		sim.now = next < end ? next : end;
	}
}

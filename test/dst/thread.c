/* thread.c: what the bot and the exchange know as pthread, clocks and signals. */
#include "sim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

/* A mutex as it lies in memory: zeros are one that nobody has. */
struct lock { struct fiber *owner; };
static_assert(sizeof(struct lock) <= sizeof(pthread_mutex_t), "a lock fits where a mutex does");

int dst_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int dst_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
	(void)a;
	memset(m, 0, sizeof *m);
	return 0;
}

int dst_pthread_mutex_lock(pthread_mutex_t *m);
int dst_pthread_mutex_lock(pthread_mutex_t *m)
{
	struct lock *l = (struct lock *)(void *)m;

	point();
	while (l->owner != NULL && !sim.forked) {
		assert(l->owner != current);
		(void)fiber_wait(m, NEVER);
	}
	l->owner = current;
	return 0;
}

int dst_pthread_mutex_unlock(pthread_mutex_t *m);
int dst_pthread_mutex_unlock(pthread_mutex_t *m)
{
	struct lock *l = (struct lock *)(void *)m;

	assert(l->owner == current);
	l->owner = NULL;
	fiber_wake(m, true);
	return 0;
}

int dst_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
int dst_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
	(void)a;
	memset(c, 0, sizeof *c);
	return 0;
}

int dst_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int dst_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	(void)dst_pthread_mutex_unlock(m);
	(void)fiber_wait(c, NEVER);
	return dst_pthread_mutex_lock(m);
}

int dst_pthread_cond_signal(pthread_cond_t *c);
int dst_pthread_cond_signal(pthread_cond_t *c)
{
	fiber_wake(c, false);
	return 0;
}

int dst_pthread_cond_broadcast(pthread_cond_t *c);
int dst_pthread_cond_broadcast(pthread_cond_t *c)
{
	fiber_wake(c, true);
	return 0;
}

/* For all that only sets up or tears down. */
int dst_fine(void);
int dst_fine(void)
{
	return 0;
}

int dst_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*body)(void *), void *arg);
int dst_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*body)(void *), void *arg)
{
	(void)a;
	point();
	if (fails(FAIL_TASK))
		return EAGAIN;
	struct fiber *f = fiber_new(current->p, body, arg);
	if (f == NULL)
		return EAGAIN;
	*t = (pthread_t)(f - fibers) + 1;
	return 0;
}

int dst_pthread_join(pthread_t t, void **result);
int dst_pthread_join(pthread_t t, void **result)
{
	struct fiber *f = &fibers[t - 1];

	while (f->state != F_DONE)
		(void)fiber_wait(f, NEVER);
	if (result != NULL)
		*result = f->result;
	f->state = F_FREE;
	return 0;
}

pthread_t dst_pthread_self(void);
pthread_t dst_pthread_self(void)
{
	return (pthread_t)(current - fibers) + 1;
}

/* ---- time */

int dst_clock_gettime(clockid_t id, struct timespec *t);
int dst_clock_gettime(clockid_t id, struct timespec *t)
{
	ns now = sim.now + (id == CLOCK_REALTIME ? sim.wall : 0);

	if (id == CLOCK_REALTIME && fails(FAIL_CLOCK))
		now = fail_clock(now);

	t->tv_sec = (time_t)(now / NS_SECOND);
	t->tv_nsec = (long)(now % NS_SECOND);
	return 0;
}

static ns span_of(const struct timespec *t)
{
	return (ns)t->tv_sec * NS_SECOND + (ns)t->tv_nsec;
}

int dst_clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *left);
int dst_clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *left)
{
	(void)left;
	assert(id == CLOCK_MONOTONIC && flags == TIMER_ABSTIME);
	point();
	if (fails(FAIL_INTERRUPT))
		return EINTR;
	if (span_of(t) > sim.now && !sim.forked)
		(void)fiber_wait(NULL, span_of(t));
	return 0;
}

/* ---- signals: they come to whoever asks for them */

int dst_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *t);
int dst_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *t)
{
	struct proc *p = current->p;
	ns deadline = sim.now + span_of(t);

	(void)info;
	point();
	if (fails(FAIL_INTERRUPT))
		return -1;
	for (;;) {
		for (int s = 1; s < 32; s++) {
			if (!(p->pending & 1u << s) || sigismember(set, s) != 1)
				continue;
			p->pending &= ~(1u << s);
			return s;
		}
		if (!fiber_wait(&p->pending, deadline)) {
			errno = EAGAIN;
			return -1;
		}
	}
}

void proc_signal(struct proc *p, int number)
{
	p->pending |= 1u << number;
	fiber_wake(&p->pending, true);
}

long dst_syscall(long number, ...);
long dst_syscall(long number, ...)
{
	if (number == SYS_gettid)
		return current - fibers + 1;
	errno = ENOSYS;
	return -1;
}

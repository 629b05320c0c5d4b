/* fd.c: descriptors of both processes, eventfd, and waiting for any of them. */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct fd fds[FDS] = { { .kind = FD_STD }, { .kind = FD_STD }, { .kind = FD_STD } };

int fd_new(enum fd_kind kind, int flags)
{
	for (int i = 3; i < FDS; i++)
		if (fds[i].kind == FD_FREE) {
			fds[i] = (struct fd){ .kind = kind, .p = current->p, .flags = flags };
			return i;
		}
	errno = EMFILE;
	return -1;
}

struct fd *fd_of(int fd, enum fd_kind kind)
{
	if (fd >= 0 && fd < FDS && fds[fd].kind != FD_FREE &&
	    (fds[fd].p == NULL || fds[fd].p == current->p) &&
	    (kind == FD_FREE || fds[fd].kind == kind))
		return &fds[fd];
	errno = EBADF;
	return NULL;
}

void fd_notify(struct fd *f)
{
	for (uint32_t bits = f->waiters; bits != 0; bits &= bits - 1)
		fiber_ready(&fibers[__builtin_ctz(bits)]);
	f->waiters = 0;
}

void fd_close(struct fd *f)
{
	fd_notify(f);
	if (f->kind == FD_STREAM || f->kind == FD_LISTEN)
		net_close(f);
	else if (f->kind == FD_FILE)
		disk_close(f);
	else if (f->kind == FD_REAL)
		(void)close(f->real);
	if (f->kind != FD_STD)
		*f = (struct fd){ 0 };
}

short fd_events(struct fd *f)
{
	switch (f->kind) {
	case FD_EVENT:
		return f->count > 0 ? POLLIN | POLLOUT : POLLOUT;
	case FD_LISTEN:
	case FD_STREAM:
		return net_events(f);
	case FD_STD:
		return POLLOUT;
	case FD_FREE:
	case FD_FILE:
	case FD_REAL:
		break;
	}
	return POLLIN | POLLOUT;
}

int dst_close(int fd);
int dst_close(int fd)
{
	struct fd *f = fd_of(fd, FD_FREE);

	point();
	if (f == NULL)
		return -1;
	fd_close(f);
	return 0;
}

int dst_eventfd(unsigned count, int flags);
int dst_eventfd(unsigned count, int flags)
{
	int fd = fails(FAIL_FDS) ? -1 : fd_new(FD_EVENT, flags);

	if (fd >= 0)
		fds[fd].count = count;
	return fd;
}

int dst_pipe2(int ends[2], int flags);
int dst_pipe2(int ends[2], int flags)
{
	int real[2];

	if (fails(FAIL_FDS) || pipe2(real, flags) != 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		ends[i] = fd_new(FD_REAL, 0);
		assert(ends[i] >= 0);
		fds[ends[i]].real = real[i];
	}
	return 0;
}

int dst_fcntl(int fd, int what, ...);
int dst_fcntl(int fd, int what, ...)
{
	struct fd *f = fd_of(fd, FD_FREE);
	va_list args;

	if (f == NULL || (what == F_SETLK && fails(FAIL_FILE)))
		return -1;
	va_start(args, what);
	if (what == F_GETLK)
		va_arg(args, struct flock *)->l_type = F_UNLCK;
	else if (what == F_SETFL)
		f->flags = va_arg(args, int);
	va_end(args);
	return what == F_GETFL ? f->flags : 0;
}

/* ---- poll */

static int ready(struct pollfd *p, nfds_t n)
{
	int count = 0;

	for (nfds_t i = 0; i < n; i++) {
		struct fd *f = p[i].fd < 0 ? NULL : fd_of(p[i].fd, FD_FREE);
		p[i].revents = 0;
		if (p[i].fd < 0)
			continue;
		p[i].revents = f == NULL ? POLLNVAL :
			       (short)(fd_events(f) & (p[i].events | POLLERR | POLLHUP));
		count += p[i].revents != 0;
	}
	return count;
}

static int wait_for(struct pollfd *p, nfds_t n, ns deadline)
{
	uint32_t bit = 1u << (current - fibers);

	point();
	if (fails(FAIL_INTERRUPT))
		return -1;
	if (deadline > sim.now && chance(RNG_ORDER, 4096)) {
		errno = EINTR;
		return -1;
	}
	for (;;) {
		int count = ready(p, n);
		if (count > 0)
			return count;
		if (deadline <= sim.now) {
			fiber_yield();
			return 0;
		}
		for (nfds_t i = 0; i < n; i++)
			if (p[i].fd >= 0)
				fds[p[i].fd].waiters |= bit;
		(void)fiber_wait(NULL, deadline);
		for (nfds_t i = 0; i < n; i++)
			if (p[i].fd >= 0)
				fds[p[i].fd].waiters &= ~bit;
	}
}

int dst_poll(struct pollfd *p, nfds_t n, int ms);
int dst_poll(struct pollfd *p, nfds_t n, int ms)
{
	if (n == 1 && p->fd == STDERR_FILENO) {
		p->revents = POLLOUT;
		return 1;
	}
	return wait_for(p, n, ms < 0 ? NEVER : sim.now + ms * NS_MS);
}

int dst_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *set);
int dst_ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *set)
{
	(void)set;
	return wait_for(p, n, t == NULL ? NEVER : sim.now + (ns)t->tv_sec * NS_SECOND +
			(ns)t->tv_nsec);
}

/* ---- read and write */

ssize_t dst_read(int fd, void *to, size_t n);
ssize_t dst_read(int fd, void *to, size_t n)
{
	struct fd *f = fd_of(fd, FD_FREE);

	point();
	if (f == NULL)
		return -1;
	if (f->kind == FD_REAL)
		return fails(FAIL_INTERRUPT) ? -1 : read(f->real, to, n);
	if (f->kind == FD_FILE) {
		ssize_t got = disk_read(f, to, n, f->offset);
		f->offset += got > 0 ? got : 0;
		return got;
	}
	assert(f->kind == FD_EVENT && n == sizeof f->count);
	if (f->count == 0) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(to, &f->count, n);
	f->count = 0;
	return (ssize_t)n;
}

static ssize_t say(const void *line, size_t n)
{
	if (!sim.forked)
		dst_line(current->p->name, line, n);
	if (!sim.forked && current->p == &bot)
		desk_hears(line, n);
	current->p->complained |= memmem(line, n, "error ", 6) != NULL ||
				  memmem(line, n, "gambler: ", 9) == line;
	current->p->shared |= memmem(line, n, "account.shared", 14) != NULL;
	return (ssize_t)n;
}

/* What is said before there is a log. */
FILE *dst_stderr;

static ssize_t say_early(void *unused, const char *text, size_t n)
{
	(void)unused;
	return current == NULL ? (ssize_t)n : say(text, n);
}

void fd_begin(void)
{
	dst_stderr = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = say_early });
	assert(dst_stderr != NULL && setvbuf(dst_stderr, NULL, _IOLBF, 512) == 0);
}

ssize_t dst_write(int fd, const void *from, size_t n);
ssize_t dst_write(int fd, const void *from, size_t n)
{
	struct fd *f = fd_of(fd, FD_FREE);
	uint64_t count;

	if (f == NULL)
		return -1;
	if (f->kind == FD_STD)
		return say(from, n);
	point();
	if (f->kind == FD_REAL)
		return write(f->real, from, n);
	if (f->kind == FD_FILE) {
		ssize_t put = disk_write(f, from, n, f->offset);
		f->offset += put > 0 ? put : 0;
		return put;
	}
	assert(f->kind == FD_EVENT && n == sizeof count);
	memcpy(&count, from, n);
	f->count += count;
	fd_notify(f);
	return (ssize_t)n;
}

/* proc.c: a process: what it allocates and maps goes when it ends; what it is linked from, its
 * data as it was before main, comes back when it starts. */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct proc bot = { .name = "bot", .body = bot_body };
struct proc exchange = { .name = "exchange", .body = exchange_body };

/* Where inside.ld has put all data of each, in whole pages of their own. */
extern char __start_bot_data[], __stop_bot_data[], __start_market_data[], __stop_market_data[];

/* ---- memory */

struct block { struct block *next, *prev; void *base; size_t n; };
static_assert(sizeof(struct block) % 16 == 0, "what lies behind it is aligned");

static void *block_new(size_t align, size_t n)
{
	struct proc *p = current->p;
	if (fails(FAIL_MEMORY))
		return NULL;
	char *base = malloc(n + sizeof(struct block) + align);

	if (base == NULL)
		return NULL;
	uintptr_t at = (uintptr_t)base + sizeof(struct block);
	at = (at + align - 1) / align * align;
	struct block *b = (struct block *)at - 1;
	*b = (struct block){ .next = p->blocks, .base = base, .n = n };
	if (p->blocks != NULL)
		p->blocks->prev = b;
	p->blocks = b;
	p->bytes += n;
	p->most = p->bytes > p->most ? p->bytes : p->most;
	return b + 1;
}

void *dst_malloc(size_t n);
void *dst_malloc(size_t n)
{
	char *m = block_new(16, n);

	if (m != NULL)
		memset(m, 0xa5, n);	/* nothing may depend on what was there */
	return m;
}

void *dst_calloc(size_t n, size_t size);
void *dst_calloc(size_t n, size_t size)
{
	void *m = block_new(16, n * size);

	return m == NULL ? NULL : memset(m, 0, n * size);
}

void dst_free(void *m);
void dst_free(void *m)
{
	struct proc *p = current->p;

	if (m == NULL)
		return;
	struct block *b = (struct block *)m - 1;
	if (b->next != NULL)
		b->next->prev = b->prev;
	*(b->prev != NULL ? &b->prev->next : &p->blocks) = b->next;
	p->bytes -= b->n;
	free(b->base);
}

void *dst_realloc(void *m, size_t n);
void *dst_realloc(void *m, size_t n)
{
	void *to = dst_malloc(n);

	if (m != NULL && to != NULL) {
		size_t had = ((struct block *)m - 1)->n;
		memcpy(to, m, had < n ? had : n);
		dst_free(m);
	}
	return to;
}

int dst_posix_memalign(void **out, size_t align, size_t n);
int dst_posix_memalign(void **out, size_t align, size_t n)
{
	*out = block_new(align, n);
	return *out == NULL ? ENOMEM : 0;
}

char *dst_strdup(const char *s);
char *dst_strdup(const char *s)
{
	char *m = dst_malloc(strlen(s) + 1);

	return m == NULL ? NULL : memcpy(m, s, strlen(s) + 1);
}

int disk_memory(struct node *n);	/* disk.c: the file's bytes, as a descriptor */

void *dst_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
void *dst_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	struct proc *p = current->p;
	struct fd *f = fd < 0 ? NULL : fd_of(fd, FD_FILE);

	if ((fd >= 0 && f == NULL) || fails(FAIL_MEMORY))
		return MAP_FAILED;
	void *m = mmap(at, n, protection, flags, f == NULL ? -1 : disk_memory(f->node), offset);
	for (int i = 0; i < MAPPINGS && m != MAP_FAILED; i++)
		if (p->mapping[i].at == NULL) {
			p->mapping[i] = (struct mapping){ m, n };
			return m;
		}
	assert(m == MAP_FAILED);
	return m;
}

int dst_munmap(void *at, size_t n);
int dst_munmap(void *at, size_t n)
{
	for (int i = 0; i < MAPPINGS; i++)
		if (current->p->mapping[i].at == at)
			current->p->mapping[i].at = NULL;
	return munmap(at, n);
}

static void give_back(struct proc *p)
{
	for (struct block *b = p->blocks; b != NULL;) {
		struct block *next = b->next;
		free(b->base);
		b = next;
	}
	p->blocks = NULL;
	p->bytes = 0;
	for (int i = 0; i < MAPPINGS; i++)
		if (p->mapping[i].at != NULL)
			(void)munmap(p->mapping[i].at, p->mapping[i].n);
	memset(p->mapping, 0, sizeof p->mapping);
}

/* ---- beginning and end */

/* Pages of the program's own file: dropped, they are as they were. */
static void forget(char *from, const char *to)
{
	if (memory_back(from, to))
		return;
	int e = madvise(from, (size_t)(to - from), MADV_DONTNEED);
	assert(e == 0);
}

void proc_start(struct proc *p)
{
	assert(!p->alive);
	if (p == &bot && p->starts > 0)
		forget(__start_bot_data, __stop_bot_data);
	net_restarted(p);
	p->alive = true;
	p->stopped = false;
	p->pending = 0;
	p->crash_in = 0;
	p->complained = false;
	p->starts++;
	dst_say("%s starts, time %d", p->name, p->starts);
	struct fiber *f = fiber_new(p, p->body, NULL);
	assert(f != NULL);
}

void proc_crash(struct proc *p, bool power, uint64_t within)
{
	if (!p->alive || p->crash_in > 0)
		return;
	p->crash_power = power;
	p->crash_in = (int)within;
}

static void restart(void *arg, int64_t n)
{
	struct proc *p = arg;

	(void)n;
	if (p->alive)
		return;
	if (p == &bot)
		more_before_start();
	proc_start(p);
}

#define RESTART_AFTER (2 * NS_SECOND)	/* as the unit file has it */

void proc_end(struct proc *p, int code)
{
	assert(p->alive);
	dst_say("%s ends, code %d", p->name, code);
	if (p == &bot && code > 0)
		fail_ended(code);
	p->alive = false;
	p->code = code;
	p->kills += code == -9;
	for (int i = 0; i < FDS; i++)
		if (fds[i].kind == FD_STREAM && fds[i].p == p && p->crash_power)
			net_died(p, true);
	for (int i = 0; i < FDS; i++)
		if (fds[i].kind != FD_FREE && fds[i].p == p)
			fd_close(&fds[i]);
	for (struct fiber *f = fibers; f < fibers + FIBERS; f++)
		if (f->state != F_FREE && f->p == p)
			fiber_drop(f);
	give_back(p);
	if (p->crash_power)
		disk_power_loss();
	p->crash_power = false;
	if (p == &exchange)
		forget(__start_market_data, __stop_market_data);	/* it is not up */
	if (!sim.over)
		at_time(sim.now + (p == &bot ? RESTART_AFTER : more_down()), restart, p, 0);
}

_Noreturn void dst__exit(int code);
_Noreturn void dst__exit(int code)
{
	if (sim.forked)
		_exit(code);
	proc_end(current->p, code);
	fiber_leave();
}

_Noreturn void dst_abort(void);
_Noreturn void dst_abort(void)
{
	if (sim.forked)
		abort();
	dst_fail("%s aborts: an assertion does not hold", current->p->name);
	proc_end(current->p, -6);
	fiber_leave();
}

/* The store is verified by a child: a real one, of all this. It reads, tells and ends. */
pid_t dst_fork(void);
pid_t dst_fork(void)
{
	if (fails(FAIL_TASK))
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		sim.forked = true;
	return pid;
}

pid_t dst_waitpid(pid_t pid, int *status, int options);
pid_t dst_waitpid(pid_t pid, int *status, int options)
{
	if (fails(FAIL_INTERRUPT))
		return -1;
	pid_t got = waitpid(pid, status, options);
	fail_told();
	return got;
}

pid_t dst_getpid(void);
pid_t dst_getpid(void)
{
	return 1000 + current->p->starts;
}

/* ---- environment: keys, which the bot wipes once it has them */

char *dst_getenv(const char *name);
char *dst_getenv(const char *name)
{
	static const char given[2][16] = { "PKSIMULATED", "simulated" };
	static char value[2][16];
	int i = strcmp(name, "APCA_API_KEY_ID") == 0     ? 0
		: strcmp(name, "APCA_API_SECRET_KEY") == 0 ? 1
							   : -1;

	return i < 0 ? NULL : memcpy(value[i], given[i], sizeof value[i]);
}

ssize_t dst_getrandom(void *to, size_t n, unsigned flags);
ssize_t dst_getrandom(void *to, size_t n, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = (char)draw(RNG_BOT, 256);
	return (ssize_t)n;
}

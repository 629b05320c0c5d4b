/* kill_at.c: a program is traced, and killed in the middle of what it does.
 *
 *	kill_at FROM TO THREAD N OPTION PROGRAM ARGUMENT...
 *
 * The window is what it does behind its acknowledgement of instant FROM - 1 of the market (0: from
 * its beginning) up to that of instant TO, with it (0: up to its end). When THREAD (1: the first;
 * the others as they were made) is about to make its Nth system call in it, the program gets
 * SIGKILL, and the call is not made. It gets it at the latest when the window ends. futex is not
 * counted: how often it is called is chance, and it leaves no trace behind. OPTION:
 *	plain
 *	term	the window begins with a SIGTERM
 *	hour	when it begins, an hour has passed for the thread that sleeps (the keeper of the
 *		store), it lasts until that sleeps again, and THREAD is that one
 *	marks	said is "mark INSTANT WHAT", for what is sent and received
 *
 * It says "killed NUMBER" (of the call; over: behind the window; ended: by itself), "saving" or
 * "-" (whether a checkpoint was open), and how many calls each thread made in the window:
 * "THREAD:COUNT ...". Exit 0; 3 when it may not trace, or
 * not read what it traces. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 256		/* of the program and of its children, over its life */
#define TEXT    4096		/* of a message: as far as it is looked into */
#define HOUR    3700		/* seconds */
#define VDSO    33		/* AT_SYSINFO_EHDR */

static long from, to, thread, n;
static bool term, hour, marks;
static pid_t program, threads[THREADS];
static int threads_n, sleeper;
static bool open_now, over, killed, shifted;
static long number, count[THREADS], in;
static int saving;		/* the thread that has a checkpoint open */
static struct __ptrace_syscall_info entered[THREADS];
static bool woken[THREADS];	/* its call before was a sleep */

static void fail(const char *what)
{
	perror(what);
	kill(program, SIGKILL);
	exit(3);
}

/* 1 and up, in the order in which they were made. */
static int index_of(pid_t tid)
{
	for (int i = 0; i < threads_n; i++)
		if (threads[i] == tid)
			return i + 1;
	if (threads_n == THREADS) {
		fputs("kill_at: too many threads\n", stderr);
		exit(3);
	}
	threads[threads_n++] = tid;
	return threads_n;
}

static size_t get(pid_t tid, uint64_t at, void *out, size_t size)
{
	struct iovec here = { out, size }, there = { (void *)(uintptr_t)at, size };
	ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);

	/* What lies behind it may not be there. */
	for (; got < 0 && size > 64; got = process_vm_readv(tid, &here, 1, &there, 1, 0))
		here.iov_len = there.iov_len = size /= 2;
	return got > 0 ? (size_t)got : 0;
}

static void put(pid_t tid, uint64_t at, const void *data, size_t size)
{
	struct iovec here = { (void *)(uintptr_t)data, size };
	struct iovec there = { (void *)(uintptr_t)at, size };

	if (process_vm_writev(tid, &here, 1, &there, 1, 0) != (ssize_t)size)
		fail("kill_at: process_vm_writev");
}

/* Without it every look at the clock is a system call. */
static void forget_vdso(pid_t tid)
{
	struct __ptrace_syscall_info i;
	uint64_t word, type[2];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof i, &i) < 0)
		fail("kill_at: PTRACE_GET_SYSCALL_INFO");
	uint64_t at = i.stack_pointer;
	if (get(tid, at, &word, sizeof word) != sizeof word)
		fail("kill_at: process_vm_readv");
	for (at += 8 * (word + 2); get(tid, at, &word, 8) == 8 && word != 0; at += 8)
		;
	for (at += 8; get(tid, at, type, sizeof type) == sizeof type && type[0] != 0; at += 16)
		if (type[0] == VDSO) {
			type[0] = 1;			/* AT_IGNORE */
			put(tid, at, type, sizeof type);
		}
}

static void mark(const char *what)
{
	if (marks)
		printf("mark %ld %s\n", in, what);
}

/* What is sent to the broker and to the lockstep. Returns the instant it acknowledges, or -1. */
static long look_at(const char *text)
{
	const char *cid = strstr(text, "\"client_order_id\":\"");
	const char *ack = strstr(text, "\"n\":");

	if (strncmp(text, "POST /sim/ack ", 14) == 0)
		return ack != NULL ? strtol(ack + 4, NULL, 10) : -1;
	if (strncmp(text, "PATCH /v2/orders", 16) == 0)
		mark("move");
	else if (strncmp(text, "DELETE /v2/orders", 17) == 0)
		mark("cancel");
	else if (strncmp(text, "POST /v2/orders ", 16) == 0 && cid != NULL) {
		char last[64] = "";
		if (sscanf(cid + 19, "%63[^\"]", last) == 1 && strrchr(last, '-') != NULL)
			mark(strrchr(last, '-')[1] == 'e' ? "entry" :
			     strrchr(last, '-')[1] == 'x' ? "exit" : "stop");
	}
	return -1;
}

static void begin(void)
{
	open_now = true;
	if (term)
		kill(program, SIGTERM);
}

static void end(bool is_over)
{
	if (!killed)
		kill(program, SIGKILL);
	over = over || (is_over && !killed);
	killed = true;
	open_now = false;
}

static void acknowledged(long instant)
{
	in = instant + 1;
	if (open_now && !hour && to > 0 && instant >= to)
		end(true);
	else if (!open_now && !killed && in >= from)
		begin();
}

static void counts(int who, long call)
{
	if (!open_now || call == SYS_futex || (hour && (who != sleeper || !shifted)))
		return;
	count[who - 1]++;
	if (count[who - 1] == n && (hour || who == thread)) {
		number = call;
		end(false);
	}
}

/* A program that hides its memory can be read by root alone: it is kept from doing so. */
static void stay_readable(pid_t tid, const struct __ptrace_syscall_info *i)
{
#ifdef __x86_64__
	if (i->entry.args[0] == PR_SET_DUMPABLE &&
	    ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rdi), -1L) != 0)
		fail("kill_at: PTRACE_POKEUSER");
#else
	(void)tid;
	(void)i;
#endif
}

static void on_entry(pid_t tid, int who, const struct __ptrace_syscall_info *i)
{
	static char text[TEXT + 1];
	long call = (long)i->entry.nr;
	struct timespec at;

	if (call == SYS_clock_nanosleep) {
		sleeper = who;
		if (hour && shifted && open_now)
			end(true);
		if (hour && shifted && get(tid, i->entry.args[2], &at, sizeof at) == sizeof at) {
			at.tv_sec -= HOUR;
			put(tid, i->entry.args[2], &at, sizeof at);
		}
	}
	counts(who, call);
	if (killed)
		return;
	if (call == SYS_prctl)
		stay_readable(tid, i);
	if (call == SYS_sendto) {
		size_t size = i->entry.args[2] < TEXT ? i->entry.args[2] : TEXT;
		size_t got = get(tid, i->entry.args[1], text, size);
		if (got == 0 && size > 0)
			fail("kill_at: process_vm_readv");
		text[got] = '\0';
		long instant = look_at(text);
		if (instant >= 0)
			acknowledged(instant);
	}
	if (call == SYS_openat
#ifdef SYS_open
	    || call == SYS_open
#endif
	    ) {
		text[get(tid, i->entry.args[call == SYS_openat], text, TEXT)] = '\0';
		if (strstr(text, "/checkpoint/") != NULL &&
		    (i->entry.args[1 + (call == SYS_openat)] & O_ACCMODE) == O_WRONLY)
			saving = who;
	}
}

static void on_exit_of(pid_t tid, int who, const struct __ptrace_syscall_info *i)
{
	static char text[TEXT + 1];
	const struct __ptrace_syscall_info *e = &entered[who - 1];
	long call = (long)e->entry.nr;
	struct timespec at;

	if (call == SYS_close && saving == who)
		saving = 0;
	if (marks && call == SYS_recvfrom && i->exit.rval > 0) {
		size_t size = i->exit.rval < TEXT ? (size_t)i->exit.rval : TEXT;
		size = get(tid, e->entry.args[1], text, size);
		text[size] = '\0';
		if (memmem(text, size, "\"event\":\"fill\"", 14) != NULL ||
		    memmem(text, size, "\"event\":\"partial_fill\"", 22) != NULL)
			mark("fill");
	}
	if (hour && who == sleeper && call == SYS_clock_gettime &&
	    (shifted || (open_now && woken[who - 1])) &&
	    e->entry.args[0] == CLOCK_MONOTONIC &&
	    get(tid, e->entry.args[1], &at, sizeof at) == sizeof at) {
		shifted = true;
		at.tv_sec += HOUR;
		put(tid, e->entry.args[1], &at, sizeof at);
	}
}

static void on_call(pid_t tid)
{
	int who = index_of(tid);
	struct __ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof i, &i) < 0)
		return;				/* it has just been killed */
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY) {
		woken[who - 1] = (long)entered[who - 1].entry.nr == SYS_clock_nanosleep;
		entered[who - 1] = i;
		on_entry(tid, who, &i);
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && !killed) {
		on_exit_of(tid, who, &i);
	}
}

/* The signal that it is to get, now that it goes on. */
static int on_stop(pid_t tid, int status)
{
	int signal = WSTOPSIG(status);
	unsigned long child;

	if (signal == (SIGTRAP | 0x80)) {
		on_call(tid);
		return 0;
	}
	switch (status >> 16) {
	case 0:
		break;
	case PTRACE_EVENT_CLONE:
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &child) == 0)
			index_of((pid_t)child);
		return 0;
	case PTRACE_EVENT_EXEC:
		if (hour)
			forget_vdso(tid);
		return 0;
	default:
		return 0;
	}
	return signal == SIGSTOP ? 0 : signal;	/* with which each thread begins */
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 7)
		return 2;
	from = strtol(argv[1], NULL, 10);
	to = strtol(argv[2], NULL, 10);
	thread = strtol(argv[3], NULL, 10);
	n = strtol(argv[4], NULL, 10);
	term = strcmp(argv[5], "term") == 0;
	hour = strcmp(argv[5], "hour") == 0;
	marks = strcmp(argv[5], "marks") == 0;
	program = fork();
	if (program == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execv(argv[6], argv + 6);
		_exit(127);
	}
	index_of(program);
	if (waitpid(program, &status, 0) != program || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
		   PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		   PTRACE_O_TRACEEXEC) != 0)
		fail("kill_at: ptrace");
	open_now = from == 0;
	ptrace(PTRACE_SYSCALL, program, 0, 0);
	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);
		if (tid < 0 || (tid == program && !WIFSTOPPED(status)))
			break;
		if (WIFSTOPPED(status))
			ptrace(PTRACE_SYSCALL, tid, 0, on_stop(tid, status));
	}
	if (over)
		puts("over");
	else if (killed)
		printf("killed %ld\n", number);
	else
		puts("ended");
	puts(saving != 0 ? "saving" : "-");
	for (int i = 0; i < threads_n; i++)
		printf("%d:%ld ", i + 1, count[i]);
	return 0;
}

/* The seccomp filter of one architecture, as its program is: interpreted for every number of a
 * system call, and for arguments at the edges. filters.sh compiles this once for each, with the
 * numbers that musl has for it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "run/sandbox.h"

/* As the kernel hands it to the program: number, architecture, where from, arguments. */
struct asked { uint32_t call, architecture, from[2], argument[12]; };

static int catch_filter(int what, unsigned long mode, const void *program);
#define prctl(what, mode, program, a, b) catch_filter(what, mode, program)

/* The one that is looked at, and not that of the machine on which this runs. */
#undef __x86_64__
#undef __aarch64__
#undef __riscv
#undef __arm__
#define THIS 1
#if defined(OF_x86_64)
#define __x86_64__ THIS
#elif defined(OF_aarch64)
#define __aarch64__ THIS
#elif defined(OF_riscv64)
#define __riscv THIS
#elif defined(OF_arm)
#define __arm__ THIS
#endif
#include "run/sandbox_calls.c"

#define STEPS_MAX 4096
#define CALLS_MAX 1024	/* no architecture has a number beyond */

static struct step step[STEPS_MAX];
static uint16_t steps;

static int catch_filter(int what, unsigned long mode, const void *program)
{
	const struct program *p = program;

	if (what != PR_SET_SECCOMP || mode != 2 || p->n == 0 || p->n > STEPS_MAX)
		return -1;
	memcpy(step, p->step, p->n * sizeof *step);
	steps = p->n;
	return 0;
}

/* What the kernel would do; it takes no other program than one that jumps forward and ends. */
static uint32_t verdict(const struct asked *a)
{
	uint32_t word = 0;

	for (uint32_t i = 0; i < steps; i++) {
		const struct step *s = &step[i];
		switch (s->code) {
		case LOAD:
			if (s->k % 4 != 0 || s->k >= sizeof *a)
				return 1;
			memcpy(&word, (const char *)a + s->k, sizeof word);
			break;
		case EQUAL:
			i += word == s->k ? s->yes : s->no;
			break;
		case BITS:
			i += (word & s->k) != 0 ? s->yes : s->no;
			break;
		case RETURN:
			return s->k;
		default:
			return 1;
		}
	}
	return 1;	/* ran out of it: no verdict */
}

static const struct { uint32_t call; const char *name; } names[] = {
#include "names.h"
};

static int failed;

static void demand(bool holds, const char *sentence)
{
	if (!holds)
		printf("not so: %s\n", sentence);
	failed |= !holds;
}

static bool allowed(uint32_t call, int argument, uint32_t value, uint32_t others)
{
	struct asked a = { .call = call, .architecture = OURS };

	for (int i = 0; i < 6; i++)
		a.argument[2 * i] = i == argument ? value : others;
	uint32_t v = verdict(&a);
	demand(v == ALLOW || v == REFUSE, "each call of this architecture is allowed or refused");
	return v == ALLOW;
}

/* Allowed whatever its arguments are, as far as the program looks at them. */
static bool always(uint32_t call)
{
	bool yes = true;

	for (int argument = 0; argument < 6; argument++)
		for (uint32_t bit = 0; bit < 32; bit++)
			yes = yes && allowed(call, argument, 1u << bit, 0) &&
				allowed(call, argument, ~(1u << bit), ~0u);
	return yes;
}

static const char *name_of(uint32_t call)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].call == call)
			return names[i].name;
	return NULL;
}

static void arguments(void)
{
	for (uint32_t protection = 0; protection < 16; protection++) {
		bool data = (protection & 4) == 0;
		demand(allowed(SYS_mmap2, 2, protection, ~0u) == data, "no code is mapped");
		demand(allowed(SYS_mprotect, 2, protection, ~0u) == data, "nothing becomes code");
	}
	demand(allowed(SYS_clone, 0, 0x7d0f00, 0), "threads are made as musl makes them");
	demand(!allowed(SYS_clone, 0, 17, ~0u) && !allowed(SYS_clone, 0, 0x4011, ~0u),
	       "no process is");
	for (uint32_t family = 0; family < 64; family++)
		demand(allowed(SYS_socket, 0, family, 0) ==
		       (family == 1 || family == 2 || family == 10),
		       "sockets are local or of the internet");
	demand(allowed(SYS_ioctl, 1, 0x5413, 0) && allowed(SYS_ioctl, 1, 0x541b, 0) &&
	       !allowed(SYS_ioctl, 1, 0x5412, 0), "no keys are put into a terminal");
	demand(!allowed(SYS_execve, 0, 0, 0) && !allowed(SYS_ptrace, 0, 0, 0) &&
	       !allowed(SYS_prctl, 0, 0, 0) && !allowed(SYS_setuid, 0, 0, 0) &&
	       !allowed(SYS_mount, 0, 0, 0) && !allowed(SYS_bpf, 0, 0, 0) &&
	       !allowed(SYS_io_uring_setup, 0, 0, 0) && !allowed(SYS_process_vm_writev, 0, 0, 0) &&
	       !allowed(SYS_clone3, 0, 0, 0) && !allowed(SYS_kill, 0, 0, 0) &&
	       !allowed(SYS_keyctl, 0, 0, 0) && !allowed(SYS_memfd_create, 0, 0, 0),
	       "programs, tracing, rights, file systems, other processes: refused");
}

int main(void)
{
	static const uint32_t architectures[] = {
		0xc000003e, 0xc00000b7, 0xc00000f3, 0x40000028, 0x40000003, 0xc0000015, 0,
	};
	uint32_t own = 0;

	demand(sandbox_calls() && steps > 0, "there is a program");
	for (size_t i = 0; i < COUNT(architectures); i++) {
		struct asked a = { .call = SYS_read, .architecture = architectures[i] };
		own += architectures[i] == OURS;
		demand(verdict(&a) == (architectures[i] == OURS ? ALLOW : KILL),
		       "numbers of another architecture end it");
	}
	demand(own == 1, "the architecture is one of those");
	arguments();
	for (uint32_t call = 0; call < CALLS_MAX; call++) {
		const char *name = name_of(call);
		if (!always(call))
			continue;
		demand(name != NULL, "what is allowed has a name");
		if (name != NULL)
			printf("%s\n", name);
		/* The same of 32-bit programs on x86_64, and of nothing else. */
		demand(!allowed(call | 0x40000000, 0, 0, 0) && !allowed(call | 0x80000000, 0, 0, 0),
		       "the high bits of a number count");
	}
	return failed;
}

/* The system calls that trading makes, and musl for it; as a filter that the kernel runs. */
#include "run/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* As the kernel has them; musl has no headers for them. */
struct step { uint16_t code; uint8_t yes, no; uint32_t k; };
struct program { uint16_t n; const struct step *step; };
#define LOAD   0x20	/* a word of what is asked */
#define EQUAL  0x15
#define BITS   0x45
#define RETURN 0x06
#define NUMBER        0u
#define ARCHITECTURE  4u
#define ARGUMENT(n)   (16u + 8u * (n))	/* little-endian, all that we run on */
#define ALLOW  0x7fff0000u
#define REFUSE (0x00050000u | EPERM)
#define KILL   0x80000000u	/* another architecture's numbers: nothing of ours */

#if defined(__x86_64__)
#define OURS 0xc000003eu
#elif defined(__aarch64__)
#define OURS 0xc00000b7u
#elif defined(__riscv)
#define OURS 0xc00000f3u
#elif defined(__arm__)
#define OURS 0x40000028u
#endif

#ifndef SYS_mmap2
#define SYS_mmap2 SYS_mmap
#endif

static const uint16_t fine[] = {
	/* by the thousand */
	SYS_futex, SYS_read, SYS_write, SYS_ppoll, SYS_recvfrom, SYS_sendto, SYS_sendmsg,
	SYS_recvmsg, SYS_gettid, SYS_writev, SYS_fdatasync, SYS_lseek, SYS_nanosleep,
	SYS_rt_sigtimedwait,
#ifdef SYS_clock_gettime
	SYS_clock_gettime, SYS_clock_nanosleep, SYS_clock_getres,
#else
	SYS_clock_gettime32, SYS_clock_nanosleep_time32, SYS_clock_getres_time32,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_sigreturn
	SYS_sigreturn,
#endif
#ifdef SYS_pread64
	SYS_pread64, SYS_pwrite64,
#else
	SYS_pread, SYS_pwrite,
#endif
#ifdef SYS_futex_time64
	SYS_futex_time64, SYS_ppoll_time64, SYS_clock_gettime64, SYS_clock_nanosleep_time64,
	SYS_rt_sigtimedwait_time64, SYS_clock_getres_time64,
#endif
	SYS_readv, SYS_preadv, SYS_pwritev,
	/* memory; see also asked[] */
	SYS_munmap, SYS_madvise, SYS_mremap, SYS_msync, SYS_brk, SYS_membarrier,
	/* sockets */
	SYS_connect, SYS_bind, SYS_listen, SYS_accept4, SYS_shutdown, SYS_setsockopt,
	SYS_getsockopt, SYS_getsockname, SYS_getpeername, SYS_eventfd2, SYS_pipe2, SYS_fcntl,
	SYS_close, SYS_dup, SYS_getrandom,
#ifdef SYS_accept
	SYS_accept,
#endif
#ifdef SYS_fcntl64
	SYS_fcntl64,
#endif
	/* files, of which Landlock leaves few */
	SYS_openat, SYS_fsync, SYS_fstat, SYS_statx, SYS_ftruncate, SYS_fallocate, SYS_flock,
	SYS_getdents64, SYS_unlinkat, SYS_mkdirat, SYS_faccessat, SYS_fstatfs, SYS_statfs,
	SYS_renameat2, SYS_fchmodat, SYS_geteuid,
#ifdef SYS_geteuid32
	SYS_geteuid32,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_fstatat
	SYS_fstatat,
#endif
#ifdef SYS_open
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_rename, SYS_unlink, SYS_rmdir, SYS_mkdir,
	SYS_chmod,
#endif
#ifdef SYS_fstat64
	SYS_fstat64, SYS_stat64, SYS_lstat64, SYS_fstatat64, SYS_ftruncate64, SYS_fstatfs64,
	SYS_statfs64, SYS__llseek,
#endif
	/* threads and the end */
	SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_sched_yield,
	SYS_getpid, SYS_uname, SYS_tkill, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_restart_syscall, SYS_exit, SYS_exit_group,
	/* again, to no avail but to lose more */
	SYS_seccomp, 446,
};

/* Allowed by what an argument says: bits that it must not have, or that it must have, or one of
 * three values. */
enum test { LACKS, HAS, IS };
static const struct { uint16_t call; uint8_t argument, test; uint32_t k[3]; } asked[] = {
	{ SYS_mmap2, 2, LACKS, { 4 } },			/* PROT_EXEC */
	{ SYS_mprotect, 2, LACKS, { 4 } },
	{ SYS_clone, 0, HAS, { 0x10000 } },		/* CLONE_THREAD: no processes */
	{ SYS_socket, 0, IS, { 1, 2, 10 } },		/* AF_UNIX, AF_INET, AF_INET6 */
	{ SYS_ioctl, 1, IS, { 0x5413, 0x5413, 0x541b } },	/* a terminal's size; FIONREAD */
};

static void put(struct step *s, uint16_t *n, uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
	s[(*n)++] = (struct step){ code, (uint8_t)yes, (uint8_t)no, k };
}

bool sandbox_calls(void)
{
	struct step s[COUNT(asked) * 7 + COUNT(fine) + 8];
	struct program p = { 0, s };

	put(s, &p.n, LOAD, ARCHITECTURE, 0, 0);
	put(s, &p.n, EQUAL, OURS, 1, 0);
	put(s, &p.n, RETURN, KILL, 0, 0);
	put(s, &p.n, LOAD, NUMBER, 0, 0);
	for (size_t i = 0; i < COUNT(asked); i++) {
		bool is = asked[i].test == IS;
		put(s, &p.n, EQUAL, asked[i].call, 0, is ? 6 : 4);
		put(s, &p.n, LOAD, ARGUMENT(asked[i].argument), 0, 0);
		for (int k = 0; is && k < 2; k++)
			put(s, &p.n, EQUAL, asked[i].k[k], 3u - (unsigned)k, 0);
		if (is)
			put(s, &p.n, EQUAL, asked[i].k[2], 1, 0);
		else	/* one step on is the refusal */
			put(s, &p.n, BITS, asked[i].k[0], asked[i].test == HAS,
			    asked[i].test == LACKS);
		put(s, &p.n, RETURN, REFUSE, 0, 0);
		put(s, &p.n, RETURN, ALLOW, 0, 0);
	}
	static_assert(COUNT(fine) < 250, "a jump goes over 255 steps at most");
	for (size_t i = 0; i < COUNT(fine); i++)
		put(s, &p.n, EQUAL, fine[i], (unsigned)(COUNT(fine) - i), 0);
	put(s, &p.n, RETURN, REFUSE, 0, 0);
	put(s, &p.n, RETURN, ALLOW, 0, 0);
	return prctl(PR_SET_SECCOMP, 2, &p, 0, 0) == 0;
}

/* There is a filter, and it takes no nonsense. */
bool sandbox_calls_there(void)
{
	return prctl(PR_SET_SECCOMP, 2, NULL, 0, 0) != 0 && errno == EFAULT;
}

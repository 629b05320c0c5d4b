#!/bin/sh
# redirect.sh names|aliases|check OBJECT: what the bot and the exchange get instead of libc. names:
# NAME and DST_NAME, as objcopy wants it; aliases: those that one function stands for, as the linker
# does; check: whether OBJECT asks libc for anything that is not in one of the lists.
answered='poll ppoll read write close fcntl eventfd pipe2 socket bind getsockname getsockopt
	connect accept4 send sendmsg recv shutdown open fstat lstat access mkdir unlink rename
	rmdir fstatvfs lseek pread pwrite writev ftruncate fdatasync fopen opendir mmap munmap
	malloc calloc realloc free posix_memalign strdup fork waitpid getpid getenv getrandom
	_exit abort syscall clock_gettime clock_nanosleep sigtimedwait pthread_create
	pthread_join pthread_self pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock
	pthread_cond_init pthread_cond_wait pthread_cond_signal pthread_cond_broadcast stderr'
# What sets up, tears down, or does nothing that matters here.
fine='setsockopt listen flock madvise msync umask chmod signal sigaction sigprocmask
	pthread_sigmask pthread_attr_init pthread_attr_setstacksize pthread_attr_setdetachstate
	pthread_attr_destroy pthread_mutex_destroy pthread_cond_destroy pthread_mutexattr_init
	pthread_mutexattr_setpshared pthread_mutexattr_setrobust pthread_mutexattr_destroy
	pthread_mutex_consistent prctl setrlimit fstatfs alarm dup2
	fallocate mlock'
# What is not there: other folders, a name server, the supervisor's socket, other processes.
missing='readdir closedir mkdtemp sendto getaddrinfo pthread_key_create pthread_key_delete
	pthread_getspecific pthread_setspecific sigwait'
# What only computes, or prints.
pure='__ctype_b_loc __errno_location __popcountdi2 _GLOBAL_OFFSET_TABLE_ exp explicit_bzero fclose
	ferror fflush fgets floor fmax fmod fprintf fputc fputs frexp fwrite gai_strerror
	in6addr_any in6addr_loopback inet_ntop inet_pton ldexp llround log memchr memcmp memcpy
	memmem memmove memset perror printf putc putchar puts qsort round sigaddset sigdelset
	sigemptyset sigfillset snprintf sprintf sqrt stdout strchr strcmp strcpy strcspn strerror
	strlen strncmp strncpy strnlen strrchr strspn strstr strtol vsnprintf environ geteuid uname
	sysconf'
# What a day of the bot never comes to: other commands, programs as strategies, TLS.
elsewhere='execl execvpe freeaddrinfo getrlimit isatty kill mkostemp mremap posix_fallocate
	ptrace setpgid statvfs time waitid'
# The simulation's own.
ours='bot bot_main desk_forbids exchange fiber_leave more_actions more_forgot more_forgot_at more_is
	others_across others_beside others_wanted plan_patience plan_quiet_since plan_rules
	proc_end sim'
# What counts branches, or looks at accesses.
counting='__gcov_exit __gcov_init __gcov_merge_add'

if [ "$1" = check ]; then
	nm -u "$2" | awk -v known="$pure $elsewhere $ours $counting" '
	BEGIN { n = split(known, word); for (i = 1; i <= n; i++) is[word[i]] = 1 }
	$2 !~ /^(dst_|__asan_|__ubsan_|__sanitizer_)/ && !($2 in is) { bad = 1
		print "test/dst/redirect.sh: " $2 ": in none of the lists: who answers it?" }
	END { exit bad }'
elif [ "$1" = names ]; then
	for name in $answered $fine $missing fsync stat; do echo "$name dst_$name"; done
	echo "main bot_main"
else
	for name in $fine; do echo "-Wl,--defsym=dst_$name=dst_fine"; done
	for name in $missing; do echo "-Wl,--defsym=dst_$name=dst_missing"; done
	echo "-Wl,--defsym=dst_fsync=dst_fdatasync"
	echo "-Wl,--defsym=dst_stat=dst_lstat"
fi

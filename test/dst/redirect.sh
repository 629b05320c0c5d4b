#!/bin/sh
# redirect.sh names|aliases: what the bot and the exchange get instead of libc. names: NAME and
# DST_NAME, as objcopy wants it; aliases: those that one function stands for, as the linker does.
answered='poll ppoll read write close fcntl eventfd pipe2 socket bind getsockname getsockopt connect
	accept4 send sendmsg recv shutdown open fstat lstat access mkdir unlink rename fstatvfs
	lseek pread pwrite writev ftruncate fdatasync fopen opendir mmap munmap malloc calloc
	realloc free
	posix_memalign strdup fork waitpid getpid getenv getrandom _exit abort syscall clock_gettime
	clock_nanosleep sigtimedwait pthread_create pthread_join pthread_self pthread_mutex_init
	pthread_mutex_lock pthread_mutex_unlock pthread_cond_init pthread_cond_wait
	pthread_cond_signal pthread_cond_broadcast'
# What sets up, tears down, or does nothing that matters here.
fine='setsockopt listen flock madvise msync umask chmod signal sigaction sigprocmask
	pthread_sigmask pthread_attr_init pthread_attr_setstacksize pthread_attr_setdetachstate
	pthread_attr_destroy pthread_mutex_destroy pthread_cond_destroy pthread_mutexattr_init
	pthread_mutexattr_setpshared pthread_mutexattr_setrobust pthread_mutexattr_destroy
	pthread_mutex_consistent prctl setrlimit fstatfs alarm dup2'
# What is not there: other folders, a name server, the supervisor's socket, other processes.
missing='readdir closedir rmdir mkdtemp sendto getaddrinfo pthread_key_create pthread_key_delete
	pthread_getspecific pthread_setspecific sigwait'

if [ "$1" = names ]; then
	for name in $answered $fine $missing fsync stat; do echo "$name dst_$name"; done
	echo "main bot_main"
else
	for name in $fine; do echo "-Wl,--defsym=dst_$name=dst_fine"; done
	for name in $missing; do echo "-Wl,--defsym=dst_$name=dst_missing"; done
	echo "-Wl,--defsym=dst_fsync=dst_fdatasync"
	echo "-Wl,--defsym=dst_stat=dst_lstat"
fi

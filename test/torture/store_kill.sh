#!/bin/sh
# store_kill.sh [KILLS]: the store is killed at each of its system calls, at KILLS random
# moments (1000), and told EIO and ENOSPC at each write: no acknowledged commit is lost.
# Wants strace and the libraries of `make unit`. Not part of `make test`.
set -eu
kills=${1:-1000}
cd "$(dirname "$0")/../.."
command -v strace > /dev/null || { echo "store_kill: strace is missing"; exit 1; }
vendor/build host > /dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
gcc -std=c17 -D_GNU_SOURCE -O2 -Isrc -isystem build/vendor/host/include -o "$dir/kill" \
	test/torture/store_kill.c src/store/*.c src/model/*.c src/net/hash.c \
	$(ls src/base/*.c | grep -v asset) -Lbuild/vendor/host/lib -llmdb -lbearssl \
	-lpthread -lm

store=$dir/store acknowledged=0
# The last number that was printed whole.
count() { last=$(tail -n 1 "$dir/out"); [ -z "$last" ] || acknowledged=$last; }
check() { # what was done
	"$dir/kill" check "$store" "$acknowledged" 2> "$dir/check" && return 0
	echo "store_kill: after $1: $(cat "$dir/check")"
	exit 1
}
fresh() { rm -rf "$store"; acknowledged=0; }

# Killed at each call of each kind, from nothing and from a store that is there.
total=0
for call in openat mkdir flock pwrite64 writev pwritev fdatasync ftruncate mmap fcntl clone; do
	n=1
	while :; do
		fresh
		[ $((n % 2)) = 1 ] || "$dir/kill" write "$store" 2 > "$dir/out"
		[ $((n % 2)) = 1 ] || count
		rc=0
		strace -o /dev/null -e inject=$call:signal=KILL:when=$n \
			"$dir/kill" write "$store" 8 > "$dir/out" 2> "$dir/err" || rc=$?
		count
		check "SIGKILL at call $n of $call"
		rc2=0
		"$dir/kill" write "$store" 10 > "$dir/out" 2> "$dir/err" || rc2=$?
		[ $rc2 = 0 ] || { echo "store_kill: $call $n: does not go on: $(cat "$dir/err")"
			exit 1; }
		[ ! -s "$dir/err" ] || { echo "store_kill: $call $n: $(cat "$dir/err")"; exit 1; }
		acknowledged=10
		check "going on after $call $n"
		[ $rc = 137 ] || break
		n=$((n + 1)) total=$((total + 1))
	done
done
echo "killed at $total system calls: nothing that was acknowledged is lost"

# Errors of the disk, once and from then on.
errors=0
for error in EIO ENOSPC; do
	for call in pwrite64 pwritev fdatasync ftruncate; do
		for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
			for more in '' +; do
				fresh
				"$dir/kill" write "$store" 2 > "$dir/out"
				count
				rc=0
				strace -o /dev/null -e inject=$call:error=$error:when=$n$more \
					"$dir/kill" write "$store" 8 > "$dir/out" 2> "$dir/err" ||
					rc=$?
				case $rc in
				0 | 3 | 4) ;;
				*) echo "store_kill: $error at $call $n: status $rc"; exit 1 ;;
				esac
				count
				check "$error at call $n$more of $call"
				"$dir/kill" write "$store" 10 > "$dir/out" 2> "$dir/err" || {
					echo "store_kill: $error at $call $n: $(cat "$dir/err")"
					exit 1
				}
				errors=$((errors + 1))
			done
		done
	done
done
echo "$errors errors of the disk: nothing that was acknowledged is lost"

fresh
i=0
while [ $i -lt "$kills" ]; do
	i=$((i + 1))
	: > "$dir/out"
	"$dir/kill" write "$store" 100000000 > "$dir/out" 2> "$dir/err" &
	pid=$!
	sleep "0.0$((i * 7919 % 90 + 10))"
	kill -KILL $pid
	wait $pid 2> /dev/null || :
	count
	check "random kill $i"
done
echo "$kills random kills, $acknowledged commits: none is lost"

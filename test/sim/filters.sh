#!/bin/sh
# The seccomp filter as it is on each architecture that gambler is built for: its program is
# interpreted for every number (filters.c). No kernel of theirs is needed. What is allowed on all of
# them, and on one alone, is in test/golden/sandbox_calls.txt: a number that is missing on one shows
# as a name that is not.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM
musl=$(echo vendor/cache/musl_*.orig.tar.gz)
[ -f "$musl" ] || { echo "filters.sh: $musl is missing: run make first"; exit 1; }
all='x86_64 aarch64 arm riscv64'
for a in $all; do
	mkdir -p "$t/$a/sys"
	tar xzOf "$musl" --wildcards "*/arch/$a/bits/syscall.h.in" > "$t/in"
	awk '$1 == "#define" && $2 ~ /^__NR_/ && $3 ~ /^[0-9]+$/ {
		print "#define SYS_" substr($2, 6), $3 }' "$t/in" > "$t/$a/sys/syscall.h"
	sed -n 's/^#define SYS_\([a-z0-9_]*\) \(.*\)/{ \2, "\1" },/p' "$t/$a/sys/syscall.h" \
		> "$t/$a/names.h"
	gcc -std=c17 -D_GNU_SOURCE -DOF_$a -I"$t/$a" -Isrc -Wall -Wextra -o "$t/walk" \
		test/sim/filters.c src/base/base.c
	"$t/walk" > "$t/$a.out" || { echo "filters.sh: $a:"; grep '^not so' "$t/$a.out"; exit 1; }
	sort "$t/$a.out" > "$t/$a.calls"
done
{
	echo "on all of them"
	cat "$t"/*.calls | sort | uniq -c | sed -n 's/^ *4 /	/p'
	for a in $all; do
		echo "besides, on $a"
		sort "$t"/*.calls | uniq -c | sed -n 's/^ *4 //p' | comm -13 - "$t/$a.calls" |
			sed 's/^/	/'
	done
} > "$t/said"
[ -z "${GOLDEN-}" ] || cp "$t/said" test/golden/sandbox_calls.txt
diff test/golden/sandbox_calls.txt "$t/said" ||
	{ echo "filters.sh: other calls are allowed; GOLDEN=1 test/sim/filters.sh writes them down"
	  exit 1; }
echo "filters.sh: the filters of$(printf ' %s' $all) allow what is written down"

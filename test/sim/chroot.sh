#!/bin/sh
# The one file alone in an empty directory: it trades there, and writes nothing outside its
# folder. As root in a chroot; else in an empty directory with an empty environment.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
gambler=${GAMBLER:-./gambler}
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM
passed=0 failed=0
check() { # status, sentence
	if [ "$1" = 0 ]; then passed=$((passed + 1)); else
		failed=$((failed + 1)); echo "chroot.sh: not so: $2"; fi
}
holds() { sentence=$1; shift; if "$@"; then check 0 ""; else check 1 "$sentence"; fi; }

mkdir "$t/root"
cp "$gambler" "$t/root/gambler"
if [ "$(id -u)" = 0 ] && command -v chroot > /dev/null; then
	change=$(command -v chroot)
	alone() { env -i "$change" "$t/root" /gambler "$@"; }
	traced="env -i $change $t/root /gambler" inside=/
else
	alone() { (cd "$t/root" && env -i ./gambler "$@"); }
	traced="env -i -C $t/root ./gambler" inside=$t/root/
fi

cat > "$t/root/gambler.ini" << 'E'
[strategy dips]
use = mean_reversion
preset = classic
[instance one]
strategy = dips
symbols = AAPL MSFT NVDA TSLA
sides = both
timeframe = 1m
E

# ---- it trades: a day, in lockstep, on the exchange inside it
day="--set exchange.speed=max --set exchange.start=2024-09-10 --set exchange.until=2024-09-10"
day="$day --set server.listen=127.0.0.1:0"
rc=0
# shellcheck disable=SC2086
alone run $day > "$t/out" 2>&1 || rc=$?
check "$rc" "run ends with 0 when the market has ended, not $rc: $(tail -n 3 "$t/out")"
holds "it was ready to trade" grep -q "wire.ready" "$t/out"
holds "it saw bars" grep -q "wire.down bars=[1-9][0-9]" "$t/out"
holds "there is nothing but the file, its configuration and its folder: $(ls "$t/root")" \
	[ "$(ls "$t/root" | tr '\n' ' ')" = "gambler gambler.data gambler.ini " ]
holds "the folder is for its owner alone" [ "$(stat -c %a "$t/root/gambler.data")" = 700 ]
alone trades --json --set server.listen=127.0.0.1:1 > "$t/trades" 2> "$t/err" || :
holds "there were trades, and the store tells them: $(cat "$t/err")" \
	grep -q '"state":"closed"' "$t/trades"

# ---- the commands that need no folder work too
for words in version "init ini" "init systemd" "init openrc" "calendar 2024" "help run"; do
	# shellcheck disable=SC2086
	holds "gambler $words works there" alone $words > "$t/out" 2>&1
done

# ---- what it opens for writing, makes and removes
if command -v strace > /dev/null; then
	rm -rf "$t/root/gambler.data"
	rc=0
	# shellcheck disable=SC2086
	strace -f -o "$t/trace" -e trace=openat,open,creat,mkdir,mkdirat,unlink,unlinkat,rename \
		-e trace=renameat,renameat2,link,symlink,truncate,execve,connect \
		$traced run $day > "$t/out" 2>&1 || rc=$?
	check "$rc" "run ends with 0 under strace, not $rc"
	# From the program's own start on: what comes before is env's and chroot's.
	sed -n '/execve("[^"]*gambler"/,$p' "$t/trace" > "$t/own"
	holds "its system calls were seen" [ -s "$t/own" ]
	grep -E 'openat?\(|creat\(|mkdir|unlink|rename|link|truncate' "$t/own" |
		grep -vE 'O_RDONLY|ENOENT|EEXIST' > "$t/writes" || :
	folder="\"(${inside})?(\./)?gambler\.data[\"/]"
	grep -vE "$folder|/proc/self|/dev/null" "$t/writes" |
		grep -vE '"(data\.mdb|lock\.mdb|lock|sim)"' > "$t/outside" || :
	holds "nothing is written outside the folder: $(head -n 3 "$t/outside")" \
		[ ! -s "$t/outside" ]
	grep 'execve(' "$t/own" | tail -n +2 > "$t/exec" || :
	holds "it starts no other program: $(head -n 2 "$t/exec")" [ ! -s "$t/exec" ]
	grep 'connect(' "$t/own" | grep -v '127\.0\.0\.1' > "$t/far" || :
	holds "it connects to nobody outside: $(head -n 2 "$t/far")" [ ! -s "$t/far" ]
else
	echo "chroot.sh: strace is missing, so writes outside the folder were not looked for"
fi
echo "chroot.sh: $passed passed, $failed failed"
[ "$failed" = 0 ]

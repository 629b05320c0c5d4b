#!/bin/sh
# cross.sh: build for the other processors, trade a day on each, emulated, and backtest some on
# made-up prices. What was traded must be the same everywhere, here included, and so must every
# byte of the backtest's reports. While one is emulated the next is compiled.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
failed=0
O=${O:-build}

run() { # name, command...
	name=$1
	shift
	mkdir "$tmp/$name"
	(cd "$tmp/$name" && timeout 600 "$@") > "$tmp/$name.out" 2> "$tmp/$name.err" || {
		rc=$?
		tail -n 10 "$tmp/$name.out" "$tmp/$name.err"
		echo "cross: $name: ended with $rc: $*"
		failed=1
	}
}

backtest() { # name, command...
	name=$1-backtest
	shift
	run "$name" env GAMBLER_EXCHANGE_UNTIL=2024-01-10 "$@" backtest --to 2024-01-10 --json \
		--trades trades.csv --equity equity.csv --html report.html
	cp "$tmp/$name.out" "$tmp/$name/report.json"
}

make gambler
day=$PWD/test/day.sh
run here "$day" "$PWD/gambler"
grep -q exit_reason "$tmp/here.out" || {
	echo "cross: here: the day had no trade: it shows nothing"
	failed=1
}
backtest here "$PWD/gambler"
[ "$(wc -l < "$tmp/here-backtest/trades.csv")" -gt 50 ] || {
	echo "cross: here: the backtest had hardly a trade: it shows nothing"
	failed=1
}
emulated() { # target
	case $1 in
	aarch64) emulator="qemu-aarch64 -cpu cortex-a72" ;;
	armv7) emulator="qemu-arm -cpu cortex-a7" ;;
	esac
	run $1 "$day" $emulator "$(realpath "$O/$1/gambler-qemu")"
	cmp -s "$tmp/here.out" "$tmp/$1.out" || {
		diff "$tmp/here.out" "$tmp/$1.out" | head -n 10 || :
		echo "cross: $1: prints something else than this machine"
		failed=1
	}
	backtest $1 $emulator "$(realpath "$O/$1/gambler-qemu")"
	diff -r "$tmp/here-backtest" "$tmp/$1-backtest" > "$tmp/$1.diff" || {
		head -c 1000 "$tmp/$1.diff"
		echo "cross: $1: the backtest reports something else than this machine"
		failed=1
	}
	exit $failed
}
begun=
for t in aarch64 armv7; do
	make CROSS=$t gambler qemu || { failed=1; continue; }
	test/elf.sh "$O/$t/gambler" || failed=1
	(failed=0; emulated $t) &
	begun="$begun $!"
done
for pid in $begun; do wait "$pid" || failed=1; done
[ $failed = 1 ] || echo "cross: aarch64 and armv7 do what this machine does"
exit $failed

#!/bin/sh
# exchange.sh: how much the exchange sends: SYMBOLS symbols with 1-minute bars, trades and quotes
# to CLIENTS data streams, on one core, the clients on another one if there is one.
# First as fast as it can, then at sixty times the pace of life, beside what a real feed sends.
set -eu
cd "$(dirname "$0")/../.."
symbols=${SYMBOLS:-1000}
clients=${CLIENTS:-20}
seconds=${SECONDS_EACH:-6}
cc=build/vendor/$(uname -m | sed 's/armv7.*/armv7/; s/armv6.*/armv6/')/bin/cc
dir=$(mktemp -d)
pid=
trap 'kill $pid 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

flags="-std=c17 -D_GNU_SOURCE -Isrc -O2 -ffunction-sections -fdata-sections"
# shellcheck disable=SC2086
$cc $flags -static-pie -Wl,--gc-sections -o "$dir/load" test/bench/exchange_load.c src/net/ws.c \
	src/base/*.c -lbearssl -lpthread -lm
on() { # CORE COMMAND: on that core, where there are two and a word for it
	core=$1
	shift
	if command -v taskset >/dev/null && [ "$(nproc)" -gt 1 ]; then
		exec taskset -c "$core" "$@"
	fi
	exec "$@"
}
ticks() { # user and system time of a process in clock ticks
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}
hertz=$(getconf CLK_TCK)
measure() { # NAME SPEED
	(on 0 ./gambler exchange --listen 127.0.0.1:0 --symbols "$symbols" --speed "$2" \
		--start 2024-07-01T09:31 --latency 0 2> "$dir/log") &
	pid=$!
	: >> "$dir/log"
	while ! grep -q http "$dir/log"; do
		sleep 0.1
		kill -0 $pid 2>/dev/null || { cat "$dir/log"; exit 1; }
	done
	port=$(sed -n 's/.*http:[^ ]*:\([0-9]*\) .*/\1/p' "$dir/log" | head -n 1)
	before=$(ticks $pid)
	(on 1 "$dir/load" "$port" "$clients" "$seconds" "$symbols") > "$dir/said"
	used=$(($(ticks $pid) - before))
	rss=$(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status")
	kill $pid
	wait $pid || true
	awk -v name="$1" -v s="$seconds" -v t=$used -v h="$hertz" -v rss="$rss" '{
		printf "%-10s %9.0f objects/s  %7.1f MB/s  %5.1f %% of a core  %6.1f minutes of " \
			"the market a second  %d MB resident\n", name, $1 / s, $2 / s / 1e6,
			t / h / s * 100, $4 / s, rss }' "$dir/said"
}
echo "$symbols symbols, $clients clients, MessagePack, bars, trades and quotes:"
measure "at most" 100000
measure "60 x life" 60
echo "a real feed: $symbols bars a minute to each client; trades and quotes of the whole market,"
echo "some 11,000 symbols: about 100 million trades a day, 4,000 a second on average, and ten"
echo "times as many quotes"

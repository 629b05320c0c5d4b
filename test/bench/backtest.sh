#!/bin/sh
# backtest.sh: what a bar costs in a backtest: the engine with its gate, guard and matching core,
# bar by bar over SYMBOLS symbols and YEARS years of made-up 5-minute bars, beside a loop that was
# written by hand for this one strategy (backtest_loop.c), and one in numpy. In processor time, so
# that a busy machine matters less; the best of ROUNDS.
set -eu
cd "$(dirname "$0")/../.."
symbols=${SYMBOLS:-50}
rounds=${ROUNDS:-5}
variants=${VARIANTS:-20:39:1}		# of rsi_max, by 20 widths of the bands
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
gambler=$PWD/gambler
cc -O2 -o "$dir/loop" test/bench/backtest_loop.c -lm -lpthread
mkdir "$dir/1" "$dir/5"
"$dir/loop" make "$dir/1" "$symbols" 252
list=$(cd "$dir/1" && echo *.csv | sed 's/[.]5m[.]csv//g')

ini() { # NAME: a configuration without limits that bind
	cat << INI
[market]
benchmark =
[exchange]
cash = 10000000
[risk]
max_positions = 200
day_loss = 100%
margin_max = 400%
cash_min = 0%
[strategy built-in]
use = mean_reversion
preset = literal
rs = no
[strategy rules]
\$k = 2.5
\$rsi_max = 30
enter_long = close < bb_lower(20, \$k) and rsi(14) < \$rsi_max
             and volume > 3 * volume_sma(20)[1]
exit_long = close >= bb_middle(20, \$k)
stop = 1%
target = 5%
max_hold = 30m
warmup = 250
[instance $1]
strategy = $1
symbols = $list
timeframe = 5m
position = 10000
capital = 1000000
max_positions = 32
day_loss = 100%
losses_in_row = 1000
orders_per_day = 10000
orders_per_minute = 200
INI
}
ini built-in > "$dir/built-in.ini"
ini rules > "$dir/rules.ini"

each() { # ARGUMENTS: nanoseconds a bar, the best of the rounds
	i=0
	while [ $i -lt "$rounds" ]; do
		"$gambler" backtest --timing "$@" 2>&1 > "$dir/report" |
			sed -n 's/.* \([0-9.]*\) ns a bar.*/\1/p'
		i=$((i + 1))
	done | sort -n | head -n 1
}
say() { # WORDS NANOSECONDS OF
	awk -v w="$1" -v a="$2" -v b="$3" 'BEGIN {
		printf "%-48s %8.1f ns a bar %8.2f x\n", w, a, a / b }'
}

"$dir/loop" run "$dir/1" "$rounds" > "$dir/said"
plain=$(sed -n 's/plain \([0-9.]*\).*/\1/p' "$dir/said")
lazy=$(sed -n 's/lazy \([0-9.]*\).*/\1/p' "$dir/said")
echo "$symbols symbols, one year of 5-minute bars; mean reversion, long"
say "by hand, indicators at each bar" "$plain" "$plain"
say "by hand, the bands only where they matter" "$lazy" "$plain"
own=$(each -c "$dir/built-in.ini" --bars "$dir/1")
say "gambler, built-in strategy" "$own" "$plain"
say "  beside the loop that skips the bands" "$own" "$lazy"
rules=$(each -c "$dir/rules.ini" --bars "$dir/1")
say "gambler, the same as rules" "$rules" "$plain"
say "  rules beside the built-in" "$rules" "$own"

"$gambler" init ini > "$dir/sample.ini"
five=$(each -c "$dir/sample.ini" --timeframe 5m)
echo "the five shipped instances, a quarter: $five ns a bar (all instances)"

/usr/bin/time -f "resident: %M kB, of them bars: $((symbols * 19656 * 28 / 1024)) kB" "$gambler" \
	backtest -c "$dir/built-in.ini" --bars "$dir/1" > "$dir/report" || :

search() { # THREADS: nanoseconds a bar, milliseconds by the clock, of one search
	begun=$(date +%s%N)
	"$gambler" backtest --timing -c "$dir/built-in.ini" --bars "$dir/1" \
		--vary "rsi_max=$variants" --vary bb_k=1.5:3.4:0.1 --threads "$1" 2>&1 \
		> "$dir/report" | sed -n 's/.* \([0-9.]*\) ns a bar.*/\1/p' | tr '\n' ' '
	echo $((($(date +%s%N) - begun) / 1000000))
}
# By turns, so that both meet the same weather.
: > "$dir/search"
for i in 1 2 3 4 5; do
	for threads in 1 2; do
		echo "$threads $(search $threads)" >> "$dir/search"
	done
done
awk '{
	if (!($1 in ns) || $2 < ns[$1]) ns[$1] = $2
	if (!($1 in ms) || $3 < ms[$1]) ms[$1] = $3
} END {
	for (t = 1; t <= 2; t++)
		printf "variants, %d threads: %s ns a bar, variant and core; %d ms by the clock\n",
			t, ns[t], ms[t]
	printf "two threads do %.2f x of one, reading the files and judging included\n",
		ms[1] / ms[2]
}' "$dir/search"
echo "two threads of the loop by hand do" \
	"$("$dir/loop" scale "$dir/1" 5 | sed "s/scale //") x of one"

if [ -n "${YEARS:-}" ]; then
	"$dir/loop" make "$dir/5" "$symbols" $((252 * YEARS))
	own=$(each -c "$dir/built-in.ini" --bars "$dir/5")
	say "gambler, $YEARS years" "$own" "$plain"
fi
if python3 -c 'import numpy' 2> /dev/null; then
	took=$(python3 test/bench/backtest_peer.py "$dir/1")
	say "numpy for the indicators, Python for the trades" "$took" "$plain"
	say "  beside gambler" "$took" "$own"
fi

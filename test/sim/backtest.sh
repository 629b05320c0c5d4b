#!/bin/sh
# backtest.sh: `gambler backtest` as somebody uses it: on the shipped configuration and made-up
# prices, on files, searching; the same bytes whenever and with however many threads. Its
# arguments run the program (an emulator, for another processor); SAME=FILE: the report in all its
# forms, which must come out again, or is written when it is not there.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- "${GAMBLER:-./gambler}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
bad() { echo "backtest.sh: $1"; exit 1; }
fails() { # CODE WORDS ARGUMENTS: refused in words
	code=$1 words=$2
	shift 2
	rc=0
	"$@" > "$dir/out" 2> "$dir/err" || rc=$?
	[ $rc = "$code" ] || bad "$* ended with $rc, not $code: $(cat "$dir/err")"
	grep -q -- "$words" "$dir/err" || bad "$*: '$words' is not said: $(cat "$dir/err")"
}

# ---- out of the box
export GAMBLER_EXCHANGE_UNTIL=2024-01-19
"$@" init ini > "$dir/gambler.ini"
b() { "$bin" "$@"; }
bin=$dir/run
{ echo '#!/bin/sh'; printf 'exec'; printf ' "%s"' "$@"; echo ' backtest "$@"'; } > "$bin"
chmod +x "$bin"
b -c "$dir/gambler.ini" --to 2024-01-19 --trades "$dir/t.csv" --equity "$dir/e.csv" \
	--html "$dir/r.html" > "$dir/r.txt" 2> "$dir/err" || bad "the sample: $(cat "$dir/err")"
[ ! -s "$dir/err" ] || bad "something is said on stderr: $(cat "$dir/err")"
grep -q VERDICT "$dir/r.txt" || bad "there is no verdict"
[ "$(wc -l < "$dir/e.csv")" -eq 14 ] || bad "13 sessions have $(wc -l < "$dir/e.csv") lines"
trades=$(($(wc -l < "$dir/t.csv") - 1))
[ $trades -gt 5 ] || bad "the shipped instances made $trades trades in 13 sessions"
grep -q '</html>' "$dir/r.html" || bad "the page has no end"
b -c "$dir/gambler.ini" --to 2024-01-19 --json > "$dir/r.json"
grep -q "\"trades\":${trades}[,}]" "$dir/r.json" || bad "text and JSON count trades differently"

# ---- the same again, and with threads
for threads in 1 2 3; do
	b -c "$dir/gambler.ini" --to 2024-01-19 --alone --threads $threads \
		--trades "$dir/alone.$threads" > "$dir/alone.txt.$threads"
	cmp -s "$dir/alone.1" "$dir/alone.$threads" || bad "$threads threads trade otherwise"
	cmp -s "$dir/alone.txt.1" "$dir/alone.txt.$threads" || bad "$threads threads report it"
done
name=$(sed -n '2s/,.*//p' "$dir/alone.1")
b -c "$dir/gambler.ini" --to 2024-01-19 --instance "$name" --trades "$dir/one" > "$dir/out"
grep "^$name," "$dir/alone.1" > "$dir/want"
sed 1d "$dir/one" | cmp -s - "$dir/want" || bad "$name alone is not $name by itself"

# ---- a trade is as long without fees
b -c "$dir/gambler.ini" --to 2024-01-19 --instance "$name" --no-fees \
	--trades "$dir/free" > "$dir/out"
for t in one free; do
	cut -d, -f 2-10,15 "$dir/$t" > "$dir/$t.held"
done
cmp -s "$dir/one.held" "$dir/free.held" || bad "without fees trades have other bars"

# ---- how long bars are is said of those that are read, not of those that are made of them
b -c "$dir/gambler.ini" --to 2024-01-03 --timeframe 15m > "$dir/out"
grep -q ' bars of 5 min$' "$dir/out" || bad "not bars of 5 minutes: $(sed q "$dir/out")"

# ---- a search
cat > "$dir/dip.ini" << 'INI'
[market]
benchmark =
[strategy dip]
$rsi_max = 35, 25 to 35 step 5
$n = 14
enter_long = rsi($n) < $rsi_max
exit_long = rsi($n) > 50
stop = 1%
$hold = 30m
max_hold = $hold
[instance dip]
strategy = dip
symbols = AAPL MSFT TSLA
timeframe = 5m
INI
vary="--vary \$rsi_max=25:35:5 --vary \$n=7,14"
for threads in 1 2; do
	# shellcheck disable=SC2086
	b -c "$dir/dip.ini" --to 2024-01-12 $vary --threads $threads > "$dir/vary.$threads"
done
cmp -s "$dir/vary.1" "$dir/vary.2" || bad "two threads find something else"
[ "$(grep -c '^ *\(25\|30\|35\) ' "$dir/vary.1")" -eq 6 ] || bad "not six combinations"
b -c "$dir/dip.ini" --to 2024-01-12 --trades "$dir/dip.csv" > "$dir/out"
want=$(($(wc -l < "$dir/dip.csv") - 1))
grep -q "^ *35 *14 *$want " "$dir/vary.1" || bad "35 and 14 are not $want trades in the table"
b -c "$dir/dip.ini" --to 2024-01-12 --vary "\$rsi_max" --vary "\$n=7,14" > "$dir/own"
cmp -s "$dir/vary.1" "$dir/own" || bad "the steps of the rules are not those given by hand"

b -c "$dir/dip.ini" --to 2024-01-12 --vary "\$hold=30m:1h:15m" > "$dir/times"
[ "$(grep -c '^ *\(30\|45\|60\)m ' "$dir/times")" -eq 3 ] || bad "times are not varied"
b -c "$dir/dip.ini" --to 2024-01-12 --vary "\$n=0,7,14" --vary "\$rsi_max=35" > "$dir/some"
grep -q 'Left out: 1 of 3 .*: \$n=0 \$rsi_max=35$' "$dir/some" || bad "what cannot be is not named"
grep '^ *\(7\|14\) ' "$dir/some" | wc -l | grep -q '^ *2$' || bad "the others are not there"

# ---- what is wrong is said
fails 2 "none of these 2 combinations can be" b -c "$dir/dip.ini" --vary "\$n=0:0.5:0.5"
fails 2 "later day than --to" b -c "$dir/dip.ini" --from 2024-01-12 --to 2024-01-11
fails 2 "did you mean --trades" b --trade x
fails 2 "no \[instance nobody\]" b -c "$dir/dip.ini" --instance nobody
fails 2 "rules give a step" b -c "$dir/dip.ini" --vary "\$n"
fails 2 "no such parameter" b -c "$dir/dip.ini" --vary nothing=1:2:1
fails 2 "B not below A" b -c "$dir/dip.ini" --vary "\$n=9:2:1"
fails 78 "name a directory" b -c "$dir/dip.ini" --bars "$dir/nothing"
mkdir "$dir/days"
printf '%s\n' timestamp,open,high,low,close,volume 1704205800,1,1,1,1,1 > "$dir/days/SPY.5m.csv"
fails 78 "or --to is before them" b -c "$dir/gambler.ini" --bars "$dir/days" --to 2023-12-29
fails 78 "gambler.ini" b -c "$dir/nothing/gambler.ini"

# ---- on every processor
if [ -n "${SAME:-}" ]; then
	cat "$dir/r.txt" "$dir/t.csv" "$dir/e.csv" "$dir/r.html" "$dir/r.json" "$dir/vary.1" |
		grep -v "$dir" > "$dir/all"
	[ -e "$SAME" ] || cp "$dir/all" "$SAME"
	cmp -s "$dir/all" "$SAME" || bad "the report is not what it was: $SAME"
fi

#!/bin/sh
# lockstep.sh: the example of `gambler help exchange` does what it says, run to the letter (but on
# a port of its own).
set -eu
cd "$(dirname "$0")/../.."
gambler=${GAMBLER:-./gambler}
folder=$(mktemp -d)
exchange=
trap 'rm -rf "$folder"; [ -z "$exchange" ] || kill "$exchange" 2>/dev/null || :' EXIT
trap 'exit 1' INT TERM
bad() { echo "lockstep.sh: $1"; exit 1; }

command -v curl > /dev/null || bad "apt-get install curl"
mkdir "$folder/bin" "$folder/run"
ln -s "$(realpath "$gambler")" "$folder/bin/gambler"

# A port that is free: the kernel gives one to an exchange that asks for any.
"$gambler" exchange --listen 127.0.0.1:0 2> "$folder/probe" &
exchange=$!
port=
while [ -z "$port" ]; do
	kill -0 "$exchange" 2>/dev/null || bad "the exchange does not start: $(cat "$folder/probe")"
	port=$(sed -n 's|.*//127.0.0.1:\([0-9]*\) (.*|\1|p' "$folder/probe")
done
kill "$exchange"
wait "$exchange" || :
exchange=

# The example is what is indented by a tab.
"$gambler" help exchange | sed -n 's/^	//p' | sed "s/9190/$port/g" > "$folder/example"
lines=$(wc -l < "$folder/example")
[ "$lines" -gt 12 ] || bad "gambler help exchange has no example any more: $lines lines"
cd "$folder/run"
PATH=$folder/bin:$PATH timeout 60 sh -eu "$folder/example" > ../out 2> ../err ||
	bad "the example ends with $?: $(tail -n 3 ../err ../out)"

grep -q '"status":"\(pending_new\|accepted\|new\)"' ../out ||
	bad "no order was taken: $(cat ../out)"
grep -q '"symbol":"SPY"[^}]*"qty":"2"' ../out || bad "no position of two shares: $(cat ../out)"
grep -q 'T13:40:00Z' clock || bad "it did not get to 13:40: $(cat clock)"
echo "lockstep.sh: the help's example trades"

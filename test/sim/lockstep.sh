#!/bin/sh
# lockstep.sh: the example of `gambler help exchange` does what it says, run to the letter (but on
# a port of its own).
set -eu
cd "$(dirname "$0")/../.."
gambler=${GAMBLER:-./gambler}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
bad() { echo "lockstep.sh: $1"; exit 1; }

command -v curl > /dev/null || bad "apt-get install curl"
mkdir "$folder/bin" "$folder/run"
ln -s "$(realpath "$gambler")" "$folder/bin/gambler"

# The example is what is indented by a tab.
"$gambler" help exchange | sed -n 's/^	//p' > "$folder/help"
lines=$(wc -l < "$folder/help")
[ "$lines" -gt 12 ] || bad "gambler help exchange has no example any more: $lines lines"
cd "$folder/run"

# At a port below those that the kernel gives to connections; another one, should somebody have it.
for try in 1 2 3 4 5; do
	port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 22000))
	sed "s/9190/$port/g" ../help > ../example
	if PATH=$folder/bin:$PATH timeout 300 sh -eu ../example > ../out 2> ../err; then
		break
	elif ! grep -q 'another program has this port' ../err || [ "$try" = 5 ]; then
		bad "the example ends with an error: $(tail -n 3 ../err ../out)"
	fi
done

grep -q '"status":"\(pending_new\|accepted\|new\)"' ../out ||
	bad "no order was taken: $(cat ../out)"
grep -q '"symbol":"SPY"[^}]*"qty":"2"' ../out || bad "no position of two shares: $(cat ../out)"
grep -q 'T13:40:00Z' clock || bad "it did not get to 13:40: $(cat clock)"
echo "lockstep.sh: the help's example trades"

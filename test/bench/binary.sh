#!/bin/sh
# binary.sh: what the file weighs, how soon it serves, what it holds in memory; beside what a bot
# in Python pays for its interpreter alone.
set -eu
cd "$(dirname "$0")/../.."
make -s gambler
tmp=$(mktemp -d)
pid=
trap 'kill $pid 2>/dev/null || :; rm -rf "$tmp"' EXIT

now() { date +%s%N; }
bytes=$(wc -c < gambler)
echo "binary: $bytes bytes, $((bytes * 100 / 1048576))% of a mebibyte"

# From exec to the first answer of /health, and to the first reconciled one.
port=$((20000 + $$ % 20000))
begin=$(now)
./gambler run --set account.mode=sim --set store.folder="$tmp/data" \
	--set server.listen=127.0.0.1:$port 2> "$tmp/log" &
pid=$!
until curl -s -o /dev/null "http://127.0.0.1:$port/health"; do :; done
serving=$((($(now) - begin) / 1000000))
until curl -sf -o /dev/null "http://127.0.0.1:$port/health"; do :; done
ready=$((($(now) - begin) / 1000000))
echo "start: serving after $serving ms, reconciled with the exchange inside after $ready ms"
echo "       (each poll starts a curl of about 5 ms)"

sleep 10
rss=$(awk '/VmHWM/ {print $2}' /proc/$pid/status)
anon=$(awk '/RssAnon/ {print $2}' /proc/$pid/status)
echo "memory: $rss kB at most, $anon kB of it its own; five instances, 34 symbols, exchange too"

if command -v python3 > /dev/null; then
	begin=$(now)
	peer=$(python3 -c 'import resource, json, ssl, sqlite3, http.client, asyncio
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)')
	took=$((($(now) - begin) / 1000000))
	echo "peer: python3 with json, ssl, sqlite3, asyncio imported: $took ms, $peer kB"
	echo "ratio: memory $((rss * 100 / peer))% of it"
fi

#!/bin/sh
# planted.sh [NAME]: mistakes that are easily made, one at a time, in a copy of this tree: simulated
# days have to notice each. Prints after how many. SEEDS: how many days are tried, at most,
# where a mistake names no others.
set -eu
cd "$(dirname "$0")/../.."
seeds=${SEEDS:-1..150}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
trap 'exit 1' INT TERM
git ls-files -z | xargs -0 cp --parents -pt "$room"
mkdir -p "$room/build" "$room/vendor"
cp -a build/vendor build/dst build/asset "$room/build/"
[ ! -d vendor/cache ] || cp -a vendor/cache "$room/vendor/"
cd "$room"
broken=0

plant() { # name, file, sed expression, what it is, other days than SEEDS
	days=${5:-$seeds}
	[ "${only:-$1}" = "$1" ] || return 0
	cp -p "$2" kept
	sed -i "$3" "$2"
	if cmp -s kept "$2"; then
		echo "planted: $1: $2 is no longer what the mistake was made for"
		broken=1
		return 0
	fi
	if ! make -j2 build/dst/dst > log 2>&1; then
		tail -n 5 log
		broken=1
	elif build/dst/dst --first "$days" > said; then
		echo "planted: $1: not noticed in days $days: $4"
		broken=1
	else
		after=$(sed -n 's/.*: \([0-9]* days\), 1 failed.*/\1/p' said)
		echo "planted: $1: after $after: $4"
		grep '^dst: seed' said | cut -c 1-150
	fi
	mv kept "$2"
	touch "$2"
}

only=${1:-}
plant early-stop src/engine/protect.c 's/\.want = { shares },/.want = t->want,/' \
	'an own stop is of what was ordered, not of what has come'
plant no-sync src/store/store.c 's/unsigned flags = MDB_NOTLS |/& MDB_NOSYNC |/' \
	'commits are not synced'
plant sent-first src/run/writer.c 's/^\tguard_batch(w);/&\n\twriter_release(w);/' \
	'orders leave before they are stored'
plant twice src/engine/fills.c \
	's/int64_t n = \(r->done.n - chain_done([^)]*).n,\)/int64_t n = r->n.n > 0 ? r->n.n : \1/' \
	'each event is booked, not what is new in it'
plant no-wait src/engine/exits.c \
	's/^\tif (!way_is_free(e, s) ||/\tif ((!way_is_free(e, s) \&\& 0) ||/' \
	'an exit does not wait until the stop is gone'
plant no-sweep src/run/wire_inner.h \
	's/#define SYNC_\(EVERY\|LATE\) .*/#define SYNC_\1 (9 * NS_HOUR)/' \
	'nothing is compared but at the start and after breaks'
plant forgets src/run/live_restore.c 's/e = store_orders_of(.*/e = id.n > 0 ? OK : ERR_IO;/' \
	'after a restart only the trades are known, not their orders'
plant old-halt src/run/live_restore.c \
	's/^\treturn e == ERR_NOTFOUND.*/\tif (e == OK \&\& ts < wall_ns() - NS_HOUR \/ 2)\
		st->kill = KILL_RUN;\
&/' 'a halt of which an older store knows is not believed any more' 10000131..10000230
exit $broken

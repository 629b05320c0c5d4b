#!/bin/sh
# day.sh COMMAND...: a trading day on the exchange inside, in lockstep, with `COMMAND...` as
# gambler; prints what was traded. The same on every machine.
set -eu
set -- "$@"
day() {
	"$@" run --set account.mode=sim --set exchange.speed=max --set exchange.seed=7 \
		--set exchange.start=2024-01-03 --set exchange.until=2024-01-03 \
		--set store.folder=day --set server.listen= >&2
}
day "$@"
"$@" calendar 2024
"$@" trades --json --limit 500 --set store.folder=day --set server.listen=

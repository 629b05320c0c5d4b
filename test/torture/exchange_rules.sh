#!/bin/sh
# exchange_rules.sh: ORDERS (1000000) random orders of several accounts on the exchange's core,
# its rules after each input, at release speed with all assertions. SEED: which ones; one from
# the time when it is not given. `make torture-exchange` is the same.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
gcc -std=c17 -D_GNU_SOURCE -O2 -ffp-contract=off -Isrc -Itest -o "$dir/rules" \
	test/torture/exchange_rules.c src/exchange/core*.c src/model/*.c \
	$(ls src/base/*.c | grep -v asset) -lpthread -lm
"$dir/rules" "${ORDERS:-1000000}" "${SEED:-$(date +%s)}"

#!/bin/sh
# indicators.sh: nanoseconds per bar of the indicators, bar by bar, bare and through the chart,
# beside Tulip's and TA-Lib's batch functions, and TA-Lib called once a bar as one who has no
# batch must. Their C sources are in the npm packages tulind and talib; without npm only ours.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

flags='' objects=''
if (cd "$dir" && npm pack --silent tulind@0.8.20 talib@1.1.6 && tar xzf tulind-0.8.20.tgz &&
	mv package tulind && tar xzf talib-1.1.6.tgz && mv package talib) > "$dir/log" 2>&1; then
	talib=$dir/talib/src/lib
	for f in SMA EMA RSI BBANDS MACD STOCH ATR OBV MA DEMA TEMA WMA TRIMA KAMA MAMA T3 \
		TRANGE VAR STDDEV utility; do
		gcc -O3 -w "-I$talib/include" "-I$talib/src/ta_common" -c -o "$dir/ta_$f.o" \
			"$talib/src/ta_func/ta_$f.c"
	done
	for f in "$talib"/src/ta_common/*.c; do
		gcc -O3 -w "-I$talib/include" "-I$talib/src/ta_common" \
			-c -o "$dir/ta_$(basename "$f" .c).o" "$f"
	done
	gcc -O3 -w -c -o "$dir/tulip.o" "$dir/tulind/external/tiamalgamation.c"
	flags="-DHAVE_PEERS -I$talib/include -I$dir/tulind/external"
	objects=$(echo "$dir"/ta_*.o "$dir/tulip.o")
else
	echo "npm could not get tulind and talib (see npm config get registry): only ours"
fi
# The flags that the Makefile calls LANG_C, HARDEN and, of pure rooms, QUICK.
# shellcheck disable=SC2086
gcc -std=c17 -D_GNU_SOURCE -Isrc -O2 -fPIE -pie -ffp-contract=off -fstack-protector-strong \
	-fstack-clash-protection -ftrivial-auto-var-init=zero -fzero-call-used-regs=skip \
	-fno-math-errno -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing \
	$flags \
	-o "$dir/indicators" test/bench/indicators.c src/ta/*.c src/rule/*.c src/chart/*.c \
	src/model/*.c $(ls src/base/*.c | grep -v asset) $objects -lpthread -lm
"$dir/indicators"

#!/bin/sh
# json.sh: our JSON reader beside cJSON, yyjson and simdjson, where they are installed
# (libcjson-dev, libyyjson-dev, libsimdjson-dev). Ours with the release's flags, theirs with -O3.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

has() { echo "#include <$1>" | c++ -x c++ -E - > "$dir/has" 2>&1; }
flags='' libs='' objects=''
if has cjson/cJSON.h; then flags="$flags -DHAVE_CJSON" libs="$libs -lcjson"; fi
if has yyjson.h; then flags="$flags -DHAVE_YYJSON" libs="$libs -lyyjson"; fi
if has simdjson.h; then
	flags="$flags -DHAVE_SIMDJSON" libs="$libs -lsimdjson -lstdc++" objects="$dir/simdjson.o"
	c++ -std=c++17 -O3 -c -o "$objects" test/bench/json_simdjson.cc
fi
# The flags that the Makefile calls LANG_C and HARDEN.
# shellcheck disable=SC2086
gcc -std=c17 -D_GNU_SOURCE -Isrc -O2 -fPIE -pie -ffp-contract=off -fstack-protector-strong \
	-fstack-clash-protection -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing $flags \
	-o "$dir/json" test/bench/json.c src/base/json.c src/base/json_str.c \
	src/base/jsonw.c src/base/text.c src/base/num.c src/base/time.c src/base/rng.c \
	src/base/crc.c src/base/clock.c src/base/base.c $objects $libs -lm
"$dir/json"

#!/bin/sh
# store.sh: the store's durable commit beside LMDB's and SQLite's (libsqlite3-dev, when it is
# installed), as ratios. On the disk that holds TMPDIR.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
vendor/build host > /dev/null
flags='' libs=''
if echo '#include <sqlite3.h>' | cc -x c -E - > /dev/null 2>&1; then
	flags=-DHAVE_SQLITE libs=-lsqlite3
fi
# shellcheck disable=SC2046,SC2086
gcc -std=c17 -D_GNU_SOURCE -Isrc -isystem build/vendor/host/include -O2 -fPIE -pie \
	-ffp-contract=off -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing $flags -o "$dir/store" \
	test/bench/store.c src/store/*.c src/model/*.c $(ls src/base/*.c | grep -v asset) \
	-Lbuild/vendor/host/lib -llmdb $libs -lpthread -lm
"$dir/store" "$dir"

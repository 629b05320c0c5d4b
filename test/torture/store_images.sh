#!/bin/sh
# store_images.sh [IMAGES]: power is cut while the store is written: 10,000 files as a disk may have
# them afterwards, each opened and read. SEED=... for the same ones. Wants the libraries of
# `make unit`. About a minute; test/sim/images.sh has a few of them.
set -eu
images=${1:-10000} seed=${SEED:-$(date +%s)}
cd "$(dirname "$0")/../.."
vendor/build host > /dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
mkdir "$dir/s"
gcc -std=c17 -D_GNU_SOURCE -O2 -Isrc -isystem build/vendor/host/include -o "$dir/images" \
	test/torture/store_images.c src/store/*.c src/model/*.c src/net/hash.c \
	$(ls src/base/*.c | grep -v asset) -Lbuild/vendor/host/lib \
	-Wl,--wrap=pwrite,--wrap=pwritev,--wrap=writev,--wrap=fdatasync \
	-llmdb -lbearssl -lpthread -lm
# What the store says of files that lack their end is right, and a line for each.
"$dir/images" "$dir/s" "$images" "$seed" 2> "$dir/said" || {
	tail -n 3 "$dir/said"
	echo "again: SEED=$seed test/torture/store_images.sh $images"
	exit 1
}

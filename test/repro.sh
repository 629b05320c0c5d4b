#!/bin/sh
# repro.sh: the last commit, cloned into two folders of different names, gives the same bytes.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
git -C "$top" diff --quiet HEAD 2>/dev/null || echo "repro: uncommitted changes are not looked at"
for d in one a/longer/path/two; do
	mkdir -p "$tmp/$d"
	git -c safe.directory='*' clone -q --no-hardlinks "$top" "$tmp/$d"
	mkdir -p "$tmp/$d/vendor/cache"
	cp "$top"/vendor/cache/* "$tmp/$d/vendor/cache/"
	# The libraries are built afresh too: they are part of the bytes.
	if ! (cd "$tmp/$d" && make gambler) > "$tmp/log" 2>&1; then
		tail -n 20 "$tmp/log"
		echo "repro: the last commit does not build"
		exit 1
	fi
done
a=$(sha256sum < "$tmp/one/gambler") b=$(sha256sum < "$tmp/a/longer/path/two/gambler")
if [ "$a" != "$b" ]; then
	echo "repro: the same commit gave different bytes in two folders ($a, $b)"
	exit 1
fi
echo "repro: same bytes in two folders (${a%% *})"

#!/bin/sh
# repro.sh: the last commit gives the same bytes in two folders of different names, libraries
# included. One of the two is this folder, if nothing here differs from the commit.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
unset MAKEFLAGS MAKELEVEL # the outer make's O= is not meant for the clones

fresh() { # folder: clone, build
	mkdir -p "$tmp/$1"
	git -c safe.directory='*' clone -q --no-hardlinks "$top" "$tmp/$1"
	mkdir -p "$tmp/$1/vendor/cache"
	cp "$top"/vendor/cache/* "$tmp/$1/vendor/cache/"
	(cd "$tmp/$1" && make gambler) > "$tmp/log" 2>&1 || {
		tail -n 20 "$tmp/log"
		echo "repro: the last commit does not build"
		exit 1
	}
	sha256sum < "$tmp/$1/gambler"
}

"$top/vendor/fetch"
first=$(fresh a/longer/path)
if [ -z "$(git -C "$top" -c safe.directory='*' status --porcelain)" ]; then
	make -C "$top" gambler >/dev/null
	second=$(sha256sum < "$top/gambler")
else
	echo "repro: looking at the last commit, not at what changed since"
	second=$(fresh b)
fi
if [ "$first" != "$second" ]; then
	echo "repro: the same commit gave different bytes in two folders: $first $second"
	exit 1
fi
echo "repro: same bytes in two folders (${first%% *})"

#!/bin/sh
# install.sh FOLDER: what package.json names, of the versions that package-lock.json names, into
# FOLDER/node_modules. No package's own script is run.
set -eu
from=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cp "$from/package.json" "$from/package-lock.json" .
for tool in node npm; do
	command -v $tool >/dev/null || {
		echo "test-exchange: no $tool here: sh vendor/setup make test-exchange" >&2
		exit 1
	}
done
log=$PWD/npm.log
for try in 1 2; do
	if npm ci --ignore-scripts --fetch-retries=1 --no-audit --no-fund > "$log" 2>&1; then
		touch stamp
		exit 0
	fi
	sleep $try
done
grep -i -m 3 "npm err" "$log" >&2 || :
echo "test-exchange: npm could not get the packages (its log: $log). Does it reach its registry?" \
	"Another one is named by: npm config set registry URL" >&2
exit 1

#!/bin/sh
# A short form of test/torture/store_images.sh: each write of the store is the last one once.
set -eu
exec "$(dirname "$0")/../torture/store_images.sh" 600

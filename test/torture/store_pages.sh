#!/bin/sh
# store_pages.sh: the store's file damaged 2,000 times at random (TRIALS: another number; SEED:
# again the same), and in each of its bytes: refused, or every answer is the one from before.
set -eu
cd "$(dirname "$0")/../.."
export STORE_TRIALS="${TRIALS:-2000}"
make -s unit ROOM=store TEST=test_store_damaged_at_random
make -s unit ROOM=store TEST=test_store_every_byte_flipped

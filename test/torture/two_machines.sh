#!/bin/sh
# Two gamblers of one configuration on one account: the second one waits 20 s for its stream.
cd "$(dirname "$0")/../.." && exec python3 test/sim/two.py --twin

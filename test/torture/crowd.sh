#!/bin/sh
# A thousand slow clients, a flood, and thirty sessions: test/sim/crowd.py in its long form.
CROWD=1000 DAYS=30 exec "$(dirname "$0")/../sim/crowd.py"

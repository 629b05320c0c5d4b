#!/bin/sh
# A strategy for `exec`: buys a dip and leaves at the mean. What a shell cannot compute gambler
# tells it, as two values: is it a dip (1), is it back at the mean (1).
#
#	exec   = ./meanrev.sh
#	inputs = close < bb_lower(20, 2.5) and rsi(14) < 30, close >= bb_middle(20, 2.5)
#	stop   = 1%
while IFS= read -r line; do
	id=${line#'{"id":'}
	id=${id%%,*}
	values=${line#*'"values":['}
	values=${values%%']'*}
	do=none
	case $line in
	*'"decide":"entry"'*) [ "${values%,*}" != 1 ] || do=long ;;
	*'"decide":"exit"'*) [ "${values#*,}" != 1 ] || do=exit ;;
	esac
	echo "{\"id\":$id,\"do\":\"$do\",\"why\":\"$values\"}"
done

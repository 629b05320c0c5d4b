#!/bin/sh
# http.sh: CPU time of one request over a kept connection: our server answering 12 kB
# from memory, and nginx answering the same from a file, if it is installed. Load comes
# from wrk if it is installed, else from http_load. CONNECTIONS=16 SECONDS_EACH=4
set -eu
cd "$(dirname "$0")/../.."
connections=${CONNECTIONS:-16}
seconds=${SECONDS_EACH:-4}
cc=build/vendor/$(uname -m | sed 's/armv7.*/armv7/; s/armv6.*/armv6/')/bin/cc
dir=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

flags="-std=c17 -D_GNU_SOURCE -Isrc -O2 -ffunction-sections -fdata-sections"
flags="$flags -fstack-protector-strong -ftrivial-auto-var-init=zero"
net="src/net/server*.c src/net/http.c src/net/httpx.c src/net/ws.c src/net/say.c"
# shellcheck disable=SC2086
for program in http_serve http_load; do
	$cc $flags -static-pie -Wl,--gc-sections -o "$dir/$program" "test/bench/$program.c" \
		$net src/base/*.c -lbearssl -lpthread -lm
done

ticks() { # user and system time of a process in clock ticks
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}
load() { # PORT SECONDS: how many answers
	if command -v wrk >/dev/null; then
		wrk -t 1 -c "$connections" -d "$2" "http://127.0.0.1:$1/" |
			awk '/requests in/ { print $1 }'
	else
		"$dir/http_load" "$1" "$connections" "$2"
	fi
}
hertz=$(getconf CLK_TCK)
measure() { # NAME PID PORT: prints it, and sets us
	load "$3" 1 >/dev/null
	before=$(ticks "$2")
	answers=$(load "$3" "$seconds")
	used=$(($(ticks "$2") - before))
	us=$(awk -v t=$used -v h="$hertz" -v n="$answers" \
		'BEGIN { printf "%.2f", t / h / n * 1e6 }')
	printf '%-8s %8d answers in %d s, %s us of CPU each\n' "$1" "$answers" "$seconds" "$us"
}

"$dir/http_serve" > "$dir/port" &
pids=$!
while [ ! -s "$dir/port" ]; do sleep 0.1; done
read -r pid port < "$dir/port"
measure gambler "$pid" "$port"
ours=$us
awk '/VmRSS/ { print "gambler  resident:", $2, $3 }' "/proc/$pid/status"

nginx=$(command -v nginx || ls /usr/sbin/nginx 2>/dev/null || true)
if [ -z "$nginx" ]; then
	echo "nginx is not installed: no comparison"
	exit 0
fi
head -c 12288 /dev/zero | tr '\0' x > "$dir/index.html"
chmod 755 "$dir"
port=$((20000 + $$ % 20000))
cat > "$dir/nginx.conf" <<EOF
daemon off; master_process off; worker_processes 1; pid $dir/pid; error_log $dir/log;
events { worker_connections 256; }
http {
	access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;
	open_file_cache max=10; open_file_cache_valid 60s;
	client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir;
	uwsgi_temp_path $dir; scgi_temp_path $dir;
	server { listen 127.0.0.1:$port; root $dir; }
}
EOF
"$nginx" -c "$dir/nginx.conf" -p "$dir" 2>"$dir/err" &
pids="$pids $!"
while [ ! -s "$dir/pid" ]; do sleep 0.1; done
sleep 0.3
measure nginx "$(cat "$dir/pid")" "$port"
awk -v a="$ours" -v b="$us" 'BEGIN { printf "ratio    %.2f of the CPU time of nginx\n", a / b }'

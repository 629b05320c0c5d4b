#!/bin/sh
# The TLS client against good, bad and hostile servers. A private PKI is made by openssl in a
# temporary folder; the servers are python's. Each case demands the words of the refusal.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
t=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$t"
}
trap finish EXIT
trap 'exit 1' INT TERM
for need in openssl python3; do
	command -v $need >/dev/null ||
		{ echo "tls.sh: $need is missing: apt-get install $need"; exit 1; }
done

# ---- the client, from the sources, with the compiler that vendor/build made
v=build/vendor
cc=$v/$(uname -m)/bin/cc
[ -x "$cc" ] || { echo "tls.sh: $cc is missing: run make first"; exit 1; }
b=src/base
"$cc" -std=c17 -D_GNU_SOURCE -Isrc -O2 -static-pie -ffunction-sections -Wl,--gc-sections \
	-o "$t/tlsclient" test/sim/tlsclient.c src/net/conn.c src/net/dns.c src/net/say.c \
	src/net/tls*.c $b/base.c $b/arena.c $b/clock.c $b/time.c $b/num.c $b/inflate.c $b/base64.c \
	$v/common/roots.c \
	-lbearssl -lpthread &
compile=$!

# ---- the PKI
day() { date -u -d "@$(($(date +%s) + $1 * 86400))" +%y%m%d%H%M%SZ; }
cat > "$t/ca.cnf" <<-END
	[ca]
	default_ca = it
	[it]
	dir = $t
	database = $t/index
	new_certs_dir = $t
	rand_serial = yes
	unique_subject = no
	email_in_dn = no
	copy_extensions = none
	default_md = sha256
	policy = any
	[any]
	commonName = optional
	organizationName = optional
	[req]
	distinguished_name = dn
	[dn]
	END
: > "$t/index"
NORMAL='keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
basicConstraints=CA:FALSE'
CA='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'

key() { # name kind
	case $2 in
	p*) openssl ecparam -genkey -noout -name "$(echo "$2" | sed 's/p256/prime256v1/
		s/p384/secp384r1/;s/p521/secp521r1/')" -out "$t/$1.key" ;;
	ed25519) openssl genpkey -algorithm ed25519 -out "$t/$1.key" ;;
	*) openssl genrsa -out "$t/$1.key" "$2" 2>/dev/null ;;
	esac
}
cert() { # name issuer extensions [common name] [digest] [first day] [last day]
	printf '%s\n' "$3" > "$t/$1.ext"
	openssl req -new -config "$t/ca.cnf" -key "$t/$1.key" -subj "/CN=${4:-$1}" -out "$t/$1.csr"
	sign="-cert $t/$2.crt -keyfile $t/$2.key"
	[ "$2" != "$1" ] || sign="-selfsign -keyfile $t/$1.key"
	openssl ca -batch -notext -config "$t/ca.cnf" $sign -md "${5:-default}" \
		-startdate "$(day "${6:--2}")" -enddate "$(day "${7:-30}")" -extfile "$t/$1.ext" \
		-in "$t/$1.csr" -out "$t/$1.crt" 2>"$t/log" ||
		{ echo "tls.sh: openssl ca for $1:"; cat "$t/log"; exit 1; }
}
chain() { # name certificates...: what the server sends
	name=$1
	shift
	for c; do cat "$t/$c.crt"; done > "$t/$name.chain"
}
leaf() { # name extensions [issuer] [digest] [first day] [last day]: with a key of its own or p256
	[ -e "$t/$1.key" ] || cp "$t/p256.key" "$t/$1.key"
	cert "$1" "${3:-ica}" "$2" "$1.localhost" "${4:-default}" "${5:--2}" "${6:-30}"
	chain "$1" "$1" "${3:-ica}"
}
san() { printf 'subjectAltName=%s\n%s\n' "$1" "$NORMAL"; }

key root p384; cert root root "$CA" 'Test Root' default -40
key ica p256; cert ica root "$CA" 'Test Issuing CA' default -40
key p256 p256
key rsaroot 2048; cert rsaroot rsaroot "$CA" 'Test RSA Root'
key alien p256; cert alien alien "$CA" 'Alien Root'
cat "$t/root.crt" "$t/rsaroot.crt" > "$t/authorities.pem"

leaf good "$(san DNS:good.localhost)"
key rsa 2048; leaf rsa "$(san DNS:rsa.localhost)" rsaroot
key p384 p384; leaf p384 "$(san DNS:p384.localhost)" ica sha384
leaf wild "$(san 'DNS:*.wild.localhost')"
leaf onlytop "$(san 'DNS:*.localhost')"
leaf address "$(san IP:127.0.0.1)"
leaf other "$(san DNS:other.example,DNS:www.other.example)"
leaf expired "$(san DNS:expired.localhost)" ica default -30 -3
leaf future "$(san DNS:future.localhost)" ica default 3 30
key self p256; cert self self "$(san DNS:self.localhost)" self.localhost; chain self self
key selfca p256
cert selfca selfca "subjectAltName=DNS:selfca.localhost
basicConstraints=critical,CA:TRUE" selfca.localhost; chain selfca selfca
leaf stranger "$(san DNS:stranger.localhost)" alien
leaf missing "$(san DNS:missing.localhost)"; chain missing missing
leaf cnonly "$NORMAL"
leaf clientonly "subjectAltName=DNS:clientonly.localhost
extendedKeyUsage=clientAuth"
leaf noeku "subjectAltName=DNS:noeku.localhost"
key weak 1024; leaf weak "$(san DNS:weak.localhost)"
leaf sha1 "$(san DNS:sha1.localhost)" ica sha1
key p521 p521; leaf p521 "$(san DNS:p521.localhost)"
key ed ed25519; leaf ed "$(san DNS:ed.localhost)"
leaf authority "subjectAltName=DNS:authority.localhost
basicConstraints=critical,CA:TRUE"
leaf bynobody "$(san DNS:bynobody.localhost)" good; chain bynobody bynobody good ica
key oldica p256; cert oldica root "$CA" 'Old CA' default -30 -3
leaf underold "$(san DNS:underold.localhost)" oldica
key weakica 1024; cert weakica root "$CA" 'Weak CA'
leaf underweak "$(san DNS:underweak.localhost)" weakica
key sha1ica p256; cert sha1ica root "$CA" 'SHA-1 CA' sha1
leaf undersha1 "$(san DNS:undersha1.localhost)" sha1ica
key short p256; cert short root "basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign" 'Short CA'
key below p256; cert below short "$CA" 'CA below Short'
leaf toolong "$(san DNS:toolong.localhost)" below; chain toolong toolong below short
leaf order "$(san DNS:order.localhost)"; chain order order root ica
leaf withroot "$(san DNS:withroot.localhost)"; chain withroot withroot ica root alien oldica
# 300 names fit into 16 kB, 1,000 do not; a chain of 500 certificates is longer than 128 kB.
names() { seq "$1" | sed 's/.*/,DNS:host-number-&.many.example/' | tr -d '\n'; }
leaf many "$(san "DNS:many.localhost$(names 300)")"
leaf toomany "$(san "DNS:toomany.localhost$(names 1000)")"
leaf ten "$(san DNS:ten.localhost)"
chain ten ten ica root alien oldica weakica sha1ica short below rsaroot
leaf endless "$(san DNS:endless.localhost)" alien
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do cat "$t/ten.chain"; done > "$t/x.chain"
cat "$t/x.chain" "$t/x.chain" "$t/x.chain" >> "$t/endless.chain"
# A wrong signature: the last byte of the leaf is changed.
leaf forged "$(san DNS:forged.localhost)"
openssl x509 -in "$t/forged.crt" -outform der -out "$t/forged.der"
python3 - "$t/forged.der" <<-'END'
	import sys
	d = bytearray(open(sys.argv[1], "rb").read())
	d[-1] ^= 1
	open(sys.argv[1], "wb").write(d)
	END
openssl x509 -inform der -in "$t/forged.der" -out "$t/forged.crt"
chain forged forged ica

# ---- the servers
cat > "$t/servers" <<-END
	good tls good
	tls11 tls good max=1.1
	tls13 tls good min=1.3
	cbc tls good ciphers=ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA
	staticrsa tls rsa ciphers=AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256
	aes128 tls good ciphers=ECDHE-ECDSA-AES128-GCM-SHA256
	aes256 tls rsa ciphers=ECDHE-RSA-AES256-GCM-SHA384
	x25519 tls good curve=X25519
	curve384 tls good curve=secp384r1
	h2 tls good alpn=h2
	clientcert tls good ask
	big big good
	cut cut good
	bytewise bytewise good
	cutat cutat 53 good
	flipat flipat 53 good
	garbage garbage
	http http
	close close
	silent silent
	empty empty
	alert40 alert40
	alert112 alert112
	alert80 alert80
	END
for name in rsa p384 wild onlytop address other expired future self selfca stranger missing \
	cnonly clientonly noeku weak sha1 p521 ed authority bynobody underold underweak \
	undersha1 toolong order withroot many toomany ten endless forged; do
	echo "$name tls $name" >> "$t/servers"
done
mkfifo "$t/life"
python3 test/sim/tlsserver.py "$t/servers" "$t/ports" < "$t/life" > "$t/serverlog" 2>&1 &
server=$!
exec 9> "$t/life"
wait $compile || { echo "tls.sh: the client does not compile"; exit 1; }
for i in $(seq 600); do
	[ ! -e "$t/ports" ] || break
	kill -0 $server 2>/dev/null || break
	sleep 0.1
done
[ -e "$t/ports" ] || { echo "tls.sh: the servers do not start:"; cat "$t/serverlog"; exit 1; }

# ---- the cases
failed=0
count=0
ca=$t/authorities.pem
try() { # server host words [options]: the client's line has to contain the words
	name=$1 host=$2 words=$3
	shift 3
	port=$(sed -n "s/^$name //p" "$t/ports")
	count=$((count + 1))
	got=$("$t/tlsclient" "$@" "$ca" "$host" "${port:-1}" 2>&1) || :
	case $got in
	*"$words"*) ;;
	*)
		failed=$((failed + 1))
		echo "tls.sh: server \"$name\", host $host: expected \"$words\", got:"
		echo "$got" | sed 's/^/	/'
		;;
	esac
}
bad() { # server words: the host is the server's name
	try "$1" "$1.localhost" "$2"
}

# The slow one runs beside the others.
silent=$(sed -n 's/^silent //p' "$t/ports")
"$t/tlsclient" "$ca" good.localhost "$silent" > "$t/silent" 2>&1 &
slow=$!

try good good.localhost 'ok resumed=0 bytes=43'
try good GOOD.localhost 'ok resumed=0'
try good good.localhost. 'ok resumed=0'
try rsa rsa.localhost 'ok resumed=0'
try p384 p384.localhost 'ok resumed=0'
for name in aes128 x25519 curve384 bytewise; do try $name good.localhost ok; done
try aes256 rsa.localhost ok
try good good.localhost 'ok resumed=0 bytes=43 sum=f6060bbe
ok resumed=1 bytes=43 sum=f6060bbe
ok resumed=1' -n 3
for name in withroot noeku many ten; do bad $name 'ok resumed=0'; done
# The sums of what the server sent, and of nothing lost on the way up.
big=$(python3 -c '
import zlib
b = bytes(i * 7 % 251 for i in range(1_000_000))
print("%08x" % zlib.adler32(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b))')
try big good.localhost "sum=$big"
try big good.localhost "sum=$big" -u 2000000

try wild a.wild.localhost ok
try wild A.WILD.localhost ok
try wild a.b.wild.localhost 'certificate is for *.wild.localhost, not for a.b.wild.localhost'
try wild wild.localhost 'certificate is for *.wild.localhost, not for wild.localhost'
try onlytop onlytop.localhost 'certificate is for *.localhost, not for onlytop.localhost'
try address 127.0.0.1 ok
try good 127.0.0.1 'certificate is for good.localhost, not for 127.0.0.1'
try address good.localhost 'certificate is for 127.0.0.1, not for good.localhost'
bad other 'certificate is for other.example, www.other.example, not for other.localhost'
bad cnonly 'names no host in subjectAltName'

bad expired 'certificate expired on 20'
bad expired "this machine's clock says 20"
bad future 'certificate is not valid before 20'
bad future 'set the clock'
try good good.localhost 'certificate is not valid before' -t 86400
try good good.localhost 'certificate expired on' -t 4000000000
try expired expired.localhost 'ok' -t $(($(date +%s) - 5 * 86400))
bad underold 'certificate of the authority "Old CA" expired on 20'

bad self 'certificate is self-signed, by "self.localhost"'
bad selfca 'certificate is self-signed'
bad stranger 'signed by an authority that is not trusted ("Alien Root"); if you trust it, put its'
bad missing 'incomplete chain'
bad missing '"Test Issuing CA" is not a trusted authority'
bad order 'out of order'
bad forged 'signature in the certificate chain is wrong'
bad bynobody 'is no authority (CA:FALSE)'
bad toolong 'pathlen'
bad authority 'one of an authority (CA:TRUE)'
bad clientonly 'not for servers'
bad weak 'key too weak (RSA with 1024 bits'
bad underweak 'certificate of the authority "Weak CA": key too weak'
bad sha1 'signature too weak (SHA-1'
bad undersha1 'certificate of the authority "SHA-1 CA": signature too weak'
bad toomany 'longer than 16 kB'
bad endless 'longer than 128 kB'
# Nothing that we offer fits such keys, so the server itself refuses.
for name in ed p521; do bad $name 'no cipher in common'; done

try tls13 good.localhost 'server speaks no TLS 1.2'
try tls11 good.localhost 'it speaks no TLS 1.2'
try cbc good.localhost 'no cipher in common'
try staticrsa rsa.localhost 'no cipher in common'
try alert40 good.localhost 'alert 40 handshake_failure: it speaks no TLS 1.2, or no cipher'
try alert80 good.localhost 'alert 80 internal_error'
try alert112 good.localhost 'alert 112 unrecognized_name: it knows no such host'
try clientcert good.localhost 'client certificate'
try h2 good.localhost ok
try garbage good.localhost 'the answer is not TLS'
try http good.localhost 'the answer is not TLS (it begins with "HTTP/")'
try close good.localhost 'cut during the handshake, before the server said anything'
try cut good.localhost 'cut without close_notify'
try cut good.localhost '[bytes=43]'
try empty good.localhost 'longer than 128 kB'

# Cut, or altered, at every 53rd byte of what the server says: never "ok", never a hang.
for name in cutat flipat; do
	port=$(sed -n "s/^$name //p" "$t/ports")
	count=$((count + 1))
	timeout 120 "$t/tlsclient" -n 18 "$ca" good.localhost "$port" > "$t/damage" 2>&1 || :
	if [ "$(grep -c '^error -2' "$t/damage")" != 18 ]; then
		failed=$((failed + 1))
		echo "tls.sh: $name: expected 18 refusals by TLS, got:"
		sed 's/^/	/' "$t/damage"
	fi
done

# Authorities: the embedded ones do not know ours; a broken file is named with its line.
ca=-
try good good.localhost 'signed by an authority that is not trusted ("Test Root")'
ca=$t/self.crt
try self self.localhost ok
ca=$t/none.pem
try good good.localhost 'none.pem: No such file'
ca=$t/good.key
try good good.localhost 'good.key: line 1: a private key'
{ cat "$t/root.crt"; sed 5s/./!/ "$t/root.crt"; } > "$t/broken.pem"
ca=$t/broken.pem
line=$(($(wc -l < "$t/root.crt") + 5))
try good good.localhost "broken.pem: line $line: a character that is not base64"

wait $slow || :
count=$((count + 1))
grep -q 'handshake not finished in time' "$t/silent" || {
	failed=$((failed + 1))
	echo "tls.sh: a silent server: expected the handshake's deadline, got: $(cat "$t/silent")"
}
[ $failed -eq 0 ] || { echo "tls.sh: $failed of $count cases failed"; exit 1; }
echo "tls.sh: $count cases passed"

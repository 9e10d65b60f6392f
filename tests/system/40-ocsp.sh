#!/usr/bin/env bash
# OCSP to the letter, by clients that nobody here wrote: nonces of every length,
# several issuers in one request, what caches are told and do, the delegated key
# and its renewal, and the end of what a worker may say when nobody tells it more.
. "$(dirname "$0")/lib.sh"
start_instance
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1"; }
not() { ! "$@"; }

root=$VAR/credentials/root.crt
ca=$work/access.pem
sed '1,/END CERTIFICATE/d' "$VAR/credentials/reader.crt" >"$ca"
for who in reader officer-2; do openssl x509 -in "$VAR/credentials/$who.crt" >"$work/$who.pem"; done
ask() { # file of a request in DER -> $work/said
	curl -fsS -o "$work/said" -H 'Content-Type: application/ocsp-request' --data-binary "@$1" "$PUBLIC_URL/ocsp"
}
text() { openssl ocsp -respin "$work/said" -noverify -resp_text 2>&1; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
octets() { printf "$(sed 's/../\\x&/g')"; }

# ---- nonces: RFC 9654 section 2.1

openssl ocsp -no_nonce -issuer "$ca" -cert "$work/reader.pem" -reqout "$work/plain" >/dev/null 2>&1
until_true 10 eval 'ask "$work/plain" && text | grep -q "Cert Status: good"'
# A TLV in hex of a value in hex, up to 65,535 octets.
tlv() {
	local n=$((${#2} / 2))
	if [ $n -lt 128 ]; then printf '%s%02x%s' "$1" $n "$2"
	elif [ $n -lt 256 ]; then printf '%s81%02x%s' "$1" $n "$2"
	else printf '%s82%04x%s' "$1" $n "$2"; fi
}
with_nonce() { # octets -> $work/asked, the nonce in $work/nonce
	local list nonce
	list=$(hex "$work/plain" | cut -c9-) # behind two headers of two octets
	openssl rand "$1" >"$work/nonce" 2>/dev/null
	[ "$1" -gt 0 ] || : >"$work/nonce"
	nonce=$(tlv a2 "$(tlv 30 "$(tlv 30 "06092b0601050507300102$(tlv 04 "$(tlv 04 "$(hex "$work/nonce")")")")")")
	tlv 30 "$(tlv 30 "$list$nonce")" | octets >"$work/asked"
}
echoes() {
	local out
	with_nonce "$1" && openssl ocsp -reqin "$work/asked" -req_text 2>&1 | grep -q 'OCSP Nonce' || return 1
	ask "$work/asked" && hex "$work/said" | grep -q "$(tlv 04 "$(tlv 04 "$(hex "$work/nonce")")")" || return 1
	out=$(openssl ocsp -reqin "$work/asked" -url "$PUBLIC_URL/ocsp" -verify_other "$ca" \
		-CAfile "$root" 2>&1)
	grep -q 'Response verify OK' <<<"$out" && not grep -qi nonce <<<"$out" || { echo "$out"; return 1; }
}
for n in 1 16 32 33 64 127 128; do claim "a nonce of $n octets comes back as it went" echoes $n; done
for n in 0 129 256; do
	with_nonce $n
	claim "one of $n octets is malformed" eval 'ask "$work/asked" && text | grep -q "malformedrequest (1)"'
done
claim "without one, none comes back" eval 'ask "$work/plain" && not grep -q "OCSP Nonce" <(text)'

# ---- what is asked, and of whom

two() { # openssl options
	openssl ocsp "$@" -issuer "$ca" -cert "$work/reader.pem" -issuer "$root" -cert "$ca" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$root" -respout "$work/said" 2>&1
}
claim "two issuers in one request: both answered" is "$(two | grep -c ': good')" 2
claim "in one response, with the delegated certificate of each" is "$(text | grep -c 'OCSP No Check')" 2
claim "by SHA-256 as well" is "$(two -sha256 | grep -c ': good')" 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out "$work/foreign.pem" \
	-subj /CN=foreign -days 1 2>/dev/null
openssl ocsp -issuer "$ca" -cert "$work/reader.pem" -issuer "$work/foreign.pem" -serial 1 -url "$PUBLIC_URL/ocsp" \
	-CAfile "$root" -respout "$work/said" >/dev/null 2>&1
claim "a foreign one beside ours is unknown" is "$(text | sed -n 's/ *Cert Status: //p' | xargs)" "good unknown"
of_another() { # the serial of a CA's certificate, asked of the CA below
	openssl ocsp -issuer "$ca" -serial "0x$(openssl x509 -in "$ca" -noout -serial | sed 's/.*=//')" \
		-url "$PUBLIC_URL/ocsp" -CAfile "$root" 2>&1
}
claim "a serial of another issuer of ours is unknown to this one" grep -q ': unknown' <(of_another)
claim "GnuTLS finds its nonce" not grep -qi 'nonce' <(ocsptool --ask="$PUBLIC_URL/ocsp" --nonce \
	--load-cert "$work/reader.pem" --load-issuer "$ca" --load-trust "$root" 2>&1 | grep -iE 'warn|error|mismatch|no nonce')

# ---- caches: RFC 5019 section 6

# our own check asks twice, too
checker=$(pgrep -P "$RUN_PID" -f "status check")
kill -STOP "$checker"
request=$(base64 -w0 "$work/plain" | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
get=$PUBLIC_URL/ocsp/$request
post=(-H 'Content-Type: application/ocsp-request' --data-binary)
hits() { sleep 1.5; grep -c "\"$1 /ocsp.* HIT " "$VAR/log/access.log"; }
# times N URL...: the same question so often, in less than a second
times() {
	local n=$1 url=$2 i urls=()
	shift 2
	for ((i = 0; i < n; i++)); do urls+=(-o /dev/null "$url"); done
	curl -fsS "$@" "${urls[@]}"
}
claim "what is asked for twice is no file of nginx's" eval 'times 2 "$get" && is "$(hits GET)" 0'
claim "it answers a GET that is asked for again and again" eval 'times 9 "$get" && [ "$(hits GET)" -ge 1 ]'
claim "and a POST" eval 'times 9 "$PUBLIC_URL/ocsp" "${post[@]}" "@$work/plain" && [ "$(hits POST)" -ge 1 ]'
with_nonce 32
# others may ask without one meanwhile: what it cached would come twice
claim "but never one with a nonce" eval 'curl -fsS "${post[@]}" "@$work/asked" -o "$work/1" "$PUBLIC_URL/ocsp" -o "$work/2" \
	"$PUBLIC_URL/ocsp" -o "$work/3" "$PUBLIC_URL/ocsp" -o "$work/4" "$PUBLIC_URL/ocsp" &&
	is "$(sha256sum "$work"/[1-4] | cut -c-64 | sort -u | wc -l)" 4 &&
	n=$(hits POST) && times 9 "$PUBLIC_URL/ocsp" "${post[@]}" "@$work/asked" && is "$(hits POST)" "$n"'
kill -CONT "$checker"
headers() { curl -fsS -D - -o "$work/said" "$@" | tr -d '\r'; }
headers "$get" >"$work/headers"
header() { sed -n "s/^$1: //Ip" "$work/headers"; }
seconds() { date -ud "$1" +%s; }
said_at() { text | sed -n "s/ *$1: //p" | head -n 1; }
claim "its type is that of RFC 6960" is "$(header content-type)" application/ocsp-response
claim "Last-Modified is thisUpdate" is "$(seconds "$(header last-modified)")" "$(seconds "$(said_at 'This Update')")"
claim "Expires is nextUpdate" is "$(seconds "$(header expires)")" "$(seconds "$(said_at 'Next Update')")"
claim "which is a day later" is "$(($(seconds "$(header expires)") - $(seconds "$(header last-modified)")))" 86400
claim "caches do not change it" grep -qi '^cache-control: max-age=3600, public, no-transform, must-revalidate' "$work/headers"
cp "$work/said" "$work/first"
etag=$(header etag)
sleep 3 # nginx has forgotten it by now
claim "the same response is given again, from whichever worker" eval 'for i in 1 2 3 4 5 6; do headers "$get" >/dev/null;
	cmp "$work/said" "$work/first" || exit 1; sleep 1.1; done'
claim "who has it gets 304 and no body" is "$(curl -s -o "$work/none" -w '%{http_code} %{size_download}' \
	-H "If-None-Match: $etag" "$get")" "304 0"
claim "who has another gets this one" is "$(curl -s -o /dev/null -w '%{http_code}' -H 'If-None-Match: "0123"' "$get")" 200
claim "what answers a nonce nobody may keep" eval 'headers "${post[@]}" "@$work/asked" "$PUBLIC_URL/ocsp" >"$work/headers" &&
	is "$(header cache-control)" no-store && is "$(header etag)" ""'
openssl ocsp -no_nonce -issuer "$ca" -cert "$work/officer-2.pem" -reqout "$work/plain-2" >/dev/null 2>&1
ask "$work/plain-2"
claim "another is good" grep -q 'Cert Status: good' <(text)
assay cert revoke "$(openssl x509 -in "$work/officer-2.pem" -noout -serial | sed 's/.*=//' | tr A-Z a-z)" \
	--reason superseded --as security-1 >/dev/null
claim "a kept response ends when the status changes" until_true 5 eval \
	'ask "$work/plain-2" && text | grep -q "Revocation Reason: superseded"'

# ---- a status process itself, which nginx alone reaches: conf/README.md

# behind SECONDS: what comes on its socket to these octets, a line of PIECE in hex
# each; so long, or until it ends the connection, which the last line says.
behind() {
	perl -MIO::Socket::UNIX -MTime::HiRes=sleep -e '
		my ($path, $seconds) = @ARGV;
		my $s = IO::Socket::UNIX->new(Peer => $path) or die;
		local $SIG{ALRM} = sub { print "\nopen\n"; exit };
		alarm $seconds;
		while (<STDIN>) { chomp; syswrite $s, pack("H*", $_); sleep 0.002 }
		while (sysread $s, my $x, 65536) { print $x }
		print "\nended\n"' "$run/status-0.sock" "$1"
}
line() { od -An -v -tx1 | tr -d ' \n'; echo; }
answers() { grep -ao 'HTTP/1.1 [0-9]' "$work/behind" | wc -l; }
status() { awk 'NR == 1 { print $2 }' "$work/behind"; }
asked_twice='GET /ocsp/a HTTP/1.1\r\nHost: a\r\n\r\n'
printf "$asked_twice" | line | behind 1 >"$work/behind"
claim "it answers, and the connection stays" is "$(answers) $(status) $(tail -n 1 "$work/behind")" "1 200 open"
{ printf "$asked_twice" | line; sleep 0.3; printf "$asked_twice" | line; } | behind 1 >"$work/behind"
claim "for one request behind the other" is "$(answers) $(tail -n 1 "$work/behind")" "2 open"
printf "$asked_twice$asked_twice" | line | behind 3 >"$work/behind"
claim "but a second in the first one's octets ends it" is "$(answers) $(status) $(tail -n 1 "$work/behind")" "1 400 ended"
printf 'GET /ocsp/a HTTP/1.1\r\nContent-Length: 2\r\n\r\nGET /' | line | behind 3 >"$work/behind"
claim "so does what is longer than it says" is "$(answers) $(status) $(tail -n 1 "$work/behind")" "1 400 ended"
printf 'POST /ocsp HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' | line | behind 3 >"$work/behind"
claim "and what comes in chunks" is "$(answers) $(status) $(tail -n 1 "$work/behind")" "1 400 ended"
{ printf 'GET /ocsp/a HTTP/1.1\r\nX: '; head -c 9000 /dev/zero | tr '\0' x; } | line | behind 3 >"$work/behind"
claim "a head of 9000 octets is 431" is "$(status) $(tail -n 1 "$work/behind")" "431 ended"
{
	printf 'POST /ocsp HTTP/1.1\r\nContent-Type: application/ocsp-request\r\nContent-Length: %d\r\n\r\n' \
		"$(wc -c <"$work/plain")"
	cat "$work/plain"
} | line | fold -w 2 | behind 3 >"$work/behind"
claim "one that comes octet by octet is answered" is "$(answers) $(status) $(tail -n 1 "$work/behind")" "1 200 open"
{ printf 'POST /ocsp HTTP/1.1\r\nContent-Length: 20000\r\n\r\n'; head -c 20000 /dev/zero; } | line | behind 2 >"$work/behind"
claim "a body longer than OCSP's is 413" is "$(answers) $(status)" "1 413"
printf 'POST /ocsp HTTP/1.1\r\nContent-Length: 100\r\n\r\na' | line | behind 15 >"$work/behind"
claim "one that does not go on is let go of" is "$(answers) $(tail -n 1 "$work/behind")" "0 ended"

# ---- the delegated key

signer() { ask "$work/plain" && text | sed -n '/^Certificate:/,$p' | openssl x509; }
life() {
	local from to
	from=$(signer | openssl x509 -noout -startdate | cut -d= -f2)
	to=$(signer | openssl x509 -noout -enddate | cut -d= -f2)
	echo $((($(seconds "$to") - $(seconds "$from")) / 86400))
}
claim "its certificate lives 30 days at most" test "$(life)" -le 30 -a "$(life)" -ge 7
claim "it may sign OCSP and nothing else" is "$(signer | openssl x509 -noout -ext extendedKeyUsage | tail -n 1 | xargs)" "OCSP Signing"
claim "and need not be asked about" grep -q 'No Check' <(signer | openssl x509 -noout -text)
old=$(signer | openssl x509 -noout -serial)
owner "INSERT INTO test_clock (now) VALUES (now() + interval '16 days')"
claim "at half its life there is another, and the worker has it" until_true 30 eval \
	'[ "$(signer | openssl x509 -noout -serial)" != "$old" ]'
owner "DELETE FROM test_clock"
claim "when the clock is back it answers again, with one that is not still to come" until_true 30 eval \
	'ask "$work/plain" && text | grep -q "Cert Status: good"'

# ---- nobody tells the worker more: it answers until nextUpdate and no longer

stop_instance
rm -rf "$VAR"/nginx/ocsp/* # answers of a day
printf '\n[status]\nocsp_validity = 60\n' >>"$VAR/assay.cnf"
start_instance
good() { ask "$work/plain-1" && openssl ocsp -respin "$work/said" -issuer "$ca" -cert "$work/reader.pem" -CAfile "$root" \
	-no_nonce 2>&1 | grep -q ': good'; }
cp "$work/plain" "$work/plain-1"
claim "a shorter validity is set" until_true 10 good
child() { pgrep -P "$RUN_PID" -f -- "$1" | head -n 1; }
follower=$(child assay-follower)
kill -STOP "$RUN_PID" # nobody starts them again
kill -KILL "$follower"
"$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/pg_ctl" -D "$VAR/postgres" -m immediate stop >/dev/null
away=$SECONDS
claim "without a database and a follower it answers" good
end=$(seconds "$(said_at 'Next Update')")
sleep 20
claim "20 seconds later, too" good
claim "with the nextUpdate of before" is "$(seconds "$(said_at 'Next Update')")" "$end"
try_later() { ask "$work/plain-1" && text | grep -q 'trylater (3)'; }
claim "after nextUpdate it says try later" until_true 60 try_later
claim "and not before" test "$(date +%s)" -ge "$end"
echo "# $((SECONDS - away)) s after they went away"
kill -CONT "$RUN_PID"
claim "when they are back it answers again" until_true 60 good
finish

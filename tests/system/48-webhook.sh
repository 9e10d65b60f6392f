#!/usr/bin/env bash
# Notices by webhook, to receivers that are well, slow, broken, gone or hostile:
# signed so that openssl alone can tell, in order, none lost, and never to where
# an instance doesn't send.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/webhook.sh"

ids() { for f in $(ls "$work/$1"/*.req | tail -n "+${2:-1}"); do header "$f" webhook-id; done; }
# in_order NAME FROM COUNT: so many different ones from request FROM on, each
# with the number after the one before
in_order() {
	local first
	first=$(ids "$1" "$2" | head -1 | sed 's/.*-//')
	[ -n "$first" ] && [ "$(ids "$1" "$2" | sed 's/.*-//' | uniq)" = "$(seq "$first" $((first + $3 - 1)))" ] ||
		{ ids "$1" "$2"; return 1; }
}
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }
field() { member ".$2" mobilfunk-hlr subscription show "$1"; }
says() { [[ "$(field "$1" "$2")" == *$3* ]] || { field "$1" "$2"; return 1; }; }
notifier() { pgrep -P "$RUN_PID" -f assay-notifier; }
db() { psql -h "$VAR/run" -U "$(id -un)" -d assay -qAtX "$@"; }
# happens ORG TOPIC SUBJECT
happens() { db -c "SELECT assay.notice_add('$2', id, '$3', '{}') FROM assay.organisation WHERE handle = '$1'" >/dev/null; }
now_tests() { local s=$1 n; for n in $(seq "${2:-1}"); do a mobilfunk-hlr subscription test "$s" || return; done; }

VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
"$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT" >/dev/null
r1=$(free_port) r2=$(free_port)
receiver r1; receiver r2
trap 'kill $r1_pid $r2_pid $second $watcher $tls_pid 2>/dev/null; leave' EXIT
second= watcher= tls_pid=

# ---- an instance that sends to the Internet only
start_instance
claim "an operator and a supplier are let in" story_people
new() { local who=$1 url=$2; shift 2; j "$who" subscription new "$url" "$@"; }
refused WEBHOOK_HTTPS "http is refused" new mobilfunk-hlr "http://mobilfunk.example/hook"
for url in "https://127.0.0.1:$r1/" "https://[::1]:$r1/" https://169.254.169.254/latest/ https://localhost/ \
	https://10.0.0.1/ "https://[::ffff:192.168.1.1]/"; do
	refused WEBHOOK_ADDRESS "so is $url" new mobilfunk-hlr "$url"
done
refused WEBHOOK_URL "and a user in the URL" new mobilfunk-hlr "https://user:pass@mobilfunk.example/"
refused ROLE_NOT_ALLOWED "a reader subscribes to nothing" new reader https://a.example/
for host in hook.localhost 2130706433 0x7f.1; do
	s=$(new mobilfunk-hlr "https://$host:$r1/hook" | jq -r .number)
	now_tests "$s"
	claim "$host, which turns out to be this machine, is not connected to" \
		until_true 5 says "$s" last_error "no address of the Internet"
	a mobilfunk-hlr subscription remove "$s"
done
claim "not once" test ! -e "$work/r1/connections"
stop_instance

# ---- an instance that sends anywhere
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Test CA" -days 2 \
	-keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
for n in good bad; do
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=127.0.0.1" \
		-keyout "$work/$n.key" -out "$work/$n.csr" 2>/dev/null
done
echo "subjectAltName = IP:127.0.0.1" >"$work/san"
openssl x509 -req -in "$work/good.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -days 2 -extfile "$work/san" \
	-out "$work/good.crt" 2>/dev/null
openssl x509 -req -in "$work/bad.csr" -signkey "$work/bad.key" -days 2 -extfile "$work/san" -out "$work/bad.crt" 2>/dev/null
sed -i "s/^webhook_private = no/webhook_private = yes/; s|^webhook_ca =.*|webhook_ca = $work/ca.crt|" "$VAR/assay.cnf"
start_instance

new mobilfunk-hlr "http://127.0.0.1:$r1/hook?who=mobilfunk" >"$work/s1.json"
s1=$(jq -r .number "$work/s1.json") secret=$(jq -r .secret "$work/s1.json")
[ -n "$s1" ] || { not_ok "there is a subscription"; finish; }
claim "a secret is shown: 32 octets" test "$(printf %s "${secret#whsec_}" | base64 -d | wc -c)" = 32
claim "and never again" test "$(field "$s1" secret)" = null
begun=$(now_ms)
claim "a test is sent" now_tests "$s1"
claim "it arrives" until_true 5 has r1 1
took=$(($(now_ms) - begun))
claim "within two seconds ($took ms with the asking)" test "$took" -lt 2000
f=$(req r1 1)
claim "the signature is good, says openssl" is_signed "$f" "$secret"
claim "and is not, for another secret" not is_signed "$f" whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
claim "the time in it is now" test $(($(date +%s) - $(header "$f" webhook-timestamp))) -le 5
claim "it is the notice" test "$(body "$f" | jq -c '[.id, .topic, .subject, .organisation, .detail.asked_by]')" = \
	"[$(header "$f" webhook-id | sed 's/.*-//'),\"subscription.test\",\"$s1\",\"mobilfunk\",\"mobilfunk-hlr\"]"
claim "as the list has it" test "$(body "$f" | jq -cS .)" = "$(member '.notices[0]' mobilfunk-hlr notice list | jq -cS .)"
claim "as JSON, to the whole address" grep -q '^POST /hook?who=mobilfunk HTTP/1.1' "$f"

# ---- a receiver that fails
tells r1 500
n=$(requests r1)
now_tests "$s1" 5
claim "a failure is tried again" until_true 10 has r1 $((n + 3))
claim "the same one each time, under the same id" test "$(ids r1 $((n + 1)) | sort -u | wc -l)" = 1
claim "with the same body" test "$(for f in $(ls "$work/r1"/*.req | tail -n +$((n + 1))); do body "$f" | sha256sum; done | sort -u | wc -l)" = 1
claim "the subscriber sees why, and when it is next" test "$(member '"\(.last_error) \(.next_try != null) \(.behind)"' mobilfunk-hlr subscription show "$s1")" = "answered 500 true 5"
tells r1 200
claim "all come once it is well" until_true 15 says "$s1" behind 0
claim "in order, none left out" in_order r1 $((n + 1)) 5
claim "and each of the others once" test "$(ids r1 $((n + 1)) | sort | uniq -c | awk '$1 > 1' | wc -l)" = 1

# ---- one that is away
kill "$r1_pid"; wait "$r1_pid" 2>/dev/null
n=$(requests r1)
now_tests "$s1"
claim "nobody there is a failure, too" until_true 5 says "$s1" last_error "there was no answer"
claim "of which the log says more than its owner is told" until_true 5 grep -rqi "doesn.t take .*connect" "$VAR/log"
receiver r1
claim "and over when somebody is" until_true 15 says "$s1" behind 0

# ---- one that would lead us elsewhere
tells r1 "302 http://127.0.0.1:$r2/inside"
now_tests "$s1"
claim "a redirect is a failure" until_true 5 says "$s1" last_error "redirects are not followed"
claim "and not followed" test ! -e "$work/r2/connections"
tells r1 endless
claim "an answer without an end is read no further" until_true 15 says "$s1" behind 0

# ---- one that is slow, and another
new tresor-pki "http://127.0.0.1:$r2/hook" >"$work/s2.json"
s2=$(jq -r .number "$work/s2.json")
tells r1 silent
n=$(requests r1)
now_tests "$s1"
until_true 5 has r1 $((n + 1))
begun=$(now_ms)
a tresor-pki subscription test "$s2"
claim "one that says nothing keeps no other waiting" until_true 3 has r2 1
claim "($(($(now_ms) - begun)) ms)" test $(($(now_ms) - begun)) -lt 3000
claim "that has its own secret" is_signed "$(req r2 1)" "$(jq -r .secret "$work/s2.json")"
claim "it is waited for, for 10 seconds" until_true 15 says "$s1" last_error "there was no answer"
claim "not longer" test $(($(now_ms) - begun)) -lt 14000
tells r1 200
claim "then it is tried again" until_true 10 says "$s1" behind 0

# ---- a notifier that dies, one beside it, a database that dies
tells r1 "slow 3"
n=$(requests r1)
now_tests "$s1" 3
until_true 5 has r1 $((n + 1))
kill -9 "$(notifier)"
tells r1 200
claim "what was under way when it was killed is sent again" until_true 15 says "$s1" behind 0
times() { [ "$(ids r1 $((n + 1)) | uniq -c | awk '{ print $1 }' | paste -sd' ')" = "$1" ] || { ids r1 $((n + 1)); return 1; }; }
claim "under the same id; the others once" times "2 1 1"
claim "in order" in_order r1 $((n + 1)) 3
"$bin/assay-notifier" -c "$VAR/assay.cnf" 2>"$work/second.log" &
second=$!
until_true 5 grep -q ready "$work/second.log"
n=$(requests r1)
now_tests "$s1" 8
claim "two notifiers at once do it" until_true 10 says "$s1" behind 0
claim "once, in order" in_order r1 $((n + 1)) 8
claim "and none twice" test "$(requests r1)" = $((n + 8))
kill -TERM "$second"
if wait "$second"; then ok "one that is asked to stop does"; else not_ok "one that is asked to stop does"; fi
second=
postmaster() { pgrep -P "$RUN_PID" -f postgres; }
was=$(postmaster)
kill -9 "$was"
# its sessions may outlive it for a moment, and say that all is well
another() { test -n "$(postmaster)" -a "$(postmaster)" != "$was"; }
until_true 30 another
until_true 30 assay health --quiet
claim "after the database died, too" now_tests "$s1"
claim "notices arrive" until_true 15 says "$s1" behind 0

# ---- topics, pauses, the end
happens tresor finding.due F-1
# told NAME PATH TOPIC: has it been sent to that address?
told() { local f; for f in "$work/$1"/*.req; do grep -q "^POST $2 " "$f" && grep -qF "\"$3\"" "$f" && return; done; return 1; }
claim "what happens is told to whom it concerns" until_true 5 told r2 /hook finding.due
claim "and to nobody else" not grep -q '"finding.due"' "$work"/r1/*.req
new tresor-pki "http://127.0.0.1:$r2/measures" --topic measure >"$work/s3.json"
s3=$(jq -r .number "$work/s3.json")
happens tresor finding.due F-2
happens tresor measure.in_force M-1
claim "topics can be chosen" until_true 5 told r2 /measures measure.in_force
claim "and others left" not told r2 /measures finding.due
claim "it is paused" a tresor-pki subscription pause "$s3"
happens tresor measure.lifted M-1
claim "nothing is sent then" not until_true 2 told r2 /measures measure.lifted
claim "but to the other one" told r2 /hook measure.lifted
claim "and resumed" a tresor-pki subscription resume "$s3"
claim "it goes on where it was" until_true 5 told r2 /measures measure.lifted
tells r2 410
happens tresor measure.in_force M-2
paused() { [ "$(member .state tresor-pki subscription show "$1")" = paused ]; }
claim "410 Gone pauses it" until_true 5 paused "$s3"
tells r2 200
refused NOT_FOUND "another organisation's is not there" assay --as karren-pki subscription show "$s3"
refused NOT_YOURS "nor the body's to end" assay --as officer-1 subscription remove "$s3"
claim "it is removed" a tresor-pki subscription remove "$s3"

# ---- secrets
new_secret=$(j mobilfunk-hlr subscription rotate "$s1" | jq -r .secret)
n=$(requests r1)
now_tests "$s1"
until_true 5 has r1 $((n + 1))
claim "a new secret signs" is_signed "$(req r1 '$')" "$new_secret"
claim "and the old one beside it" is_signed "$(req r1 '$')" "$secret"
claim "two there are" test "$(header "$(req r1 '$')" webhook-signature | wc -w)" = 2
raw=$(printf %s "${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
for s in "${secret#whsec_}" "${new_secret#whsec_}" "$raw"; do
	claim "a secret is in no log, no setting and no other file but the record" \
		not grep -rqF -- "$s" "$VAR" --exclude-dir=postgres
done
claim "nor is a webhook's address in a log" not grep -rq "who=mobilfunk" "$VAR/log"

# ---- https
tls_good=$(free_port) tls_bad=$(free_port)
mkdir -p "$work/tls"
cat >"$work/tls/nginx.conf" <<NGINX
daemon off; pid $work/tls/pid; error_log $work/tls/error.log; worker_processes 1;
events {}
http {
	log_format id '\$server_port \$http_webhook_id';
	access_log $work/tls/access.log id;
	client_body_temp_path $work/tls/b; proxy_temp_path $work/tls/p; fastcgi_temp_path $work/tls/f;
	uwsgi_temp_path $work/tls/u; scgi_temp_path $work/tls/s;
	server { listen 127.0.0.1:$tls_good ssl; ssl_certificate $work/good.crt; ssl_certificate_key $work/good.key; return 204; }
	server { listen 127.0.0.1:$tls_bad ssl; ssl_certificate $work/bad.crt; ssl_certificate_key $work/bad.key; return 204; }
}
NGINX
PATH=$PATH:/usr/sbin nginx -c "$work/tls/nginx.conf" -e "$work/tls/error.log" -p "$work/tls" &
tls_pid=$!
s4=$(new mobilfunk-hlr "https://127.0.0.1:$tls_good/hook" | jq -r .number)
now_tests "$s4"
claim "https works with the CA that is configured" until_true 5 grep -q "^$tls_good mobilfunk-" "$work/tls/access.log"
s5=$(new mobilfunk-hlr "https://127.0.0.1:$tls_bad/hook" | jq -r .number)
now_tests "$s5"
claim "and with no other" until_true 5 says "$s5" last_error "there was no answer"
claim "of which the log says why" grep -rqi "doesn.t take .*certificate" "$VAR/log"
claim "which learned nothing" not grep -q "^$tls_bad" "$work/tls/access.log"
a mobilfunk-hlr subscription remove "$s5"

# ---- without a webhook
claim "the list has the newest first" test "$(member '.notices | map(.id) | . == (sort | reverse)' mobilfunk-hlr notice list)" = true
claim "or from the beginning" test "$(member '.notices[0].id' mobilfunk-hlr notice list --after 0)" = 1
claim "and of some topics" test "$(member '.notices | length' tresor-pki notice list --topic measure)" = 3
claim "each has its own" test "$(member '.notices | length' karren-pki notice list)" = 0
"$bin/assay" --var "$VAR" --as karren-pki --json notice watch >"$work/watch.out" 2>&1 &
watcher=$!
sleep 0.7
happens karren coc.ends C-1
happens karren coc.ends C-2
claim "notices are followed" until_true 5 grep -q C-2 "$work/watch.out"
claim "each is a line" test "$(jq -r '"\(.id) \(.topic) \(.subject)"' "$work/watch.out" | paste -sd,)" = "1 coc.ends C-1,2 coc.ends C-2"
kill "$watcher"; wait "$watcher" 2>/dev/null; watcher=
refused NOTICE_NUMBER "a number is one" eval 'out=$(api_as reader "$URL/v1/notices?after=1x"); echo "[$(jq -r .type <<<"$out" | sed "s|.*/||")]"; false'

tells r1 silent
now_tests "$s1"
begun=$(now_ms)
if stop_instance; then ok "it stops, with a request under way"; else not_ok "it stops"; fi
claim "within seconds" test $(($(now_ms) - begun)) -lt 8000
finish

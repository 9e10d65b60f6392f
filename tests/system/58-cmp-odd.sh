#!/usr/bin/env bash
# CMP as no client sends it, by who has a key that counts: each field of the header
# otherwise, confirmations that confirm nothing, bodies that are not taken.  What is
# altered in any octet makes nothing.  Each refusal says why, by the failInfo that RFC
# 9810 appendix F has for it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay; $1"; }
root=$VAR/credentials/root.crt
edit=$bin/tests/cmp_edit
d=$work/odd
mkdir "$d"
cd "$d" || exit 1

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key ca; key tresor
openssl req -x509 -new -key ca.key -subj "/O=tresor/CN=tresor factory CA" -days 30 -out ca.crt \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -new -key tresor.key -subj "/O=tresor/CN=tresor line 1" 2>/dev/null |
	openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out tresor.crt \
		-extfile <(echo keyUsage=critical,digitalSignature; echo subjectKeyIdentifier=hash) 2>/dev/null
printf 'TRE-M%d\n' 1 2 3 >ids
lot=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 60 --renewal --factory ca.crt | jq -r .number)
macs=$(j tresor-pki lot open --model tresor-m2 --site tresor-dresden --count 9 --ids ids --mac-keys keys | jq -r .number)
others=$(j karren-pki lot open --model karren-t1 --site karren-ulm --count 9 --ids ids --mac-keys their-keys | jq -r .number)
in_state() { is "$(j "${3:-tresor-pki}" lot show "$1" | jq -r .state)" "$2"; }
claim "three lots are opened" until_true 10 eval 'in_state "$lot" open && in_state "$macs" open && in_state "$others" open karren-pki'
secret() { grep "^$1:" "${2:-keys}" | cut -d: -f2; }

# client SERVER LOT [options of openssl cmp]: what it writes is in `said`
client() {
	openssl cmp -config /dev/null -server "$1" -path ".well-known/cmp/p/$2" -recipient /CN=x -total_timeout 20 "${@:3}" >said 2>&1 || { tail -4 said; return 1; }
}
signed=(-trusted "$root" -cert tresor.crt -key tresor.key)
maced() { echo "-ref $1 -secret pass:$(secret "$1" "${2:-keys}") -mac hmacWithSHA256 -subject /CN=$1"; }
public=${PUBLIC_URL#http://}
# unsent FILE [options]: what the client would send, which nobody has seen yet
unsent() { client 127.0.0.1:1 "$lot" -reqout "$1" -certout no.crt "${@:2}" >/dev/null; [ -s "$1" ]; }
# says FILE [LOT]: type of body, status and bit of failInfo, or the code of HTTP
# Who has to wait, where we have other work, is taken as well as who has it at once, and
# who gets another name as well as who gets what they asked for.
says() {
	local code
	code=$(curl -sS -o answer.der -w '%{http_code}' -H 'Content-Type: application/pkixcmp' --data-binary "@$1" "$PUBLIC_URL/.well-known/cmp/p/${2:-$lot}")
	if [ "$code" = 200 ]; then "$edit" show answer.der | sed 's/^\([138]\) [13] -$/\1 0 -/'; else echo "$code"; fi
}
issued() { record "SELECT count(*) FROM certificate WHERE device_id IS NOT NULL"; }
tried=0
# odd "sentence" WANT NAME=VALUE...: the request of a new device, but for that
odd() {
	local said=$1 want=$2
	key "odd$((++tried))"
	unsent odd.der -cmd ir "${signed[@]}" -newkey "odd$tried.key" -subject "/CN=TRE-ODD$tried"
	"$edit" set odd.der edited.der tresor.key "${@:3}"
	claim "$said" is "$(says edited.der)" "$want"
}

# ---- the header (RFC 9483 section 3.1, section 3.5)
before=$(issued)
refused() { odd "$1" "23 2 $2" "${@:3}"; }
refused "pvno 1: unsupportedVersion" 22 pvno=1
refused "pvno 3 where nothing needs it, likewise" 22 pvno=3
refused "a message of seven minutes ago: badTime" 3 time=-420
refused "or of the future" 3 time=420
refused "no senderNonce: badSenderNonce" 18 5=
refused "one of four octets" 18 5=00112233
refused "a recipNonce where there is nothing to answer: badRecipientNonce" 13 6=00112233445566778899aabbccddeeff
refused "the id of another key: badMessageCheck" 1 2=0011223344
refused "protectionAlg without protection" 1 protection=
refused "protection without protectionAlg" 1 1=
refused "neither" 1 1= protection=
refused "an algorithm that nobody knows: badAlg" 0 1=300406022a03
refused "implicitConfirm with a value: badDataFormat" 5 8=300f300d06082b0601050507040d020100
refused "a transactionID of 65 octets" 5 "4=$(printf '00%.0s' {1..65})"
odd "no transactionID: there is nothing to answer to" 400 4=
for body in krr:9 krp:10 ccr:13 ckuann:15 cann:16 crlann:18 nested:20 popdecc:5 ip:1 pkiconf:19 genp:22 unknown:30; do
	refused "the body ${body%:*}: badRequest" 2 "body=${body#*:}"
done
refused "cr's address is its lot's, and an rr has another content: badDataFormat" 5 body=11
claim "none of these made a certificate" is "$(issued)" "$before"
odd "no senderKID: it should be there, and need not (RFC 9810 section 5.1.1)" "1 0 -" 2=
odd "and what is as it should be is taken" "1 0 -" time=0

# ---- confirmations
confirmed() { # NAME=VALUE...: says what is said to it, of the certificate in answer.der
	cp answer.der ip.der
	"$edit" set conf.der odd-conf.der tresor.key "4=$("$edit" get ip.der 4)" "6=$("$edit" get ip.der 5)" 5=$(openssl rand -hex 16) time=0 "$@"
	says odd-conf.der
	cp ip.der answer.der
}
certified() { record "SELECT c.state FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = '$1'"; }
key TRE-C1
claim "a client confirms" client "$public" "$lot" -cmd ir "${signed[@]}" -newkey TRE-C1.key -subject /CN=TRE-C1 -certout TRE-C1.crt -reqout "ir.der conf.der"
claim "the same confirmation again: certConfirmed" is "$(says conf.der)" "23 2 11"
claim "the same request again: transactionIdInUse" is "$(says ir.der)" "23 2 21"
key TRE-C2
unsent ir2.der -cmd ir "${signed[@]}" -newkey TRE-C2.key -subject /CN=TRE-C2
claim "another does not yet" is "$(says ir2.der)" "1 0 -"
hash=$(record "SELECT encode(c.der_sha256, 'hex') FROM certificate c JOIN device d ON d.id = c.device_id WHERE d.device_id = 'TRE-C2'")
conf() { # [HASH] [PKIStatusInfo]: CertConfirmContent, in hexadecimal
	local one="0420${1:-$hash}020100${2:-}"
	printf '30%02x30%02x%s' $((${#one} / 2 + 2)) $((${#one} / 2)) "$one"
}
claim "of another certificate: badCertId" is "$(confirmed "content=$(conf "$(printf '00%.0s' {1..32})")")" "23 2 4"
claim "accepted with a failInfo: badRequest" is "$(confirmed "content=$(conf "" 300702010003020520)")" "23 2 2"
claim "neither accepted nor rejected" is "$(confirmed "content=$(conf "" 3003020103)")" "23 2 2"
claim "of another transaction" is "$(confirmed "content=$(conf)" 4=00112233445566778899aabbccddeeff)" "23 2 2"
claim "without a recipNonce: badRecipientNonce" is "$(confirmed "content=$(conf)" 6=)" "23 2 13"
claim "with another's" is "$(confirmed "content=$(conf)" 6=00112233445566778899aabbccddeeff)" "23 2 13"
claim "of a request that there is not" is "$(confirmed "content=$(conf | sed 's/020100/020101/')")" "23 2 2"
claim "it is neither confirmed nor revoked by any of these" is "$(certified TRE-C2) $(record "SELECT accepted IS NULL FROM cmp_transaction ORDER BY id DESC LIMIT 1")" "issued t"
claim "to ask when it will be there is answered as ever" is "$(confirmed body=25 content=30053003020100)" "1 0 -"
claim "in no transaction: badRequest" is "$(confirmed body=25 content=30053003020100 4=00112233445566778899aabbccddeeff)" "23 2 2"
says ir2.der >/dev/null # its answer's nonce is the one that counts
claim "rejected it is revoked" is "$(confirmed "content=$(conf "" 3003020102)") $(certified TRE-C2)" "19 - - revoked"
claim "and confirmed no more: badRequest" is "$(confirmed "content=$(conf)") $(certified TRE-C2)" "23 2 2 revoked"
claim "an error message in no transaction is answered, and nothing else" is "$(confirmed body=23 content=30053003020102 4=00112233445566778899aabbccddeeff)" "19 - -"

# ---- genm
unsent genm.der -cmd genm -infotype currentCRL "${signed[@]}"
asks() { # N OID: a genm of N times that
	local one="30$(printf %02x $((${#2} / 2)))$2" all=
	for ((i = 0; i < $1; i++)); do all+=$one; done
	"$edit" set genm.der asked.der tresor.key time=0 4=$(openssl rand -hex 16) "content=30$(printf %02x $((${#all} / 2)))$all"
	says asked.der
}
crl=06082b06010505070406
claim "of one thing" is "$(asks 1 $crl)" "22 - -"
once=$(stat -c %s answer.der)
claim "asked eight times it is told once" is "$(asks 8 $crl) $(($(stat -c %s answer.der) < once + 100))" "22 - - 1"
claim "nine times is too many: badRequest" is "$(asks 9 $crl)" "23 2 2"
claim "of nothing" is "$(asks 0 $crl)" "22 - -"
claim "of what nobody knows" is "$(asks 8 06022a03)" "22 - -"

# ---- MACs
record "UPDATE rate SET most = 1 WHERE name = 'device_transactions'"
key M1
client "$public" "$others" -cmd ir $(maced TRE-M1 their-keys) -newkey M1.key -certout no.crt >/dev/null
claim "another supplier has given a key to a device of the same name, which has used up its rate" is \
	"$(record "SELECT count(*) FROM cmp_transaction t JOIN lot l ON l.id = t.lot_id WHERE l.number = '$others'")" 1
claim "this one's device gets its certificate all the same" client "$public" "$macs" -cmd ir $(maced TRE-M1) -newkey M1.key -certout M1.crt
claim "once" eval '! client "$public" "$macs" -cmd rr -trusted "$root" $(maced TRE-M1) -oldcert M1.crt && grep -q "429\|too often" said'
record "UPDATE rate SET most = 100 WHERE name = 'device_transactions'"
claim "a kur with a MAC: wrongIntegrity" eval '! client "$public" "$macs" -cmd kur -trusted "$root" $(maced TRE-M2) -oldcert M1.crt -newkey M1.key -certout no.crt && grep -q wrongIntegrity said'

# ---- any octet
walked() { # FILE LOT: what is said to it with a bit of an octet otherwise, for each of its octets
	rm -rf walk && mkdir walk
	"$edit" flip "$1" walk
	for f in walk/*; do
		printf 'next\nurl = "%s"\nheader = "Content-Type: application/pkixcmp"\ndata-binary = "@%s"\noutput = "%s.answer"\nwrite-out = "%%{http_code} %s.answer\\n"\nsilent\nshow-error\n' \
			"$PUBLIC_URL/.well-known/cmp/p/$2" "$f" "$f" "$f"
	done | tail -n +2 >walk.conf
	curl -sS -K walk.conf >walk.codes
	sed -n 's/^200 //p' walk.codes | xargs "$edit" show >walk.said
	echo "$(wc -l <walk.codes) $(grep -v '^[24]00' walk.codes | xargs) $(grep -vc '^23 2 ' walk.said) $(grep -c '^23 2 25' walk.said)"
}
# taken FILE LOT ANSWER: one certificate, at once or when it has waited.
taken() {
	local before
	before=$(issued)
	is "$(says "$1" "$2")" "$3" || return
	until_true 20 issued_are $((before + 1))
}
issued_are() { is "$(issued)" "$1"; }
# nothing SENTENCE FILE LOT ANSWER
nothing() {
	local before=$(issued)
	claim "$1: each octet's change is refused" is "$(walked "$2" "$3")" "$(stat -c %s "$2")  0 0"
	claim "  and makes nothing" is "$(issued)" "$before"
	claim "  as it is it is taken" taken "$2" "$3" "$4"
}
key W1
unsent walk-ir.der -cmd ir "${signed[@]}" -newkey W1.key -subject /CN=TRE-W1
nothing "a signed ir" walk-ir.der "$lot" "1 0 -"
key W2
unsent walk-mac.der -cmd ir $(maced TRE-M3) -newkey W2.key
nothing "one with a MAC" walk-mac.der "$macs" "1 0 -"
key W3
unsent walk-kur.der -cmd kur -trusted "$root" -cert TRE-C1.crt -key TRE-C1.key -newkey W3.key
nothing "a kur" walk-kur.der "$lot" "8 0 -"

# ---- renewed too often
record "UPDATE rate SET most = 3 WHERE name = 'device_renewals'"
cp TRE-C1.crt R0.crt; cp TRE-C1.key R0.key
renew() { key "R$2"; client "$public" "$lot" -cmd kur -trusted "$root" -cert "R$1.crt" -key "R$1.key" -newkey "R$2.key" -certout "R$2.crt"; }
claim "a device renews, and with what it got once more" eval 'renew 0 1 && renew 1 2'
before=$(issued)
claim "a fourth time in a day is too often" eval '! renew 2 3 && grep -q "too often: 3 renewals" said'
claim "which made nothing, and what it has is good" is "$(issued) $(record "SELECT state FROM certificate WHERE der_sha256 = '\x$(openssl x509 -in R2.crt -outform DER | sha256sum | cut -c-64)'")" "$before issued"
record "UPDATE rate SET most = 16 WHERE name = 'device_renewals'"
claim "the next day it goes on" renew 2 3
claim "no worker has fallen" is "$(grep -c "restarting worker\|signal" "$VAR"/log/api*.log | awk -F: '{ n += $2 } END { print n + 0 }')" 0
finish

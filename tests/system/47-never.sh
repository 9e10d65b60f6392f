#!/usr/bin/env bash
# What never enters: Ki, OPc, IMSI, profile data.  They are offered with planted
# values in every field of every route that api/openapi.yaml knows, in addresses,
# queries and headers, in manifests and in every form of evidence; each is
# refused by name, and afterwards no planted value is anywhere on the disk.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited

mkdir "$work/planted" && cd "$work/planted" || exit 1
digits() { tr -dc 0-9 </dev/urandom | head -c "$1"; }
imsi=26201$(digits 10)
iccid=894902$(digits 14)
msisdn=4917$(digits 9)
ki=$(openssl rand -hex 16)
opc=$(openssl rand -hex 16)
puk=7$(digits 7)
markers=("$imsi" "$iccid" "$msisdn" "$ki" "$opc")

# ---- many requests by one curl: `ask METHOD PATH WHO BODY|- [HEADER...]` adds
# one and what it is, and starts no program, for there are thousands; `asked`
# sends them and counts those that were not refused by this name.

: >requests; : >what
n=0
ask() { # method path who body|- [header]...
	local method=$1 path=$2 who=$3 body=$4 h
	shift 4
	n=$((n + 1))
	{
		echo "next"
		echo "url = \"$URL$path\""
		echo "request = $method"
		echo "cacert = $VAR/credentials/root.crt"
		echo "cert = $VAR/credentials/$who.crt"
		echo "key = $VAR/credentials/$who.key"
		echo 'silent'
		echo 'write-out = "\n"'
		[ "$body" = - ] || { printf '%s' "$body" >"body-$n"; echo "data-binary = @body-$n"; }
		for h; do echo "header = \"${h//\"/\\\"}\""; done
	} >>requests
	body="$method $path as $who: $body $*"
	echo "${body:0:240}" >>what
}
json='Content-Type: application/json'

asked() { # sentence
	local n wrong
	n=$(wc -l <what)
	tail -n +2 requests | curl -K - >answers 2>curl.err
	wrong=$(paste -d '\t' <(cut -c-300 answers) what |
		grep -vc '^{"type": *"[^"]*/SUBSCRIBER_DATA_REFUSED"')
	if [ "$n" -gt 0 ] && [ "$(wc -l <answers)" = "$n" ] && [ "$wrong" = 0 ]; then
		ok "$1 ($n requests)"
	else
		not_ok "$1: $wrong of $n were not refused by that name"
		paste -d '\t' <(cut -c-300 answers) what | grep -v '/SUBSCRIBER_DATA_REFUSED"' |
			head -20 | sed 's/^/#   /'
	fi
	: >requests; : >what
}

# Who may call a route with this role: as.
who() {
	case $1 in
	officer | decider | auditor | security) as=$1-1 ;;
	supplier) as=tresor-pki ;;
	operator) as=mobilfunk-hlr ;;
	*) as=reader ;;
	esac
}
# A path with that in the place of each name in braces: filled.
shopt -s extglob
fill() { filled=${1//\{*([^\}])\}/$2}; }
routes() { awk -f "$top/tests/lib/openapi.awk" "$top/api/openapi.yaml" "$top/api/openapi.yaml"; }
routes >routes
claim "there are routes to try" test "$(wc -l <routes)" -gt 60

# ---- every route: as a member that nobody asks for, in many spellings, on top
# and deep inside

spellings=(imsi IMSI im_si deviceImsi supi msisdn ICCID ki Ki K_i k opc OPc op subscriberKey
	pin PUK1 adm_1 autn profile profile_package simProfile)
while IFS=$'\t' read -r method path role _ body _; do
	[ "$method" = POST ] && [ "$body" != FILE ] || continue
	who "$role"
	fill "$path" x1
	case $path in
	/.well-known/* | /v1/open-lots | /v1/tamper-reports) ;; # no JSON is read: of octets what is like such a value is refused
	*)
		for name in "${spellings[@]}"; do
			ask POST "$filled" "$as" "{\"$name\":\"$ki\"}" "$json"
		done
		ask POST "$filled" "$as" "{\"a\":{\"b\":[{\"\\u006bi\":\"$ki\"}]}}" "$json"
		;;
	esac
	ask POST "$filled" "$as" "{\"imsi\":$imsi}" "$json"
done <routes
asked "no route takes a member with such a name"

# ---- as the value of every field

coded=$(printf 'IMSI %s' "$imsi" | base64 -w0)
while IFS=$'\t' read -r method path role _ body names; do
	[ "$body" = JSON ] || continue
	who "$role"
	fill "$path" x1
	for name in $names; do
		for text in "IMSI $imsi" "Ki=$ki" "OPc: $opc" "card ICCID is $iccid" "<msisdn>$msisdn</msisdn>" "$coded"; do
			ask POST "$filled" "$as" "{\"$name\":\"$text\"}" "$json"
		done
		ask POST "$filled" "$as" "{\"$name\":[\"x\",\"Ki $ki\"]}" "$json"
		ask POST "$filled" "$as" "{\"$name\":{\"IM\\u0053I\":\"$imsi\"}}" "$json"
	done
done <routes
asked "no field takes one as its value"

# ---- bodies of another form than JSON: a JWS, from strangers

b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
ask POST /v1/tamper-reports reader "$(b64url <<<'{"alg":"ES256"}').$(b64url <<<"{\"text\":\"IMSI $imsi\"}").AAAA" \
	"Content-Type: application/jose"
ask POST /v1/tamper-reports reader "Ki=$ki" "Content-Type: text/plain"
asked "nor a body that is no JSON"

# ---- addresses, queries, headers

jws=$(printf '%s' "{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"imsi\":\"$imsi\"}" | b64url)
while IFS=$'\t' read -r method path role signed body _; do
	who "$role"
	fill "$path" x1
	plain=$filled data=- type=()
	[ "$method" = GET ] || { data='{}'; type=("$json"); }
	for query in "imsi=$imsi" "a=1&I%4dSI=$imsi" "state=IMSI%20$imsi" "filename=Ki%3d$ki.pdf" "OPc=$opc" "k=$ki"; do
		ask "$method" "$plain?$query" "$as" "$data" "${type[@]}"
	done
	case $path in *{*)
		fill "${path/\{*([^\}])\}/imsi-$imsi}" x1
		ask "$method" "$filled" "$as" "$data" "${type[@]}"
		fill "$path" "Ki%3D$ki"
		ask "$method" "$filled" "$as" "$data" "${type[@]}" ;;
	esac
	ask "$method" "$plain" "$as" "$data" "${type[@]}" "Accept: application/json;imsi=$imsi"
	ask "$method" "$plain" "$as" "$data" "Content-Type: application/json;ki=$ki"
	ask "$method" "$plain" "$as" "$data" "${type[@]}" "Assay-Statement: $jws..AAAA"
	for name in IMSI X-IMSI Ki OPc ICCID; do
		ask "$method" "$plain" "$as" "$data" "${type[@]}" "$name: $imsi"
	done
done <routes
ask GET "/v1/nothing/imsi-$imsi" officer-1 -
asked "no address, query or header takes one"
claim "nor does the address of OCSP" grep -q SUBSCRIBER_DATA_REFUSED \
	<<<"$(curl -s "$PUBLIC_URL/ocsp/imsi-$imsi")"
curl -s "$PUBLIC_URL/imsi-$imsi?imsi=$imsi" -H "IMSI: $imsi" >/dev/null
curl -s "$PUBLIC_URL/crl/imsi-$imsi" >/dev/null
api_as officer-1 "$URL/elsewhere/imsi-$imsi" >/dev/null

# ---- requests that the transport refuses earlier, each with its own code

problem_of() { jq -r '.type | sub(".*/"; "")' 2>/dev/null; }
head -c 300000 /dev/zero | tr '\0' a >long
echo "IMSI $imsi" >>long
claim "a body that is too long is refused as that" is BODY_TOO_LARGE \
	"$(api_as mobilfunk-hlr -H "$json" --data-binary @long "$URL/v1/decisions" | problem_of)"
head -c 1200000 /dev/zero | tr '\0' a >longer
claim "longer than nginx takes, too" is BODY_TOO_LARGE \
	"$(api_as mobilfunk-hlr -H "$json" --data-binary @longer "$URL/v1/decisions?imsi=$imsi" | problem_of)"
claim "another media type is refused as that" is MEDIA_TYPE \
	"$(api_as officer-1 -H 'Content-Type: text/plain' -d "IMSI $imsi" "$URL/v1/sites" | problem_of)"
claim "so is a GET with a body" is REQUEST_MALFORMED \
	"$(api_as officer-1 -X GET -d "IMSI $imsi" "$URL/v1/sites" | problem_of)"
claim "a header that is no ASCII is refused" is REQUEST_MALFORMED \
	"$(api_as officer-1 -H $'Accept: IMSI \t'"$imsi" "$URL/v1/sites?imsi=$imsi" | problem_of)"
claim "a caller without a certificate learns no more" is SUBSCRIBER_DATA_REFUSED \
	"$(api "$URL/v1/sites?imsi=$imsi" | problem_of)"

# ---- manifests

a tresor-pki device new --kind tre --prefix NEV- --count 3 --rows honest.rows >/dev/null
lot_sign() { a tresor-pki lot sign --model tresor-m2 --site tresor-dresden "$@"; }
claim "an honest manifest is signed" lot_sign --rows honest.rows --out honest
post_lot() { api_as tresor-pki -H 'Content-Type: application/x-ndjson' --data-binary "@$1" "$URL/v1/lots"; }
offer() { # sentence; the manifest is the file "manifest"
	claim "$1" is "$(post_lot manifest | problem_of)" SUBSCRIBER_DATA_REFUSED
}
csr_of() { # openssl req options...: a request in base64
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
		-outform DER "$@" 2>/dev/null | base64 -w0
}
row() { { head -2 honest; printf '%s\n' "$1"; tail -n 1 honest; } >manifest; }
csr=$(csr_of -subj /CN=x)
row "{\"id\":\"NEV-9\",\"csr\":\"$csr\",\"imsi\":\"$imsi\"}"
offer "a row with an IMSI as its member"
row "{\"id\":\"NEV-9\",\"csr\":\"$csr\",\"x\":{\"O_Pc\":\"$opc\"}}"
offer "a row with an OPc inside"
row "{\"id\":\"IMSI-$imsi\",\"csr\":\"$csr\"}"
offer "a row with an IMSI for its id"
row "{\"id\":\"NEV-9\",\"csr\":\"$csr\",\"tre\":\"ICCID-$iccid\"}"
offer "a row with an ICCID for its TrE"
row "{\"id\":\"NEV-9\",\"csr\":\"$(csr_of -subj "/CN=IMSI $imsi")\"}"
offer "a request with an IMSI in its subject"
row "{\"id\":\"NEV-9\",\"csr\":\"$(csr_of -subj /CN=x -addext "subjectAltName=otherName:2.999.1;UTF8:IMSI $imsi")\"}"
offer "a request with an IMSI as another name"
row "{\"id\":\"NEV-9\",\"csr\":\"$(csr_of -subj /CN=x -addext "2.999.2=ASN1:UTF8String:Ki=$ki")\"}"
offer "a request with a Ki in an extension"
row "{\"id\":\"NEV-9\",\"csr\":\"-----BEGIN CERTIFICATE REQUEST-----\\n$(csr_of -subj "/CN=OPc $opc")\\n-----END CERTIFICATE REQUEST-----\\n\"}"
offer "a request in PEM with an OPc in its subject"
row "{\"id\":\"NEV-9\",\"csr\":\"-----BEGIN PROFILE PACKAGE-----\\n$(base64 -w0 <<<"$ki")\\n-----END PROFILE PACKAGE-----\\n\"}"
offer "a profile package in PEM"
row "this is no JSON, and the IMSI is $imsi"
offer "a line that is no JSON"
{ head -1 honest | jq -c ". + {ki: \"$ki\"}"; tail -n +2 honest; } >manifest
offer "a first line with a Ki beside the header"
lot_sign --rows honest.rows --reference "for IMSI $imsi" --out manifest
offer "a signed header with an IMSI in its reference"
claim "the honest one is taken" is "$(post_lot honest | jq -r .count)" 3

# ---- evidence, in each form

offer_file() { # sentence media-type; the file is "file"
	local sha
	sha=$(sha256sum file | cut -d' ' -f1)
	claim "$1" is "$(api_as tresor-pki -X PUT -H "Content-Type: $2" --data-binary @file \
		"$URL/v1/evidence/$sha?filename=f" | problem_of)" SUBSCRIBER_DATA_REFUSED
	claim "nothing of it is known" is "$(api_as tresor-pki "$URL/v1/evidence/$sha" | problem_of)" NOT_FOUND
}
echo "The card's IMSI: $imsi" >file
offer_file "a text" text/plain
printf 'device;imei;ki\nA;490154203237518;%s\n' "$ki" >file
offer_file "a table" text/plain
echo "<card><opc>$opc</opc></card>" >file
offer_file "XML" text/plain
echo "{\"samples\":[{\"iccid\":\"$iccid\"}]}" >file
offer_file "JSON" application/json
printf '%%PDF-1.4\n(IMSI %s) Tj\n%%%%EOF\n' "$imsi" >file
offer_file "PDF" application/pdf
printf 'PK\3\4 readme.txt Ki %s' "$ki" >file
offer_file "an archive that is not compressed" application/zip
printf '\x89PNG\r\n\x1a\n tEXt MSISDN %s' "$msisdn" >file
offer_file "PNG" image/png
printf '\xff\xd8\xff comment: OPc %s' "$opc" >file
offer_file "JPEG" image/jpeg
{ head -c 131060 /dev/zero | tr '\0' a; printf '\nIMSI %s\n' "$imsi"; head -c 400000 /dev/zero | tr '\0' b; } >file
offer_file "a long text, across two pieces" text/plain
# a profile package's header (TCA): version 2.3, an ICCID
{ printf '%%PDF-1.4\n'; printf '\xa0\x14\x80\x01\x02\x81\x01\x03\x83\x0a'; printf "$(sed 's/../\\x&/g' <<<"$iccid")"; } >file
offer_file "a profile package" application/pdf

# ---- by the command line, signed as it signs

refused SUBSCRIBER_DATA_REFUSED "an organisation's name" a officer-1 org new never-1 \
	--name "IMSI $imsi" --country DE --kind operator
refused SUBSCRIBER_DATA_REFUSED "a measure's legal basis" a security-1 measure impose --kind hold \
	--scope-kind model --scope tresor-m2 --legal-basis "Ki=$ki" --emergency
a tresor-pki declaration template --model tresor-m2 |
	jq --arg k "$ki" '.answers |= map_values(.answer = "yes" | .statement = "our test Ki is " + $k)' >answers.json
refused SUBSCRIBER_DATA_REFUSED "a declaration's answers" a tresor-pki declaration submit \
	--model tresor-m2 --answers answers.json
refused SUBSCRIBER_DATA_REFUSED "a file's name" bash -c "cp '$VAR/evidence-karren-ulm.pdf' 'IMSI $imsi.pdf' &&
	'$bin/assay' --var '$VAR' --as karren-pki evidence put 'IMSI $imsi.pdf'"

# ---- and now: nowhere

claim "an IMEI may be asked about" bash -c "! grep -q SUBSCRIBER <<<'$(api_as mobilfunk-hlr -H "$json" \
	-d '{"request_id":"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11","purpose":"precheck","mode":"tre_and_platform","device":{"imei":"490154203237518"}}' \
	"$URL/v1/decisions")'"
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
psql -h "$run" -d assay -qAtXc CHECKPOINT >/dev/null
pg_dump=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/pg_dump
claim "the database can be dumped" "$pg_dump" -h "$run" -d assay -f "$work/dump"

# forms MARKER: as it is, as hex of its letters, as base64 at each of the three
# places that it may have in a text; of a key its octets, too, in base64
forms() {
	local pad
	echo "$1"; tr a-f A-F <<<"$1"
	printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; echo
	for pad in '' x xx; do
		printf '%s%s' "$pad" "$1" | base64 -w0 | cut -c$((${#pad} ? 5 : 1))-$(((${#pad} + ${#1}) / 3 * 4)); echo
	done
}
for m in "${markers[@]}"; do forms "$m"; done | grep . | sort -u >patterns
for m in "$ki" "$opc"; do printf "$(sed 's/../\\x&/g' <<<"$m")" | base64 -w0 | cut -c1-20; done >>patterns
claim "a form of each is looked for" test "$(wc -l <patterns)" -gt 25
printf '%s' "x$imsi" | base64 -w0 >"$work/control"
claim "and would be found" grep -qaFf patterns "$work/control"

clean() { # sentence file...
	local what=$1 found
	shift
	found=$(LC_ALL=C grep -rlaFf patterns "$@" 2>/dev/null)
	if [ -z "$found" ]; then ok "$what"
	else not_ok "$what"; LC_ALL=C grep -raoFf patterns $found 2>/dev/null | sort | uniq -c | head -20 | sed 's/^/#   /'; fi
}
clean "no planted value is in the database" "$work/dump"
clean "nor in its files and its write-ahead log" "$VAR/postgres"
clean "nor in a log" "$VAR/log" "$work/run.out"
claim "which has lines of these requests" grep -q withheld "$VAR/log/access.log"
clean "nor anywhere else under VAR" "$VAR"
finish

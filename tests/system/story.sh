# Steps of the story, for the demo and for every test that needs accredited
# suppliers, models and lots.  After lib.sh, with an instance running.

# `assay --as NAME ...` without its chatter; j: the same with --json.
a() { local as=$1; shift; assay --as "$as" --quiet "$@"; }
j() { local as=$1; shift; assay --as "$as" --json "$@"; }
not() { ! "$@"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# answers "sentence" VERDICT REASON|- [assay decide options]: the operator is
# told that, with that primary reason (- for none).
answers() {
	local said=$1 verdict=$2 reason=$3 out got
	shift 3
	out=$(j mobilfunk-hlr decide "$@" 2>&1)
	got=$(jq -r '"\(.verdict) \(.reasons[0] // "-")"' <<<"$out" 2>&1)
	if [ "$got" = "$verdict $reason" ]; then
		ok "$said ($got)"
	else
		not_ok "$said"
		echo "#   wanted $verdict $reason, got: $out"
	fi
}

# An organisation that two people let in.
story_organisation() { # handle name kind [org-new options]
	local handle=$1 name=$2 kind=$3
	shift 3
	a officer-1 org new "$handle" --name "$name" --country DE --kind "$kind" "$@" &&
		a officer-1 org activate "$handle" &&
		a decider-1 approve "$handle"
}

# A principal that two people let in.
story_principal() { # handle organisation role
	a officer-1 principal new "$1" --organisation "$2" --role "$3" &&
		a decider-1 approve "$1" &&
		a officer-1 principal fetch "$1"
}

# Everybody who is needed, beside the body's own people.
story_people() {
	story_organisation pruefhaus "Pruefhaus" auditor &&
		story_principal auditor-1 pruefhaus auditor &&
		story_principal auditor-2 pruefhaus auditor &&
		story_organisation tresor "Tresor Elektronik" supplier --makes tre &&
		story_principal tresor-pki tresor supplier &&
		story_organisation karren "Karren Automotive" supplier --makes terminal &&
		story_principal karren-pki karren supplier &&
		story_organisation mobilfunk "Mobilfunk" operator &&
		story_principal mobilfunk-hlr mobilfunk operator
}

# A second operator and its system: what it may, as `org new` has it.
story_second_operator() {
	story_organisation fernfunk "Fernfunk" operator "$@" && story_principal fernfunk-hlr fernfunk operator
}

# A site, audited with a real report, decided by two.
story_site() { # handle organisation "scope..." audit-type
	local handle=$1 org=$2 type=$4 report number ended= scopes=()
	local file=$VAR/evidence-$handle.pdf

	for number in $3; do scopes+=(--scope "$number"); done
	printf '%%PDF-1.4\n%% %s audit of %s\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%%%EOF\n' \
		"$type" "$handle" >"$file"
	report=$(sha256sum "$file" | cut -d' ' -f1)
	a "$org-pki" site new "$handle" --organisation "$org" --name "Plant $handle" \
		--country DE --address "Werkstrasse 1" "${scopes[@]}" &&
		number=$(j officer-1 audit plan --site "$handle" --type "$type" "${scopes[@]}" \
			--auditor auditor-1 --auditor auditor-2 --planned "$(date -u +%F)" |
			jq -re .number) &&
		a auditor-1 audit start "$number" &&
		a auditor-1 evidence put "$file" &&
		a officer-1 evidence accept "$report" &&
		a auditor-1 audit report "$number" --result compliant --report "$report" \
			--ended "${ended:=$(date -u +%FT%TZ)}" --summary "no finding" &&
		a auditor-2 audit confirm "$number" --result compliant --report "$report" --ended "$ended" &&
		a decider-1 audit decide "$number" --result compliant &&
		a decider-2 approve "$number"
}

# A supplier's declaration for one of its models, every rule answered yes.
story_declaration() { # model principal
	local file=$VAR/answers-$1.json number

	a "$2" declaration template --model "$1" |
		jq '.answers |= map_values(.answer = "yes" | .statement = "met, see the evaluation report")' \
			>"$file" &&
		number=$(j "$2" declaration submit --model "$1" --answers "$file" | jq -re .number) &&
		a officer-1 declaration accept "$number"
}

# A model in force; prints its CoC's number.
story_coc() { # model [coc-propose options]
	local model=$1 number
	shift
	number=$(j decider-1 coc propose --model "$model" --level 2 --quota 100000 "$@" |
		jq -re .number) &&
		a decider-2 approve "$number" >&2 &&
		echo "$number"
}

# Hardware platform, TrE model and terminal model, all accredited.
story_models() {
	a tresor-pki model new tresor-soc --kind hardware_platform --organisation tresor \
		--name "Tresor SoC" --version 1 &&
		a officer-1 model register tresor-soc &&
		story_declaration tresor-soc tresor-pki &&
		story_coc tresor-soc &&
		a tresor-pki model new tresor-m2 --kind tre --organisation tresor \
			--name "Tresor M2" --version 1 --hardware-platform tresor-soc \
			--tre-kind embedded --least-firmware 1.0.0 &&
		a officer-1 model register tresor-m2 &&
		story_declaration tresor-m2 tresor-pki &&
		story_coc tresor-m2 --site tresor-dresden &&
		a karren-pki model new karren-t1 --kind terminal --organisation karren \
			--name "Karren T1" --version 1 --tac 35123456 --contains tresor-m2 &&
		a officer-1 model register karren-t1 &&
		story_declaration karren-t1 karren-pki &&
		story_coc karren-t1 --site karren-ulm
}

# A site that may put keys into devices, and a TrE model of it, tresor-k1.
story_keys() { # [coc-propose options]
	story_site tresor-bautzen tresor "tre_production key_injection" wet &&
		a tresor-pki model new tresor-k1 --kind tre --organisation tresor --name "Tresor K1" \
			--version 1 --hardware-platform tresor-soc --tre-kind embedded \
			--least-firmware 1.0.0 &&
		a officer-1 model register tresor-k1 &&
		story_declaration tresor-k1 tresor-pki &&
		story_coc tresor-k1 --site tresor-bautzen "$@"
}

# Everything up to accredited models.
story_accredited() {
	story_people &&
		story_site tresor-dresden tresor tre_production wet &&
		story_site karren-ulm karren terminal_assembly dry &&
		story_models
}

# ---- an instance with all of that, made once for each test that runs at a time
#
# The story takes some 3 s of processor time.  What it led to is kept in a slot, and
# put back for the next test there, in the same place and with the same ports, which
# are in certificates; they are the whole run's (tests/run, ASSAY_MADE).

# start_accredited: as start_instance and story_accredited.
start_accredited() {
	if [ -n "${WHOLE:-}${VAR:-}${built:-}" ] || ! slot_take; then
		start_instance
		claim "suppliers, sites and models are accredited" story_accredited
		return
	fi
	[ -d "$slot/made" ] || slot_make || { not_ok "an instance with accredited suppliers is made"; finish; }
	rm -rf "$VAR" && cp -a --sparse=always "$slot/made" "$VAR"
	start_instance
	claim "suppliers, sites and models are accredited" until_true 30 vouched_for
}
vouched_for() { [ "$(assay health --json | jq .vouched)" = true ]; }

# slot_take: the first that is nobody's; sets VAR PORT PUBLIC_PORT.
slot_take() {
	local n=0
	[ -d "${ASSAY_MADE:-}" ] || return
	while slot=$ASSAY_MADE/accredited-$n && mkdir -p "$slot" && ! ln -s $$ "$slot/owner" 2>/dev/null; do n=$((n + 1)); done
	[ -e "$slot/ports" ] || echo "$(free_port "$ASSAY_RUN") $(free_port "$ASSAY_RUN")" >"$slot/ports"
	read -r PORT PUBLIC_PORT <"$slot/ports"
	VAR=$slot/var
}
slot_make() {
	rm -rf "$VAR" # of one whose making has failed
	start_instance
	story_accredited && stop_instance && rm -rf "$VAR"/log/* && mv "$VAR" "$slot/made"
}

# A lot of TrEs and one of terminals that contain them; ids TRE-1.. TERM-1..
# Prints the lots' numbers.
story_lots() { # count
	local n=$1 tre term
	a tresor-pki device new --kind tre --prefix TRE- --count "$n" --rows "$VAR/tre.rows" >&2 &&
		tre=$(j tresor-pki lot submit --model tresor-m2 --site tresor-dresden \
			--rows "$VAR/tre.rows" --wait | jq -re .number) &&
		a tresor-pki device collect "$tre" >&2 &&
		a karren-pki device new --kind terminal --prefix TERM- --count "$n" \
			--tre-prefix TRE- --rows "$VAR/term.rows" >&2 &&
		term=$(j karren-pki lot submit --model karren-t1 --site karren-ulm \
			--rows "$VAR/term.rows" --wait | jq -re .number) &&
		a karren-pki device collect "$term" >&2 &&
		echo "$tre $term"
}

# ---- devices of story_lots, their certificates, and what the channels say

tre_id() { echo "TRE-$1"; }
term_id() { echo "TERM-$1"; }
cert_of() { echo "$VAR/devices/$1.crt"; } # leaf, then issuer
leaf_of() { openssl x509 -in "$(cert_of "$1")"; }
issuer_of() { sed '1,/END CERTIFICATE/d' "$(cert_of "$1")"; }
serial_of() { leaf_of "$1" | openssl x509 -noout -serial | sed 's/.*=//' | tr A-F a-f; }

ocsp_says() { # device good|revoked|unknown
	openssl ocsp -issuer <(issuer_of "$1") -cert <(leaf_of "$1") \
		-url "$PUBLIC_URL/ocsp" -CAfile "$VAR/credentials/root.crt" \
		-no_nonce 2>&1 | grep -q ": $2"
}

crl_says() { # device revoked|good
	local url listed=good
	url=$(leaf_of "$1" | openssl x509 -noout -ext crlDistributionPoints | sed -n 's/.*URI://p')
	curl -fsS "$url" | openssl crl -inform DER -noout -text |
		grep -qi "Serial Number: $(serial_of "$1")" && listed=revoked
	[ "$listed" = "$2" ]
}

# A length of 256 octets to 65,535, as DER has it, in hex.
der_length() { printf '82%04x' "$1"; }

# The certificate on standard input, in every field as it is, signed with
# another key; PEM.
resign() { # key
	local d
	d=$(mktemp -d)
	openssl x509 -outform DER | openssl asn1parse -inform DER -strparse 4 -noout -out "$d/tbs"
	openssl dgst -sha256 -sign "$1" -out "$d/signature" "$d/tbs"
	put_together "$d"
	rm -rf "$d"
}

# From DIR/tbs and DIR/signature, made by ECDSA with SHA-256, a certificate.
put_together() { # dir
	local tbs sig
	tbs=$(od -An -v -tx1 "$1/tbs" | tr -d ' \n')
	sig=00$(od -An -v -tx1 "$1/signature" | tr -d ' \n')
	# AlgorithmIdentifier ecdsa-with-SHA256, then the BIT STRING
	tbs=${tbs}300a06082a8648ce3d04030203$(printf %02x $((${#sig} / 2)))$sig
	printf "$(sed 's/../\\x&/g' <<<"30$(der_length $((${#tbs} / 2)))$tbs")" |
		openssl x509 -inform DER
}

# A look-alike of the device's certificate and its issuer: the same names and
# fields, the same key identifiers, under a key of somebody else's.
lookalike() { # device out.pem
	local d name id
	d=$(mktemp -d)
	name=$(issuer_of "$1" | openssl x509 -noout -subject -nameopt compat | sed 's/^subject=//')
	id=$(issuer_of "$1" | openssl x509 -noout -ext subjectKeyIdentifier | tail -1 | tr -d ' ')
	openssl ecparam -name prime256v1 -genkey -noout -out "$d/ca.key"
	openssl req -x509 -new -key "$d/ca.key" -days 3650 -out "$d/ca.pem" -subj "$name" \
		-addext "subjectKeyIdentifier=$id" 2>/dev/null
	leaf_of "$1" | resign "$d/ca.key" >"$2"
	cat "$d/ca.pem" >>"$2"
	rm -rf "$d"
}

# At the end of a story: the register, the index, OCSP, the CRLs and the feed say
# the same, of what changed last and of others drawn at random.
channels_agree() {
	claim "all channels agree" until_true 90 assay status check --settled --sample "${1:-60}" --as reader
}

lift_measure() { # number
	a security-1 measure lift "$1" --reason "the report was wrong" &&
		a security-2 approve "$1"
}

verify_receipt() { # bundle; no server is asked
	assay --url http://127.0.0.1:9 receipt verify "$1" --root "$VAR/credentials/root.crt"
}

# Ask about the first n devices, in one go: every one is refused, and that is
# among the reasons.
all_refused() { # n reason
	local i
	for ((i = 1; i <= $1; i++)); do echo "$(tre_id "$i") $(term_id "$i")"; done >"$VAR/pairs"
	j mobilfunk-hlr decide --pairs "$VAR/pairs" >"$VAR/answers"
	[ "$(jq -c --arg r "$2" 'select(.verdict == "refuse" and (.reasons | index($r)))' \
		"$VAR/answers" | wc -l)" = "$1" ]
}

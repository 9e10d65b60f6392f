#!/usr/bin/env bash
# A TPM as the TrE, and DICE: a TPM that others wrote is enrolled, quotes, and
# gets its permit; every change of what it says is refused, and each by its name.
set -u -o pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/transcript.sh"
. "$top/tests/lib/receipt.sh"
. "$top/tests/lib/attest.sh"
. "$top/tests/lib/tpm.sh"
. "$top/tests/lib/dice.sh"
tpms=$work/tpm other=$work/other
stop_tpms() { tpm_stop "$tpms"; tpm_stop "$other"; }
trap 'stop_tpms; leave' EXIT
f=$work/f
mkdir -p "$f"

claim "a TPM, with its maker's certificates" tpm_new "$tpms"
claim "and another maker's" tpm_new "$other"
start_instance
mkdir -p "$VAR/devices"
claim "suppliers, sites and models are accredited" story_accredited
claim "a site may put in keys" story_site tresor-bautzen tresor "tre_production key_injection" wet

# model_of KIND HANDLE TERMINAL TAC
model_of() {
	a tresor-pki model new "$2" --kind tre --organisation tresor --name "Tresor $2" --version 1 \
		--hardware-platform tresor-soc --tre-kind "$1" --least-firmware 1.0.0 &&
		a officer-1 model register "$2" && story_declaration "$2" tresor-pki &&
		story_coc "$2" --site tresor-bautzen &&
		a karren-pki model new "$3" --kind terminal --organisation karren --name "Karren $3" --version 1 \
			--tac "$4" --contains "$2" &&
		a officer-1 model register "$3" && story_declaration "$3" karren-pki &&
		story_coc "$3" --site karren-ulm
}
# devices_of PREFIX MODEL TERMINAL KEY.pem...: TrEs with these keys, and terminals
devices_of() {
	local prefix=$1 model=$2 terminal=$3 i=0 key lot
	shift 3
	for key; do
		i=$((i + 1))
		printf '{"id":"%s","key":"%s"}\n' "$prefix-TRE-$i" "$(openssl pkey -pubin -in "$key" -outform DER | base64 -w0)"
	done >"$f/rows"
	lot=$(j tresor-pki lot submit --model "$model" --site tresor-bautzen --kind key --rows "$f/rows" --wait | jq -re .number) &&
		a tresor-pki device collect "$lot" &&
		a karren-pki device new --kind terminal --prefix "$prefix-TERM-" --count $i --tre-prefix "$prefix-TRE-" --rows "$f/rows" &&
		lot=$(j karren-pki lot submit --model "$terminal" --site karren-ulm --rows "$f/rows" --wait | jq -re .number) &&
		a karren-pki device collect "$lot"
}
claim "a model of TrEs that are TPMs, and its terminal" model_of tpm tresor-p1 karren-p1 35123461
claim "a model of TrEs by DICE, and its terminal" model_of dice tresor-d1 karren-d1 35123462

# ---- what the body accepts

accept() { a decider-1 reference propose "$1" && a decider-2 approve "$1"; }
submit() { j tresor-pki reference submit "$@" | jq -re .number; }
leaf() { openssl x509 -inform DER -in "$1" -outform PEM; }
refused EK_ROOT_UNFIT "a root is a CA's" submit --model tresor-p1 --kind ek_root --certificate "$tpms/ek.der"
refused MODEL_ABSENT "of the model's own supplier" a karren-pki reference submit --model tresor-p1 --kind dice \
	--firmware 1 --measured "sha-256;AAAA"
root=$(submit --model tresor-p1 --kind ek_root --certificate "$tpms/root.der")
key() { # DIR NAME [EK...]
	local d=$1 name=$2
	shift 2
	[ $# -gt 0 ] || set -- --ek "$d/ek.der" --ek "$d/maker.der"
	j tresor-pki attestation-key new --model tresor-p1 "$@" --public "$d/$name.pub" --out "$d/$name.credential" | jq -re .number
}
claim "an attestation key is made" tpm_ak "$tpms" ak
refused EK_UNTRUSTED "no root is in force yet" key "$tpms" ak
refused FOUR_EYES "nobody accepts it alone" eval 'a decider-1 reference propose $root && a decider-1 approve $root'
claim "two accept it" a decider-2 approve "$root"
refused REFERENCE_STATE "once" a decider-1 reference propose "$root"

# ---- enrolled: by credential activation

n=$(key "$tpms" ak)
claim "a key is shown, and what comes back opens in its TPM" tpm_activate "$tpms" ak "$tpms/ak.credential" "$f/secret"
claim "which shows that both are one TPM's" a tresor-pki attestation-key activate "$n" --secret "$f/secret"
refused ATTESTATION_KEY_STATE "once" a tresor-pki attestation-key activate "$n" --secret "$f/secret"
claim "a key of another TPM" tpm_ak "$other" ak
refused EK_UNTRUSTED "whose maker is not the model's" key "$other" ak
refused EK_UNTRUSTED "a chain with a certificate missing" key "$tpms" ak --ek "$tpms/ek.der"
refused EK_MALFORMED "the maker's certificate for the key's" key "$tpms" ak --ek "$tpms/maker.der"
cat "$tpms/ek.der" <(printf '\0') >"$f/trailing.der"
refused EK_MALFORMED "an octet behind it" key "$tpms" ak --ek "$f/trailing.der" --ek "$tpms/maker.der"
# the thief has a good TPM's certificate, and a key of another
n=$(key "$other" ak --ek "$tpms/ek.der" --ek "$tpms/maker.der")
claim "what was sealed for another's key no TPM opens" not tpm_activate "$other" ak "$other/ak.credential" "$f/stolen"
claim "nor does the TPM that has the certificate" not tpm_activate "$tpms" ak "$other/ak.credential" "$f/stolen"
head -c 32 /dev/urandom >"$f/guess"
refused CREDENTIAL_WRONG "and a guess is none" a tresor-pki attestation-key activate "$n" --secret "$f/guess"

# attestation keys that might sign what no TPM made
unfit() { # NAME ATTRIBUTES
	tpm "$tpms" tpm2_createprimary -C o -G ecc -c "$tpms/parent.ctx" >/dev/null
	tpm "$tpms" tpm2_create -C "$tpms/parent.ctx" -G ecc256:ecdsa-sha256:null -a "$2" -u "$tpms/$1.pub" -r "$tpms/$1.priv"
}
claim "a key that signs anything" unfit loose 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign'
refused ATTESTATION_KEY_UNFIT "is no attestation key" key "$tpms" loose
claim "a key that may move" unfit moves 'sensitivedataorigin|userwithauth|sign|restricted'
refused ATTESTATION_KEY_UNFIT "is none, either" key "$tpms" moves
cat "$tpms/ak.pub" <(printf '\0') >"$tpms/long.pub"
refused ATTESTATION_KEY_MALFORMED "an octet behind the key" key "$tpms" long

# the other template of endorsement keys: P-384
claim "below an endorsement key on P-384" eval 'tpm "$tpms" tpm2_createek -c "$tpms/ek.ctx" -G ecc384 &&
	tpm "$tpms" tpm2_createak -C "$tpms/ek.ctx" -c "$tpms/ak384.ctx" -G ecc -g sha256 -s ecdsa &&
	tpm "$tpms" tpm2_readpublic -c "$tpms/ak384.ctx" -o "$tpms/ak384.pub" &&
	tpm "$tpms" tpm2_readpublic -c "$tpms/ak384.ctx" -f pem -o "$tpms/ak384.pem"'
n=$(key "$tpms" ak384 --ek "$tpms/ek/ek-secp384r1.crt" --ek "$tpms/maker.der")
claim "it is the same" eval 'tpm_activate "$tpms" ak384 "$tpms/ak384.credential" "$f/secret" sha384 &&
	a tresor-pki attestation-key activate "$n" --secret "$f/secret"'

# ---- devices, golden values, permits

claim "TrEs are certified on their TPMs' keys" devices_of TPM tresor-p1 karren-p1 "$tpms/ak.pem" "$other/ak.pem"
tre=$VAR/devices/TPM-TRE-1.crt term=$VAR/devices/TPM-TERM-1.crt
# quote OCTETS: by the TPM in $tpm, key $ak, over PCRs $pcrs, then what $mutate does
tpm=$tpms ak=ak pcrs=0,4,7 mutate=:
quote() {
	tpm_quote "$tpm" "$ak" "$(transcript_sha256 <"$1")" "$pcrs" "$f/attest" "$f/signature" >&2 && $mutate >&2 &&
		jq -n --arg a "$(base64 -w0 "$f/attest")" --arg s "$(base64 -w0 "$f/signature")" \
			'{tpm_quote: {attest: $a, signature: $s}}'
}
says() { attest_says "$1" "$2" mobilfunk-hlr "$tre" "$term" "${3:-quote}"; }
signed() { jq -n '{tre_signature: "MAYCAQECAQE="}'; }
nothing() { echo '{}'; }

says "no reference values yet" "refuse MEASUREMENT_UNKNOWN"
says "a signature instead of a quote" "refuse EVIDENCE_MISSING" signed
says "nothing instead of a quote" "refuse EVIDENCE_MISSING" nothing
golden() { # FIRMWARE: what the TPM quotes now
	tpm_quote "$tpms" ak 00 "$pcrs" "$f/golden" "$f/golden.sig" >&2 &&
		submit --model tresor-p1 --kind tpm_quote --firmware "$1" --quote "$f/golden" --signature "$f/golden.sig"
}
tpm_extend "$tpms" 4 "firmware 1.0.0"
v1=$(golden 1.0.0)
says "submitted values count for nothing" "refuse MEASUREMENT_UNKNOWN"
claim "two accept them" accept "$v1"
says "the same device, measured and known" "permit"
receipt_says() { jq -r .receipt "$work/attest/answer" | cut -d. -f2 | receipt_octets | jq -r "$1"; }
claim "its receipt says by what, and that what runs was measured" is "$(receipt_says \
	'"\(.decision.evidence) \(.submods.tre["ear.trustworthiness-vector"].executables)"')" "tpm_quote 2"
claims='{"firmware":"1.0.0"}' says "and the firmware that it claims" "permit"
claims='{"firmware":"1.0.1"}' says "another firmware than it measures" "refuse MEASUREMENT_UNKNOWN"

# ---- each change of what a TPM says, by its name

poke() { # FILE OFFSET HEX
	printf "$(sed 's/../\\x&/g' <<<"$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
magic() { poke "$f/attest" 0 fe544347; }
type() { poke "$f/attest" 4 8017; }
behind() { printf '\0' >>"$f/attest"; }
behind_signature() { printf '\0' >>"$f/signature"; }
cut_short() { truncate -s -1 "$f/attest"; }
sign_octet() { poke "$f/signature" 20 "$(printf %02x $((0x$(od -An -tx1 -j20 -N1 "$f/signature" | tr -d ' ') ^ 1)))"; }
digest() { poke "$f/attest" $(($(stat -c %s "$f/attest") - 1)) ff; }
reset_count() { poke "$f/attest" 90 ff; }
of_yesterday() { tpm_quote "$tpms" ak "$(printf yesterday | transcript_sha256)" "$pcrs" "$f/attest" "$f/signature"; }
by_another() { tpm_quote "$other" ak "$(transcript_sha256 <"$work/attest/octets")" "$pcrs" "$f/attest" "$f/signature"; }
for m in magic type behind behind_signature cut_short; do
	mutate=$m says "a quote with its $m changed" "refuse EVIDENCE_MALFORMED"
done
for m in sign_octet digest reset_count of_yesterday by_another; do
	mutate=$m says "a quote with its $m changed" "refuse POSSESSION_TRE"
done
pcrs=0,4 says "other PCRs than the reference values'" "refuse MEASUREMENT_UNKNOWN"
pcrs=0,4,7,8 says "and more of them" "refuse MEASUREMENT_UNKNOWN"
at=$(date -u -d '3 minutes ago' +%FT%TZ) says "evidence of three minutes ago" "refuse EVIDENCE_STALE"
says "a fresh one" "permit"
again=$(cat "$work/attest/challenge")
challenge=$again says "for a challenge that was used" "refuse CHALLENGE_REPLAYED"
edit='.evidence.tre_signature = "MAYCAQECAQE="' says "a signature beside it" REQUEST_MALFORMED
edit='.evidence.tpm_quote.pcrs = "x"' says "a member too many" REQUEST_MALFORMED
edit='.evidence.tpm_quote.attest = ("A" * 2000)' says "too long" REQUEST_MALFORMED
ak=ak384 says "by another key of the same TPM" "refuse POSSESSION_TRE"
tre=$VAR/devices/TPM-TRE-2.crt term=$VAR/devices/TPM-TERM-2.crt tpm=$other \
	says "by a TPM that was never enrolled" "refuse ATTESTATION_KEY_UNKNOWN"
tre=$VAR/devices/TRE-1.crt
claim "an embedded TrE" story_lots 1
attest_says "which quotes has no key for it" "refuse EVIDENCE_MISSING" mobilfunk-hlr "$VAR/devices/TRE-1.crt" "$VAR/devices/TERM-1.crt" quote
tre=$VAR/devices/TPM-TRE-1.crt
precheck() { attest_says "$1" "$2" mobilfunk-hlr "$tre" "$term" "${3:-quote}"; }
edit='.purpose = "precheck"' precheck "a precheck looks at what is measured" "indeterminate PRECHECK_ONLY"
edit='.purpose = "precheck"' precheck "and needs no evidence" "indeterminate PRECHECK_ONLY" nothing

# ---- a TPM that was copied, or put back, does not go on

claim "its key stays over a reset" tpm_keep "$tpms" ak 0x81010020
boot() { tpm_reset "$tpms" "$@" && tpm_extend "$tpms" 4 "firmware 1.0.0"; }
claim "a TPM is switched off and on" boot
says "it goes on" permit
claim "somebody copies what it holds" cp -a "$tpms/state" "$f/copied"
claim "and it is switched off and on some times more" eval 'boot && boot && boot'
says "it still goes on" permit
claim "the copy is switched on" eval 'cp -a "$tpms/state" "$f/own" && boot "$f/copied"'
says "the copy's counters went back" "refuse TAMPER_INDICATED"
incident=$(j security-1 incident list | jq -r '.incidents[0] | select(.kind == "clone") | .number')
claim "which is an incident" is "$(j security-1 incident show "$incident" | jq -r '.detail.text')" \
	"the counters of a TrE's TPM went back"
claim "that waits for somebody to look, and quarantines nothing" is "$(j reader device show tre TPM-TRE-1 |
	jq -r .state)" in_service
says "again" "refuse TAMPER_INDICATED"
claim "which is the same incident" is "$(j security-1 incident list | jq '[.incidents[] | select(.kind == "clone")] | length')" 1
claim "the TPM itself" boot "$f/own"
says "goes on" permit
claim "the incident is looked into" eval 'a security-1 incident triage "$incident" --severity minor --reason "by us" &&
	a security-1 incident dismiss "$incident" --reason "a test" && a security-2 approve "$incident"'

# ---- firmware comes and goes

tpm_extend "$tpms" 4 "firmware 2.0.0"
says "firmware that nobody said anything of" "refuse MEASUREMENT_UNKNOWN"
v2=$(golden 2.0.0)
claim "its values are accepted" accept "$v2"
says "and permitted" "permit"
number=$(j security-1 measure impose --legal-basis "a hole in 1" --kind minimum_firmware --least-firmware 3.0.0 \
	--scope-kind model --scope tresor-p1 | jq -re .number)
claim "a minimum is imposed" a security-2 approve "$number"
says "which counts against what is measured" "refuse FIRMWARE_BELOW_MINIMUM"
claims='{"firmware":"3.0.0"}' says "whatever is claimed" "refuse MEASUREMENT_UNKNOWN"
claim "it is lifted" eval 'a security-1 measure lift "$number" --reason "mended" && a security-2 approve "$number"'
until_true 20 eval '[ "$(attest_ask mobilfunk-hlr "$tre" "$term" quote | jq -r .verdict)" = permit ]'
says "permitted again" "permit"
v3=$(submit --model tresor-p1 --kind tpm_quote --firmware 3.0.0 \
	--measured "sha256:0,4,7;$(printf three | openssl dgst -sha256 -binary | base64)")
claim "newer firmware is known" accept "$v3"
says "of which a permit warns" "permit FIRMWARE_UPDATE_AVAILABLE"
v2b=$(submit --model tresor-p1 --kind tpm_quote --firmware 2.0 \
	--measured "sha256:0,4,7;$(printf two | openssl dgst -sha256 -binary | base64)")
claim "later values of the same firmware" accept "$v2b"
says "take the place of the earlier ones" "refuse MEASUREMENT_UNKNOWN"
claim "and the earlier ones are superseded" is "$(j reader reference show "$v2" | jq -r .state)" superseded
claim "its supplier revokes them" a tresor-pki reference revoke "$v2" --reason "signed by mistake"
says "and what measures so is bad" "refuse MEASUREMENT_BAD"
refused MEASURED_FORM "values have a form" submit --model tresor-p1 --kind tpm_quote --firmware 4 --measured "sha1:0;AAAA"
refused FIRMWARE_FORM "so has firmware" submit --model tresor-p1 --kind dice --firmware 4beta --measured "sha-256;AAAA"
refused REFERENCE_KIND "and each kind its members" submit --model tresor-p1 --kind ek_root

# ---- taken back by the TPM's maker

tpm_extend "$tpms" 4 "firmware 4.0.0"
golden_now=$(golden 4.0.0)
claim "what runs is accepted once more" accept "$golden_now"
says "a device of that maker's" permit
first=$(j mobilfunk-hlr notice list | jq -re ".notices[0].id // 0")
bring() { j "${1}" ek-crl submit --root "$root" --issuer "$tpms/lister.der" --crl "${2:-$tpms/maker.crl}"; }
claim "its maker makes CRLs" eval 'tpm_lister "$tpms" && tpm_crl "$tpms" 16 3600'
refused EK_CRL_SIGNATURE "that one may sign none" a tresor-pki ek-crl submit --root "$root" --issuer "$tpms/maker.der" \
	--crl "$tpms/maker.crl"
refused EK_CRL_SIGNATURE "nor is it the root's" a tresor-pki ek-crl submit --root "$root" --crl "$tpms/maker.crl"
claim "another maker's" eval 'tpm_lister "$other" && tpm_crl "$other" 99 3600'
refused EK_UNTRUSTED "is none of this root's" a tresor-pki ek-crl submit --root "$root" --issuer "$other/lister.der" \
	--crl "$other/maker.crl"
refused EK_CRL_SIGNATURE "nor under this maker's name" bring tresor-pki "$other/maker.crl"
refused NOT_FOUND "a competitor brings nothing below it" bring karren-pki
claim "its supplier brings it" bring tresor-pki
refused EK_CRL_NOT_NEWER "once" bring security-1
says "it takes nothing back" permit
claim "the next is for four seconds" tpm_crl "$tpms" 17 4
claim "and a security officer brings it" bring security-1
until_true 20 eval '[ "$(j reader ek-crl list --state stale | jq ".ek_crls | length")" = 1 ]'
refused EK_CRL_STALE "then nobody is let in on it" key "$tpms" ak384 --ek "$tpms/ek/ek-secp384r1.crt" --ek "$tpms/maker.der"
refused EK_CRL_STALE "nor is it brought late" bring tresor-pki
says "but who is in stays in" permit
serial=$(openssl x509 -inform DER -in "$tpms/ek.der" -noout -serial | cut -d= -f2)
claim "the maker takes the certificate of that TPM back" tpm_crl "$tpms" 18 3600 "$serial,keyCompromise"
claim "and its supplier says so" bring tresor-pki
says "its device is refused, and quarantined" "refuse ATTESTATION_KEY_UNKNOWN DEVICE_QUARANTINED"
refused EK_REVOKED "nor is it enrolled again" key "$tpms" ak
claim "the operator that let a subscription go to it hears" is "$(j mobilfunk-hlr notice list --after "$first" |
	jq -r '[.notices[].topic] | sort | unique | join(" ")')" "attestation_key.revoked device.quarantined"
claim "another TPM of that maker's is as good as before" eval 'n=$(key "$tpms" ak384 --ek "$tpms/ek/ek-secp384r1.crt" \
	--ek "$tpms/maker.der")'
claim "what was brought is kept whole" eval 'j reader ek-crl show "$(j reader ek-crl list --state in_force |
	jq -r ".ek_crls[0].number")" | jq -r .crl | base64 -d | cmp - "$tpms/maker.crl"'
claim "two release the device" eval 'a security-1 device release tre TPM-TRE-1 --reason "another TPM" &&
	a security-2 approve tre/TPM-TRE-1'

# ---- taken away

n=$(j reader attestation-key list --state active | jq -r '.attestation_keys[-1].number')
claim "a key is revoked" a security-1 attestation-key revoke "$n" --reason "extracted"
claim "and no key counts any more" is "$(j reader attestation-key list --state active | jq '.attestation_keys | length')" 0
claim "the root is revoked" a security-1 reference revoke "$root" --reason "its maker was broken into"
refused EK_UNTRUSTED "and lets nobody in" key "$tpms" ak
refused REFERENCE_STATE "nor is a CRL brought below it" bring security-1
stop_tpms

# ---- DICE: the same interface, another technology

dice=$work/dice
mkdir -p "$dice"
openssl ecparam -name prime256v1 -genkey -noout -out "$dice/device.key"
openssl pkey -in "$dice/device.key" -pubout -out "$dice/device.pem"
claim "a TrE is certified whose key certifies what it starts" devices_of DICE tresor-d1 karren-d1 "$dice/device.pem"
tre=$VAR/devices/DICE-TRE-1.crt term=$VAR/devices/DICE-TERM-1.crt
layer() { dice_layer "$dice" "$@"; }
claim "a boot loader and an application" eval 'layer boot "$tre" "$dice/device.key" "boot 1" "" CA:TRUE &&
	layer app "$dice/boot.crt" "$dice/boot.key" "app 1"'
shown="app boot app" # whose key signs, then what is shown
dice() {
	local by=${shown%% *} certs
	certs=$(printf "$dice/%s.crt " ${shown#* })
	# shellcheck disable=SC2086 # words
	dice_evidence "$1" "$dice/$by.key" $certs
}
says "layers that nobody said anything of" "refuse MEASUREMENT_UNKNOWN" dice
says "a signature instead of layers" "refuse EVIDENCE_MISSING" signed
d1=$(submit --model tresor-d1 --kind dice --firmware 1.0.0 --measured "$(dice_measured "boot 1" "app 1")")
claim "their values are accepted" accept "$d1"
says "layers by their values" permit dice
shown="boot boot" says "the first layer alone" "refuse MEASUREMENT_UNKNOWN" dice
shown="app app boot" says "in the wrong order" "refuse EVIDENCE_MALFORMED" dice
shown="boot boot app" says "signed by another than the last" "refuse POSSESSION_TRE" dice
shown="device boot app" says "signed by the first key" "refuse POSSESSION_TRE" dice
claim "other software below the same boot loader" layer other "$dice/boot.crt" "$dice/boot.key" "app 2"
shown="other boot other" says "is unknown" "refuse MEASUREMENT_UNKNOWN" dice
claim "a layer that says that it is debugged" layer debug "$dice/boot.crt" "$dice/boot.key" "app 1" 3
shown="debug boot debug" says "is refused for that" "refuse DEBUG_ENABLED" dice
claim "or not configured" layer raw "$dice/boot.crt" "$dice/boot.key" "app 1" 0
shown="raw boot raw" says "likewise" "refuse DEBUG_ENABLED" dice
claim "a boot loader that may certify nothing" eval 'layer noca "$tre" "$dice/device.key" "boot 1" &&
	layer below "$dice/noca.crt" "$dice/noca.key" "app 1"'
shown="below noca below" says "certifies nothing" "refuse EVIDENCE_MALFORMED" dice
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dice/thief.key" -subj /CN=thief \
	-out "$dice/thief.crt" 2>/dev/null
claim "layers of somebody else's" eval 'layer boot2 "$dice/thief.crt" "$dice/thief.key" "boot 1" "" CA:TRUE &&
	layer app2 "$dice/boot2.crt" "$dice/boot2.key" "app 1"'
shown="app2 boot2 app2" says "are not the TrE's" "refuse POSSESSION_TRE" dice
none() { jq -n --arg c "$(openssl x509 -in "$tre" -outform DER | base64 -w0)" '{dice: [$c], tre_signature: "MAYCAQECAQE="}'; }
says "a certificate without TcbInfo" "refuse EVIDENCE_MALFORMED" none
trailing() { dice "$1" | jq '.dice[1] |= .[:-4] + "AAAAAAAA"'; }
says "octets behind a layer" "refuse EVIDENCE_MALFORMED" trailing
claim "its values are revoked" a tresor-pki reference revoke "$d1" --reason "a hole"
says "and bad from then on" "refuse MEASUREMENT_BAD" dice
finish

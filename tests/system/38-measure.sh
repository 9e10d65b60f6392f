#!/usr/bin/env bash
# Measures over a whole instance, by the command line: real signatures, the
# authority that reads them again, decisions, OCSP and CRLs that follow.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
lots=$(story_lots 6) || not_ok "two lots are issued"
tre_lot=${lots% *}
has() { grep -q -- "$1" <<<"$2" || { echo "no \"$1\" in: $2"; return 1; }; }
pair() { echo --tre "$(tre_id "$1")" --terminal "$(term_id "$1")"; }
at() { sql "INSERT INTO test_clock (now) VALUES ('$1') ON CONFLICT (one) DO UPDATE SET now = excluded.now"; }
# propose KIND SCOPE_KIND SCOPE [options]; impose prints its number
propose() {
	local kind=$1 scope_kind=$2 scope=$3
	shift 3
	j security-1 measure impose --kind "$kind" --scope-kind "$scope_kind" --scope "$scope" \
		--legal-basis "section 9" "$@"
}
impose() { propose "$@" | jq -re .number; }
# two_impose ...: and in force
two_impose() { local n; n=$(impose "$@") && a security-2 approve "$n" >&2 && echo "$n"; }
state_of() { j reader measure show "$1" | jq -r .state; }
in_state() { is "$(state_of "$1")" "$2"; }
submit() { # model's TrE ids -> state of a fresh lot
	a tresor-pki device new --kind tre --prefix "$1" --count 1 --rows "$VAR/$1.rows" >&2
	j tresor-pki lot submit --model tresor-m2 --site tresor-dresden --rows "$VAR/$1.rows" --wait 2>&1 |
		jq -r '"\(.state) \(.issued)"'
}

# shellcheck disable=SC2046 # pair gives words
answers "at first" permit - $(pair 1) --firmware 2.9

# ---- whom it hits is shown before anybody signs

freeze=$(impose download_freeze model tresor-m2 --firmware-from 1.0 --firmware-to 2.9)
shown=$(assay --as security-2 approve "$freeze")
claim "who approves sees how many devices it hits" \
	has 'It hits devices: 6 (certificates not revoked: 6), models: 1, lots: 1, terminals: 6' "$shown"
claim "and which operators have permits" has 'mobilfunk has permits for 1 of them' "$shown"
claim "which the record keeps" is "$(sql "SELECT reach ->> 'devices' FROM approval ORDER BY id DESC LIMIT 1")" 6
answers "firmware in the range" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1) --firmware 2.9
answers "above it" permit - $(pair 1) --firmware 2.10
answers "unknown firmware may be in it" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1)
claim "which two people lift" lift_measure "$freeze"

# ---- minimum firmware

least=$(two_impose minimum_firmware hardware_platform tresor-soc --least-firmware 2.10)
answers "below a minimum firmware" refuse FIRMWARE_BELOW_MINIMUM $(pair 1) --firmware 2.9.9
answers "not shown to reach it" refuse MEASURE_MINIMUM_FIRMWARE $(pair 1)
answers "no version at all" refuse MEASURE_MINIMUM_FIRMWARE $(pair 1) --firmware beta
answers "at it" permit - $(pair 1) --firmware 2.10.0
claim "issuing goes on" is "$(submit MIN-)" "issued 1"
claim "it is lifted" lift_measure "$least"

# ---- effects on existing devices, as they were signed

freeze=$(two_impose issuance_freeze model tresor-m2)
answers "an issuance freeze spares what there was" permit - $(pair 1)
claim "nothing is issued" is "$(submit ICE-)" "rejected 0"
refused SUPERSEDES_UNFIT "another that forbids less does not take its place" \
	propose issuance_freeze model tresor-m2 --effect permit --supersedes "$freeze"
harder=$(two_impose issuance_freeze model tresor-m2 --effect hold --supersedes "$freeze")
claim "one that also holds does" in_state "$freeze" superseded
claim "and OCSP follows" until_true 5 ocsp_says "$(tre_id 1)" revoked
answers "and the decision at once" refuse MEASURE_ISSUANCE_FREEZE $(pair 1)
claim "it is lifted" lift_measure "$harder"
claim "OCSP says good again" until_true 5 ocsp_says "$(tre_id 1)" good
refused FIELD_UNFIT "what does not fit a kind is refused by name" \
	propose hold model tresor-m2 --deadline 2099-01-01
refused MEASURE_EMERGENCY "nobody revokes a lot alone" \
	propose mass_revocation lot "$tre_lot" --reason superseded --emergency

# ---- overdue, adopted, escalated, corrected late

tomorrow=$(date -u -d tomorrow +%F)
action=$(two_impose corrective_action organisation tresor --deadline "$tomorrow")
answers "a corrective action forbids nothing" permit - $(pair 1)
at "${tomorrow}T00:00:00Z"
claim "at its deadline its escalation arises by itself" until_true 10 \
	eval '[ -n "$(sql "SELECT number FROM measure WHERE cause = '"'$action'"'")" ]'
sql "DELETE FROM test_clock"
follows=$(sql "SELECT number FROM measure WHERE cause = '$action'")
claim "proposed by nobody" is "$(j reader measure show "$follows" | jq -r '"\(.state) \(.kind) \(.proposed_by)"')" \
	"proposed download_freeze null"
answers "which forbids nothing yet" permit - $(pair 1)
claim "a security officer adopts it" a security-1 measure adopt "$follows"
refused FOUR_EYES "and cannot approve it" assay approve "$follows" --as security-1
claim "another does" a security-2 approve "$follows"
claim "the corrective action is escalated" in_state "$action" escalated
answers "and downloads are refused" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1)
correction=$(j tresor-pki measure correct "$action" --what "new line, tested" | jq -re .number)
claim "the supplier sees its correction" has "$correction" "$(assay correction list --as tresor-pki)"
claim "an officer confirms it" a officer-1 correction confirm "$correction" --reason "seen at the plant"
answers "which gives nothing back" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1)
claim "a decider approves, and the authority lifts both" a decider-1 approve "$correction"
claim "the corrective action" in_state "$action" lifted
claim "and what it had escalated to" in_state "$follows" lifted
answers "permitted again" permit - $(pair 1)
sql "SELECT measure_arise('hold', 'lot', id, 'a rumour', 'INC-X') FROM lot WHERE number = '$tre_lot'" >/dev/null
rumour=$(sql "SELECT number FROM measure WHERE cause = 'INC-X'")
claim "what arose without ground is dismissed" a security-1 measure dismiss "$rumour" --reason "a mix-up"
claim "by two" a decider-1 approve "$rumour"
claim "it is rejected" in_state "$rumour" rejected

# ---- appeals

freeze=$(two_impose download_freeze model tresor-m2)
refused NOT_YOURS "another supplier does not appeal" assay appeal file "$freeze" --ground "ha" --as karren-pki
appeal=$(j tresor-pki appeal file "$freeze" --ground "the report is of another model" | jq -re .number)
answers "meanwhile it stays in force" refuse MEASURE_DOWNLOAD_FREEZE $(pair 1)
claim "a decider dismisses it" a decider-1 appeal decide "$appeal" --verdict dismissed --reason "it is of this one"
# whoever owns the database turns the verdict over behind the deciders' backs
sql "UPDATE proposal SET terms = terms || '{\"verdict\": \"upheld\"}' WHERE subject_number = '$appeal'"
refused NOT_CARRIED_OUT "what two signed as dismissed is not lifted, whatever the record says" \
	assay approve "$appeal" --as decider-2
claim "the measure is in force" in_state "$freeze" in_force
claim "it is lifted" lift_measure "$freeze"
freeze=$(two_impose download_freeze model tresor-m2)
appeal=$(j tresor-pki appeal file "$freeze" --ground "the report is of another model" | jq -re .number)
claim "a decider upholds another" a decider-2 appeal decide "$appeal" --verdict upheld --reason "it is"
claim "with a second one, the authority lifts the measure" a decider-1 approve "$appeal"
claim "so it is" in_state "$freeze" lifted
answers "permitted again" permit - $(pair 1)

# ---- a ban

ban=$(two_impose ban organisation tresor)
answers "of a banned supplier nothing is permitted" refuse SUPPLIER_SUSPENDED $(pair 1)
refused ORGANISATION_NOT_ACTIVE "it has no access" assay whoami --as tresor-pki
claim "letting it in again is proposed" a officer-1 org reinstate tresor
refused ORGANISATION_BANNED "and refused while it is banned" assay approve tresor --as decider-1
claim "the ban is lifted" lift_measure "$ban"
answers "which alone lets nobody in" refuse SUPPLIER_SUSPENDED $(pair 1)
claim "two let it in" a decider-1 approve tresor
answers "permitted again" permit - $(pair 1)
claim "and issued again" is "$(submit AGN-)" "issued 1"

# ---- mass revocation, counted

revocation=$(impose mass_revocation lot "$tre_lot" --reason keyCompromise)
refused USAGE "nobody approves it without the number" assay approve "$revocation" --as security-2
refused REACH_CHANGED "nor with a wrong one" assay approve "$revocation" --count 7 --as security-2
answers "nothing was revoked" permit - $(pair 1)
start=$(now_ms)
claim "with the number it is in force" a security-2 approve "$revocation" --count 6
echo "# in force after $(($(now_ms) - start)) ms"
answers "the decision knows at once" refuse CERTIFICATE_REVOKED $(pair 1)
claim "and names the measure" is "$(j mobilfunk-hlr decide $(pair 1) | jq -r '.reasons | join(" ")')" \
	"CERTIFICATE_REVOKED MEASURE_MASS_REVOCATION"
claim "every TrE of the lot by OCSP" until_true 5 ocsp_says "$(tre_id 6)" revoked
echo "# by OCSP after $(($(now_ms) - start)) ms"
for i in 1 2 3 4 5; do claim "as $(tre_id $i)" until_true 5 ocsp_says "$(tre_id $i)" revoked; done
claim "in the register" is "$(j reader cert show "$(serial_of "$(tre_id 3)")" |
	jq -r '"\(.state) \(.reason) \(.measures[0])"')" "revoked keyCompromise $revocation"
claim "of the device" is "$(j mobilfunk-hlr device show tre "$(tre_id 3)" |
	jq -r '.certificates[0].state')" revoked
claim "and in the CRL" until_true 60 crl_says "$(tre_id 3)" revoked
echo "# in the CRL after $(($(now_ms) - start)) ms"
refused MEASURE_FINAL "nothing lifts it" assay measure lift "$revocation" --reason "a mistake" --as security-1

# ---- withdrawal of a platform: its CoC, those on it, and all its devices

devices=$(j reader measure show "$revocation" | jq .reach.devices)
withdrawal=$(impose withdrawal hardware_platform tresor-soc)
n=$(j reader measure show "$withdrawal" | jq .reach.devices)
claim "it hits more than that lot" test "$n" -gt "$devices"
claim "two withdraw it" a security-2 approve "$withdrawal" --count "$n"
claim "its CoC is withdrawn, and those on it suspended" is "$(j reader coc list |
	jq -r '[.. | objects | select(.state?) | .state] | sort | join(" ")')" "suspended suspended withdrawn"
claim "nothing is issued any more" is "$(submit END-)" "rejected 0"
channels_agree
finish

#!/usr/bin/env bash
# Lists come a hundred at a time, over HTTP and by the command line: to the end,
# each thing once, in order; searches; and to each caller its own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

has() { grep -q -- "$1" <<<"$2" || { echo "no \"$1\" in: $2"; return 1; }; }

start_instance
claim "two suppliers and an operator take part" story_people
claim "readers too, of a supplier and of the operator" eval '
	a officer-1 principal new karren-reader --organisation karren --role reader &&
	a officer-1 principal new mobilfunk-reader --organisation mobilfunk --role reader'
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
record() { psql -h "$run" -d assay -qAtX -v ON_ERROR_STOP=1 "$@"; }
number_of() { record <<<"SELECT id FROM assay.organisation WHERE handle = '$1'"; }
claim "and the register is full" record -v devices=6000 -v others=250 -v decisions=500 -v big="$(number_of tresor)" \
	-v small="$(number_of karren)" -v operator="$(number_of mobilfunk)" -f "$top/tests/lib/many.sql"

# ---- to the end
# pages WHO PATH NOUN KEY: all of it, page by page; at most a hundred on each
pages() {
	local path=$2 mark='?' next= page
	[[ $path = *\?* ]] && mark='&'
	while :; do
		page=$(api_as "$1" "$URL$path${next:+${mark}before=$next}")
		jq -e ".$3 | length <= 100" <<<"$page" >/dev/null || { echo "a page: $page"; return 1; }
		jq -r ".$3[] | $4" <<<"$page"
		next=$(jq -r '.next // empty | @uri' <<<"$page")
		[ -n "$next" ] || return 0
	done
}
whole() { # who path noun key SQL: what the pages have is what the record has, in that order
	local got want
	got=$(pages "$1" "$2" "$3" "$4") want=$(record <<<"SET search_path = assay; $5")
	[ "$(wc -l <<<"$got")" -gt "${6:-100}" ] || { echo "only $(wc -l <<<"$got")"; return 1; }
	diff <(echo "$got") <(echo "$want") >"$work/diff" || { head -5 "$work/diff"; return 1; }
}
claim "all models, newest first" whole reader /v1/models models .handle \
	"SELECT handle FROM model ORDER BY id DESC"
claim "all sites" whole reader /v1/sites sites .handle "SELECT handle FROM site ORDER BY id DESC"
claim "all principals" whole reader /v1/principals principals .handle \
	"SELECT handle FROM principal ORDER BY id DESC"
claim "all evidence" whole reader /v1/evidence evidence .sha256 \
	"SELECT encode(sha256, 'hex') FROM evidence ORDER BY id DESC"
claim "all audits" whole reader /v1/audits audits .number "SELECT number FROM audit ORDER BY id DESC"
claim "all declarations" whole reader /v1/declarations declarations .number \
	"SELECT number FROM declaration ORDER BY id DESC"
claim "all CoCs, to an operator as well" whole mobilfunk-hlr /v1/cocs cocs .number \
	"SELECT number FROM coc ORDER BY id DESC"
claim "all measures" whole reader /v1/measures measures .number "SELECT number FROM measure ORDER BY id DESC"
claim "all proposals" whole decider-1 /v1/proposals proposals .proposal \
	"SELECT id FROM proposal ORDER BY id DESC"
claim "all decisions" whole reader /v1/decisions decisions .decision \
	"SELECT id FROM decision ORDER BY created DESC, id DESC"
claim "all devices of a kind" whole reader '/v1/devices?kind=tre' devices .id \
	"SELECT device_id FROM device WHERE kind = 'tre' ORDER BY id DESC"
claim "all of a lot" whole reader '/v1/devices?lot=LOT-MANY-2' devices .id \
	"SELECT device_id FROM device WHERE lot_id = 1000000002 ORDER BY id DESC"
claim "all that begin so, in the order of their ids" whole reader '/v1/devices?prefix=M' devices .id \
	"SELECT device_id FROM device WHERE device_id LIKE 'M%' ORDER BY device_id, kind"

# ---- to each its own
claim "a supplier's devices are its own" whole tresor-pki /v1/devices devices .id \
	"SELECT device_id FROM device WHERE organisation_id = $(number_of tresor) ORDER BY id DESC"
claim "a small one's too" whole karren-reader /v1/devices devices .id \
	"SELECT device_id FROM device WHERE organisation_id = $(number_of karren) ORDER BY id DESC" 50
claim "by prefix as well" whole karren-pki '/v1/devices?prefix=m' devices .id \
	"SELECT device_id FROM device WHERE organisation_id = $(number_of karren) ORDER BY device_id, kind" 50
theirs=$(record <<<"SELECT handle FROM assay.model WHERE kind = 'tre' AND organisation_id = $(number_of tresor) LIMIT 1")
count() { api_as "$1" "$URL$2" | jq "[.[] | arrays | .[]] | length"; }
claim "none of another's model" is "$(count karren-pki "/v1/devices?model=$theirs")" 0
claim "which has some" [ "$(count tresor-pki "/v1/devices?model=$theirs")" -gt 0 ]
claim "an operator's decisions are its own" whole mobilfunk-hlr /v1/decisions decisions .decision \
	"SELECT id FROM decision WHERE organisation_id = $(number_of mobilfunk) ORDER BY created DESC, id DESC"
other=$(record <<<"SELECT id FROM assay.decision WHERE organisation_id <> $(number_of mobilfunk) LIMIT 1")
code() { api_as "$1" -o /dev/null -w '%{http_code}' "$URL$2"; }
# what others have and one may not see is what nobody has
said() { api_as "$1" "$URL$2" | jq -r '"\(.status) \(.detail)"'; }
# alike "sentence" WHO PATH-UP-TO-= THEIRS: that one is asked for like one that is not
alike() {
	claim "$1 is like one that is not there" is "$(said "$2" "$3$4" | sed "s/$4/NAME/")" "$(said "$2" "$3many-none" | sed 's/many-none/NAME/')"
	claim "  which is no list of none" is "$(code "$2" "$3many-none")" 404
}
lot=$(record <<<"SELECT number FROM assay.lot WHERE organisation_id = $(number_of tresor) LIMIT 1")
alike "another's lot" karren-pki '/v1/devices?lot=' "$lot"
alike "another operator" mobilfunk-reader '/v1/decisions?operator=' many-20
alike "another operator by its name" mobilfunk-hlr '/v1/models?organisation=' many-20
claim "nor one of another by its id" is "$(code mobilfunk-reader "/v1/decisions/$other")" 404
claim "which the body sees" is "$(code reader "/v1/decisions/$other")" 200
claim "readers of a supplier are no readers of the body's" is \
	"$(count karren-reader /v1/proposals) $(count karren-reader /v1/decisions)" "0 0"
claim "an operator lists no devices" is "$(code mobilfunk-hlr /v1/devices)" 403

# ---- searches
claim "organisations by name" is "$(j reader org list --search tres | jq -r '.organisations[].handle')" tresor
claim "by kind and state" is \
	"$(j reader org list --kind body --state active | jq -r '.organisations[].handle')" body
claim "principals by role" is "$(count reader '/v1/principals?role=decider')" 2
claim "CoCs of one supplier, to anybody" is \
	"$(j mobilfunk-hlr coc list --organisation karren --state certified --all | jq -r '[.cocs[].organisation] | unique[]')" karren
claim "decisions by verdict" is \
	"$(j mobilfunk-hlr decision list --verdict refuse --all | jq -r '[.decisions[].verdict] | unique[]')" refuse
claim "an unknown query is refused" is "$(code reader '/v1/models?colour=red')" 400
claim "a state that cannot be is refused, not answered with none" is "$(code reader '/v1/incidents?state=recieved')" 400
claim "and which there are is said" eval 'assay --as reader incident list --state recieved 2>&1 | grep "must be received, triaged, "'
claim "a prefix goes with no model" is "$(code reader '/v1/devices?prefix=M&model=x')" 400
claim "nor with a lot" is "$(code reader '/v1/devices?prefix=M&lot=x')" 400
claim "what is no decision comes before none" is "$(code reader '/v1/decisions?before=x')" 400
claim "and which query that was is said" eval 'assay --as reader decision list --before x 2>&1 | grep "\"before\" is not of the form"'
# nobody "COMMAND": a name that nobody has is not answered with none
nobody() {
	claim "$*: nobody is called so" exits 4 assay --as reader --quiet "$@"
	claim "  and it says which name of what" eval "assay --as reader $* 2>&1 | grep -F 'query parameter \"${3#--}\": there is no ${3#--} \"$4\"'"
}
nobody model list --organisation nosuch
nobody principal list --organisation nosuch
nobody site list --organisation nosuch
nobody audit list --site nosuch
nobody coc list --model nosuch
nobody declaration list --model nosuch
nobody lot list --model nosuch
nobody lot list --organisation nosuch
nobody device list --model nosuch
nobody device list --lot nosuch
nobody decision list --operator nosuch
nobody custody list --operator nosuch
nobody custody list --device tre/nosuch
nobody proposal list --act nosuch
claim "a device is named by its kind and id" eval 'assay --as reader custody list --device nix 2>&1 | grep "\"device\" must be tre/ID or terminal/ID, not \"nix\""'

# ---- the command line
out=$(assay --as reader model list)
claim "it shows the first hundred" is "$(grep -c '^many-m' <<<"$out")" 100
next=$(j reader model list | jq -r .next)
claim "and says how to get on" has "^There are more: --before $next " "$out"
claim "to the next" is "$(j reader model list --before "$next" | jq '.models | length')" 100
claim "or to all" is "$(assay --as reader model list --all | grep -c '^many-m')" 250
claim "under one heading" is "$(assay --as reader model list --all | grep -c '^handle ')" 1
claim "with a search as well" is "$(assay --as reader model list --all --kind hardware_platform | grep -c '^many-m')" \
	"$(record <<<"SELECT count(*) FROM assay.model WHERE kind = 'hardware_platform'")"
claim "as JSON that is one list" is "$(j reader device list --all | jq '.devices | length')" 6000
claim "which has no next" is "$(j reader device list --all | jq .next)" null
claim "an end needs no more" not has "There are more" "$(assay --as karren-pki site list)"
claim "an empty list is none" is "$(assay --as reader device list --state retired --all)" none

finish

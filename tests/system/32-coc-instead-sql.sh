#!/usr/bin/env bash
# A suspended CoC whose ground is gone for good: another takes its place, by two who
# say why, with all that a reinstatement needs.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

read -r -d '' chip tre ter < <(accredited | tr '\n' ' '; printf '\0')
newest() { sql assay_test <<<"SELECT c.number FROM assay.coc c JOIN assay.model m ON m.id = c.model_id WHERE m.handle = '$1' ORDER BY c.id DESC LIMIT 1"; }
terms='"model":"tre","level":2,"site":"fab","quota":100,"valid_days":730'
instead() { echo "SELECT t.propose('{$terms,\"instead_of\":\"$1\",\"reason\":\"its plant was given up\"}');"; }
later() { at "2027-01-01T00:00:0${1}Z"; }
# by_two NUMBER VERB
by_two() {
	may decider-1 "$1 is proposed" <<<"SELECT t.change('$1', '$2');"
	may decider-2 "and approved" <<<"SELECT t.judge('$1', 'approve');"
}

mustnt decider-1 COC_STATE "one in force is not named: it gives way by itself" < <(instead "$tre")
may decider-1 "one is proposed while nothing is amiss" <<<"SELECT t.propose('{$terms}');"
before=$(newest tre)
later 1
by_two "$tre" suspend
so "the terminal fell with it" "$(coc_is "$ter" suspended)"
mustnt decider-2 PROPOSAL_STALE "what was proposed before knows nothing of that" <<<"SELECT t.judge('$before', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$before', 'reject');"

# ---- what is refused
mustnt decider-1 INSTEAD_OF "another in its place says why" <<<"SELECT t.propose('{$terms,\"instead_of\":\"$tre\"}');"
mustnt decider-1 INSTEAD_OF "and nothing else has a reason" <<<"SELECT t.propose('{$terms,\"reason\":\"gone\"}');"
mustnt decider-1 INSTEAD_OF "it is of the same model" < <(instead "$ter")
mustnt decider-1 COC_ABSENT "and there is one" < <(instead TRE-2027-000077)
mustnt decider-1 STATEMENT_DIFFERS "and it is signed" <<<"SELECT t.sign('/v1/cocs', '{$terms}'); SELECT coc_propose('tre', 2, 'fab', NULL, 100, 730, p_instead_of => '$tre', p_reason => 'gone');"
may decider-1 "one that does not name it is proposed" <<<"SELECT t.propose('{$terms}');"
mustnt decider-2 "name it: --instead-of" "and waits for the suspended one" <<<"SELECT t.judge('$(newest tre)', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$(newest tre)', 'reject');"
refused assay_test COC_FIXED "not even the owner lets it name one afterwards" <<<"SET ROLE assay_owner; UPDATE coc SET instead_of = 1 WHERE number = '$ter';"

# ---- no less than a reinstatement needs
may decider-1 "one in its place is proposed" < <(instead "$tre")
may officer-2 "its declaration is doubted" <<<"SELECT t.sign('/v1/declarations/' || number || '/challenge', '{\"rules\":[\"SE-1\"],\"ground\":\"a test failed\",\"evidence\":[]}'),
	declaration_challenge_open(number, '{SE-1}', 'a test failed', '{}') FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre';"
mustnt decider-2 "is challenged: settle the challenge" "it is no way round a doubt" <<<"SELECT t.judge('$(newest tre)', 'approve');"
own <<<"UPDATE declaration_challenge SET state = 'upheld'; UPDATE declaration d SET state = 'in_force' FROM model m WHERE m.id = d.model_id AND m.handle = 'tre';" >/dev/null
own <<<"UPDATE site_scope x SET state = 'suspended' FROM site s WHERE s.id = x.site_id AND s.handle = 'fab';" >/dev/null
mustnt decider-2 COC_PREREQUISITES "nor round a site that is suspended" <<<"SELECT t.judge('$(newest tre)', 'approve');"
own <<<"UPDATE site_scope x SET state = 'full' FROM site s WHERE s.id = x.site_id AND s.handle = 'fab';" >/dev/null

# ---- it takes its place
later 2
new=$(newest tre)
mustnt decider-1 FOUR_EYES "who proposed does not approve" <<<"SELECT t.judge('$new', 'approve');"
may decider-2 "another does" <<<"SELECT t.judge('$new', 'approve');"
so "it is certified, the other superseded" "$(coc_is "$new" certified) AND $(coc_is "$tre" superseded)"
so "what fell with that one and for nothing else is back, and stands on the new one" "$(coc_is "$ter" certified) AND EXISTS (SELECT FROM coc_component k JOIN coc c ON c.id = k.coc_id JOIN coc n ON n.id = k.component_id WHERE c.number = '$ter' AND n.number = '$new')"
so "the model is accredited now, and was not meanwhile" "(SELECT state = 'certified' AND number = '$new' FROM accreditation_now(2)) AND (SELECT state = 'suspended' AND number = '$tre' FROM accreditation_known(2, '2027-01-01T00:00:01Z', '2027-01-01T00:00:01Z'))"
may reader "it says whose place it took" <<<"SELECT t.so(shown_whole('coc', id) ->> 'instead_of' = '$tre') FROM coc WHERE number = '$new';"
mustnt decider-1 COC_STATE "that one is over for good" <<<"SELECT t.change('$tre', 'reinstate');"

# ---- one that fell with another
later 3
by_two "$chip" suspend
so "TrE and terminal fall with the chip" "$(coc_is "$new" suspended) AND $(coc_is "$ter" suspended)"
may decider-1 "another TrE is proposed" < <(instead "$new")
mustnt decider-2 "has no CoC in force" "it needs its chip" <<<"SELECT t.judge('$(newest tre)', 'approve');"
by_two "$chip" reinstate
so "the chip brings both back" "$(coc_is "$new" certified) AND $(coc_is "$ter" certified)"
may decider-2 "and what was proposed renews the TrE's, as it would any in force" <<<"SELECT t.judge('$(newest tre)', 'approve');"

# ---- one after the other
later 4
last=$(newest tre)
mustnt decider-1 COC_STATE "whose place is taken already gives it to no second one" < <(instead "$tre")
by_two "$last" suspend
may decider-1 "another in its place is proposed" < <(instead "$last")
next=$(newest tre)
mustnt decider-3 COC_WAITING "and none beside that" < <(instead "$last")
later 5
by_two "$last" reinstate
later 6
by_two "$last" suspend
mustnt decider-2 PROPOSAL_STALE "which was proposed before the last loss" <<<"SELECT t.judge('$next', 'approve');"
may decider-2 "it is rejected" <<<"SELECT t.judge('$next', 'reject');"
may decider-1 "and proposed anew" < <(instead "$last")
next=$(newest tre)
later 7
by_two "$last" withdraw
mustnt decider-2 PROPOSAL_STALE "one that is withdrawn meanwhile gives its place to none" <<<"SELECT t.judge('$next', 'approve');"
so "so what fell with it stays down, and names it" "(SELECT c.state = 'suspended' AND s.number = '$last' FROM coc c JOIN coc s ON s.id = c.suspended_by WHERE c.number = '$ter')"
may decider-2 "it is rejected" <<<"SELECT t.judge('$next', 'reject');"
mustnt decider-1 COC_STATE "nor to one that is proposed then" < <(instead "$last")
may decider-1 "a new one is proposed" <<<"SELECT t.propose('{$terms}');"
may decider-2 "and certified" <<<"SELECT t.judge('$(newest tre)', 'approve');"
so "which brings nothing back that fell with the withdrawn one" "$(coc_is "$ter" suspended)"
by_two "$ter" reinstate
so "two do" "$(coc_is "$ter" certified)"
exit $bad

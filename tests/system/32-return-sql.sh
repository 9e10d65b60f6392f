#!/usr/bin/env bash
# Two losses and what gives each back, in either order: what stands at the end, and who
# has to sign for it, is the same.
set -u
. tests/lib/pg.sh
pg_start || exit 1
. tests/lib/registry.sh
. tests/lib/accreditation.sh

another_tre
changed() { # CoC WHAT
	may decider-1 "$1: $2, one proposes" <<<"SELECT t.change('$1', '$2');"
	may decider-2 "and another approves" <<<"SELECT t.judge('$1', 'approve', 'coc_$2');"
}
out() { may security-1 "$1 is suspended" <<<"SELECT organisation_set_state('$1', 'suspended', 'tested');"; }
back() {
	may officer-1 "letting $1 in again is proposed" <<<"SELECT t.organisation('$1', 'reinstate');"
	may decider-1 "and approved" <<<"SELECT t.judge('$1', 'approve');"
}
stand() { so "$1" "(SELECT coalesce(string_agg(number, ' ' ORDER BY id), '') = '$2' FROM coc WHERE state = 'certified')"; }

declared chip acme-1 2028-01-01 && declared tre acme-1 2027-12-01
declared tre-c cleo-1 2027-12-01 && declared ter bolt-1 2028-01-01
chip=$(certified '{"model":"chip","level":4,"quota":0,"valid_days":730}')
tre=$(certified '{"model":"tre","level":2,"site":"fab","quota":100,"valid_days":730}')
treC=$(certified '{"model":"tre-c","level":2,"site":"mill","quota":100,"valid_days":730}')
ter=$(certified '{"model":"ter","level":2,"site":"works","quota":100,"valid_days":730}')
all="$chip $tre $treC $ter"
stand "a chip, two TrEs on it and a terminal are certified" "$all"

# ---- a supplier who is suspended for a while takes nothing from what stands on its models
out cleo
changed "$tre" suspend
stand "the terminal may contain the TrE of one who is suspended, who may be let in again" "$chip $treC $ter"
so "though it is issued with neither meanwhile" "(SELECT array_agg(DISTINCT code) = '{COMPONENT_NOT_ACCREDITED}' FROM coc c, coc_missing(c.id) WHERE number = '$ter')"
back cleo
stand "as where the other came first" "$chip $treC $ter"
changed "$tre" reinstate
stand "and all are back" "$all"

# ---- nor is there less of it afterwards
changed "$chip" suspend
stand "all fall with the chip" ""
out cleo
changed "$chip" reinstate
back cleo
stand "and rise with it, whose supplier is suspended as well" "$all"
changed "$chip" suspend
out bolt
changed "$chip" reinstate
back bolt
stand "or the last one's" "$all"

# ---- a doubt suspends nothing, and does not keep down what fell with another
D=$(sql assay_test <<<"SELECT number FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre'")
may security-1 "the TrE's declaration is doubted" <<<"SELECT t.challenge('$D');"
changed "$chip" suspend
changed "$chip" reinstate
stand "it stands as it did, doubted" "$all"
so "and is issued no more than before" "(SELECT array_agg(code) = '{DECLARATION_CHALLENGED}' FROM coc c, coc_missing(c.id) WHERE number = '$tre')"
may decider-1 "upholding it is proposed" <<<"SELECT t.settle('$D', 'uphold');"
may decider-2 "and approved" <<<"SELECT t.judge('$D', 'approve');"
so "then nothing is against it" "NOT EXISTS (SELECT FROM coc c, coc_missing(c.id) WHERE number = '$tre')"

# ---- one TrE model is enough, whichever fell last
changed "$chip" suspend
so "the terminal fell with the last of its TrEs" "(SELECT s.number = '$treC' FROM coc c JOIN coc s ON s.id = c.suspended_by WHERE c.number = '$ter')"
may cleo-1 "that one's declaration is withdrawn" <<<"SELECT declaration_withdraw(number) FROM declaration d JOIN model m ON m.id = d.model_id WHERE m.handle = 'tre-c' AND d.state = 'in_force';"
changed "$chip" reinstate
stand "it is back with the other one, as where that came first" "$chip $tre $ter"
declared tre-c cleo-1 2027-12-01
changed "$treC" reinstate
stand "and all are" "$all"

# ---- suspended for a second reason
may decider-1 "suspending the TrE is proposed" <<<"SELECT t.change('$tre', 'suspend');"
at 2027-01-02T00:00:00Z
may acme-1 "meanwhile its declaration is withdrawn, and it is suspended for that" <<<"SELECT declaration_withdraw('$D');"
declared tre acme-1 2027-12-01
may decider-1 "reinstating it, and another in its place, are proposed" <<<"SELECT t.change('$tre', 'reinstate'); SELECT t.propose('{\"model\":\"tre\",\"level\":2,\"site\":\"fab\",\"quota\":100,\"valid_days\":730,\"instead_of\":\"$tre\",\"reason\":\"it was withdrawn\"}');"
other=$(sql assay_test <<<"SELECT number FROM coc WHERE state = 'proposed'")
at 2027-01-03T00:00:00Z
may decider-2 "then the first is approved" <<<"SELECT t.judge('$tre', 'approve', 'coc_suspend');"
so "which the history says" "(SELECT count(*) = 2 FROM history h JOIN coc c ON c.id = h.subject_id WHERE h.entity = 'coc' AND c.number = '$tre' AND to_state = 'suspended' AND h.effective >= '2027-01-02')"
mustnt decider-2 PROPOSAL_STALE "what was proposed before knows nothing of it" <<<"SELECT t.judge('$tre', 'approve', 'coc_reinstate');"
mustnt decider-2 PROPOSAL_STALE "nor does what was to take its place" <<<"SELECT t.judge('$other', 'approve');"
exit $bad

#!/usr/bin/env bash
# Organisations and principals through the real system: who lets whom in, and
# that a lock or a suspension holds at once.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/statement.sh"
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }
member() { local filter=$1; shift; j "$@" | jq -r "$filter"; }
shows() { local what=$1 out; shift; out=$("$@" 2>&1); grep -qF -- "$what" <<<"$out" || { echo "$out"; return 1; }; }

start_instance

# ---- organisations
claim "an officer registers an applicant" a officer-1 org new tresor \
	--name Tresor --country DE --kind supplier --makes tre
refused ALREADY_EXISTS "a handle is given once" a officer-1 org new tresor \
	--name "Tresor 2" --country DE --kind supplier --makes tre
refused ROLE_NOT_ALLOWED "a decider registers nobody" a decider-1 org new nova \
	--name Nova --country DE --kind supplier --makes tre
refused FIELD_LENGTH "a country has two letters" a officer-1 org new nova \
	--name Nova --country DEU --kind supplier --makes tre
refused FIELD_RULE "capital ones" a officer-1 org new nova \
	--name Nova --country de --kind supplier --makes tre
refused ORGANISATION_NOT_ACTIVE "an applicant has no principals" \
	a officer-1 principal new tresor-pki --organisation tresor --role supplier
claim "and a refusal leaves no key behind" [ ! -e "$VAR/credentials/tresor-pki.key" ]
refused NOTHING_PROPOSED "there is nothing to approve yet" a decider-1 approve tresor
claim "activation is proposed" a officer-1 org activate tresor
claim "a list shows what waits" shows organisation_activate assay --as decider-1 approve list
refused ROLE_NOT_ALLOWED "an officer doesn't approve it" a officer-2 approve tresor
claim "who approves sees what was signed" \
	shows "officer-1 proposed organisation_activate of tresor and signed" \
	assay --as decider-1 approve tresor
claim "it is active" is active member .state reader org show tresor
claim "its history says who" is decider-1 member '.history[-1].by' reader org show tresor
refused NOTHING_PROPOSED "nothing waits any more" a decider-2 approve tresor

# ---- principals
refused ROLE_MISMATCH "a supplier has no deciders" a officer-1 principal new \
	tresor-x --organisation tresor --role decider
claim "a supplier's principal is proposed by an officer" a officer-1 principal new \
	tresor-pki --organisation tresor --role supplier
refused NOT_APPROVED "and has no certificate yet" a officer-1 principal fetch tresor-pki
claim "a decider approves it" a decider-1 approve tresor-pki
claim "its certificate comes" a officer-1 principal fetch tresor-pki
claim "a reader takes one officer" a officer-1 principal new tresor-reader --organisation tresor --role reader
claim "it can say who it is" is tresor-pki member .principal tresor-pki whoami
claim "its key is nobody else's to read" is 600 stat -c %a "$VAR/credentials/tresor-pki.key"
refused ALREADY_EXISTS "a handle is given once here too" \
	bash -c "rm -rf '$work/other' && mkdir -p '$work/other/credentials' &&
	cp '$VAR'/assay.cnf '$work/other' && cp '$VAR'/credentials/{officer-1.*,root.crt} '$work/other/credentials' &&
	'$bin/assay' --var '$work/other' --as officer-1 principal new tresor-pki --organisation tresor --role supplier"
claim "one of the body's own is proposed" a officer-1 principal new decider-3 \
	--organisation body --role decider
refused NOT_APPROVED "and has no certificate yet" a officer-1 principal fetch decider-3
claim "a decider approves" a decider-1 approve decider-3
claim "then it comes" a officer-1 principal fetch decider-3
claim "and it is one" is decider member .role decider-3 whoami
claim "another one is proposed" a officer-1 principal new decider-4 \
	--organisation body --role decider
claim "and rejected" a decider-1 reject decider-4 --reason "not yet"
claim "it is removed" is removed member .state reader principal show decider-4
claim "its certificate is good for openssl" openssl verify -x509_strict \
	-CAfile "$VAR/credentials/root.crt" -untrusted "$VAR/credentials/tresor-pki.crt" \
	"$VAR/credentials/tresor-pki.crt"
claim "it is not locked without a reason" exits 2 a security-1 principal lock tresor-pki
claim "a security officer locks it" a security-1 principal lock tresor-pki --reason "a stolen laptop"
claim "why stands with it" is "a stolen laptop" member .reason reader principal show tresor-pki
refused PRINCIPAL_NOT_ACTIVE "it can do nothing at once" a tresor-pki whoami
claim "and proposes that it is unlocked" a security-1 principal unlock tresor-pki
refused PRINCIPAL_NOT_ACTIVE "which changes nothing by itself" a tresor-pki whoami
refused ROLE_REQUIRED "a security officer does not approve that" a security-2 approve tresor-pki
claim "the proposer thinks better of it" a security-1 withdraw tresor-pki --reason "not yet"
refused NOTHING_PROPOSED "then there is nothing to approve" a decider-1 approve tresor-pki
claim "an officer proposes it" a officer-1 principal unlock tresor-pki
refused NOT_ITS_PROPOSER "which is for nobody else to withdraw" a security-1 withdraw tresor-pki
claim "a decider approves" a decider-1 approve tresor-pki
claim "it is itself again" a tresor-pki whoami
claim "why it was locked does not" is null member .reason reader principal show tresor-pki
claim "but in its history" grep -q '  reason: a stolen laptop$' <<<"$(assay --as reader history tresor-pki)"
refused YOUR_OWN "nobody locks themselves" a security-1 principal lock security-1 --reason tested
claim "an organisation is not suspended without a reason" exits 2 a security-1 org suspend tresor
claim "one person suspends the organisation" a security-1 org suspend tresor --reason "keys for sale"
claim "for a reason" is "keys for sale" member .reason reader org show tresor
refused ORGANISATION_NOT_ACTIVE "its people can do nothing at once" a tresor-pki whoami
claim "reinstating is proposed" a officer-1 org reinstate tresor
claim "and approved" a decider-1 approve tresor
claim "they are back" a tresor-pki whoami
claim "and know from the history why they were not" grep -q '  reason: keys for sale$' <<<"$(assay --as tresor-pki history tresor)"

# ---- one key is one principal, or one person would be two
csr=$(openssl req -new -key "$VAR/credentials/officer-1.key" -subj /CN=decider-5 -outform DER | base64 -w0)
own="{\"handle\":\"decider-5\",\"organisation\":\"body\",\"role\":\"decider\",\"csr\":\"$csr\"}"
claim "an officer asks for a decider with the officer's own key" is proposed \
	jq -r .state <<<"$(act officer-1 /v1/principals "$own")"
claim "even where a decider approves that" a decider-1 approve decider-5
principal_error() { j officer-1 principal show decider-5 | jq -re .error; }
claim "the authority certifies nobody" until_true 10 principal_error
claim "and says why" grep -q "that of officer-1 already" <<<"$(principal_error)"

# ---- what others see, and the end of one
claim "auditors come too" story_organisation pruefhaus Pruefhaus auditor
claim "with one person" story_principal auditor-1 pruefhaus auditor
claim "a second supplier" story_organisation karren Karren supplier --makes terminal
claim "with a principal" story_principal karren-pki karren supplier
claim "a supplier sees itself and the body" is "body karren" \
	member '[.organisations[].handle] | sort | join(" ")' karren-pki org list
claim "and its own people" is karren-pki member '.principals[].handle' karren-pki principal list
refused NOT_FOUND "not even by name another's" a karren-pki org show tresor
claim "that another was suspended it may know" grep -q 'active -> suspended' <<<"$(assay --as karren-pki history tresor)"
claim "not why" not grep -q 'keys for sale' <<<"$(a karren-pki history tresor --json)"
refused ROLE_NOT_ALLOWED "nor what the body has proposed" a karren-pki approve tresor
refused SCOPE_NOT_ALLOWED "its site is for what it makes" a karren-pki site new ulm \
	--organisation karren --name Ulm --country DE --address "Weg 1" --scope tre_production
scope_nix() { a karren-pki site new ulm --organisation karren --name Ulm --country DE --address "Weg 1" --scope nix 2>&1; }
claim "which scopes there are is said" grep -q 'field scopes must be tre_production, .* or delegated_ca, not "nix"' <<<"$(scope_nix)"
claim "a principal is removed" a officer-1 principal remove auditor-1 --reason tested
refused CERTIFICATE_REVOKED "for good" a auditor-1 whoami
claim "its certificate is revoked" is "revoked cessationOfOperation" member \
	'.state + " " + .reason' security-1 cert show "$(member .serial reader principal show auditor-1)"
refused ILLEGAL_TRANSITION "there is no way back" a officer-1 principal unlock auditor-1
claim "an organisation is terminated" a officer-1 org terminate karren --reason tested
refused CERTIFICATE_REVOKED "its people are out" a karren-pki whoami
claim "each of them" is removed member .state reader principal show karren-pki
claim "because of that" is "karren was terminated" member .reason reader principal show karren-pki
finish

#ifndef UNIT_API_MATRIX_H
#define UNIT_API_MATRIX_H

/*
 * What each acting route needs to be done, for matrix_test.c: which subjects
 * of tests/lib/matrix.sql (NULL: those of the entity that policy/roles.txt
 * names), a body that is whole, and, where being done would take more than
 * this test has, the code by which it shows that the caller was let in.
 * Apostrophes stand for quotes.
 */
static const struct matrix_act {
	const char *method;
	const char *path;
	const char *kind;
	const char *body;
	const char *code;
} matrix_acts[] = {
#define R "{'reason':'as tested'}"
#define ACT(path, kind, body)                                                  \
	{                                                                      \
		"POST", path, kind, body, NULL                                 \
	}
#define LET_IN(method, path, body, code)                                       \
	{                                                                      \
		method, path, NULL, body, code                                 \
	}

	ACT("/v1/organisations", NULL,
	    "{'handle':'new-1','name':'New','country':'DE','kind':'operator'"
	    "}"),
	ACT("/v1/organisations/{organisation}/activate", NULL, "{}"),
	ACT("/v1/organisations/{organisation}/suspend", NULL, R),
	ACT("/v1/organisations/{organisation}/reinstate", NULL, "{}"),
	ACT("/v1/organisations/{organisation}/terminate", NULL, R),

	ACT("/v1/principals", NULL,
	    "{'handle':'new-1','organisation':'acme','role':'reader',"
	    "'csr':'{csr}'}"),
	ACT("/v1/principals/{principal}/lock", NULL, R),
	ACT("/v1/principals/{principal}/unlock", NULL, "{}"),
	ACT("/v1/principals/{principal}/remove", NULL, R),
	ACT("/v1/whoami/renew", NULL, "{'csr':'{csr}'}"),

	ACT("/v1/proposals/{proposal}/approve", "proposal", NULL),
	ACT("/v1/proposals/{proposal}/withdraw", "proposal_own", "{}"),

	ACT("/v1/subscriptions", NULL, "{'url':'https://example.org/hook'}"),
	ACT("/v1/subscriptions/{subscription}/pause", NULL, "{}"),
	ACT("/v1/subscriptions/{subscription}/resume", NULL, "{}"),
	ACT("/v1/subscriptions/{subscription}/rotate", NULL, "{}"),
	ACT("/v1/subscriptions/{subscription}/test", NULL, "{}"),
	ACT("/v1/subscriptions/{subscription}/remove", NULL, "{}"),

	ACT("/v1/sites", NULL,
	    "{'handle':'new-1','organisation':'acme','name':'New',"
	    "'country':'DE','address':'Street "
	    "2','scopes':['tre_production']}"),
	ACT("/v1/sites/{site}/suspend", NULL, R),
	ACT("/v1/sites/{site}/reinstate", NULL, R),
	ACT("/v1/sites/{site}/withdraw", NULL, R),

	ACT("/v1/audits", NULL,
	    "{'site':'{name}','type':'wet','scopes':['tre_production'],"
	    "'auditors':['auditor','auditor-2'],'planned':'2026-12-01'}"),
	ACT("/v1/audits/{audit}/start", NULL, "{}"),
	ACT("/v1/audits/{audit}/report", NULL,
	    "{'result':'compliant','ended':'2026-11-20T00:00:00Z',"
	    "'report':'{report}','summary':'fine'}"),
	ACT("/v1/audits/{audit}/confirm", NULL,
	    "{'result':'compliant','report':'{paper}',"
	    "'ended':'{day}T00:00:00Z'}"),
	ACT("/v1/audits/{audit}/decide", NULL, "{'result':'compliant'}"),
	ACT("/v1/audits/{audit}/cancel", NULL, "{}"),

	ACT("/v1/findings", "audit",
	    "{'audit':'{name}','scope':'tre_production','severity':'minor',"
	    "'text':'a gap'}"),
	ACT("/v1/findings/{finding}/amend", "finding_early",
	    "{'scope':'tre_production','severity':'minor','text':'a gap'}"),
	ACT("/v1/findings/{finding}/respond", NULL, "{'text':'we mend it'}"),
	ACT("/v1/findings/{finding}/plan", NULL,
	    "{'text':'by then','day':'{day}'}"),
	ACT("/v1/findings/{finding}/accept-plan", "finding_planned", "{}"),
	ACT("/v1/findings/{finding}/reject-plan", "finding_planned", R),
	ACT("/v1/findings/{finding}/close", NULL, "{'evidence':['{paper}']}"),

	LET_IN("PUT", "/v1/evidence/{sha256}", "x", "EVIDENCE_TYPE_UNKNOWN"),
	ACT("/v1/evidence/{sha256}/accept", NULL, "{}"),
	ACT("/v1/evidence/{sha256}/reject", NULL, R),
	ACT("/v1/evidence/{sha256}/supersede", NULL, "{'by':'{paper}'}"),
	ACT("/v1/evidence/{sha256}/repudiate", NULL, R),

	ACT("/v1/models", NULL,
	    "{'handle':'new-1','kind':'hardware_platform','organisation':"
	    "'acme','name':'New','version':'1'}"),
	ACT("/v1/models/{model}/register", NULL, "{}"),
	ACT("/v1/models/{model}/retire", NULL, "{}"),

	LET_IN("POST", "/v1/declarations", "{'declaration':'a.b.c'}",
	    "DECLARATION_MALFORMED"),
	ACT("/v1/declarations/{declaration}/accept", NULL, "{}"),
	ACT("/v1/declarations/{declaration}/withdraw", NULL, "{}"),
	ACT("/v1/declarations/{declaration}/challenge", NULL,
	    "{'rules':['HWP-1'],'ground':'a doubt'}"),
	ACT("/v1/declarations/{declaration}/answer", NULL,
	    "{'answer':'none is due'}"),
	ACT("/v1/declarations/{declaration}/uphold", NULL, R),
	ACT("/v1/declarations/{declaration}/refute", NULL, R),
	ACT("/v1/rulesets/{name}/{version}/adopt", NULL,
	    "{'transition':'{later}'}"),
	ACT("/v1/tre-kinds", NULL,
	    "{'name':'new_kind','what':'another','ruleset':'tre-robustness',"
	    "'default_mode':'tre_and_platform'}"),
	ACT("/v1/external-certificates", NULL,
	    "{'scheme':'gsma_sas','site':'fab','certificate':'2','level':'up',"
	    "'issuer':'GSMA','valid_from':'2026-01-01T00:00:00Z',"
	    "'expires':'{later}',"
	    "'evidence':'{paper}'}"),
	ACT("/v1/external-certificates/{external_certificate}/accept", NULL,
	    "{}"),
	ACT("/v1/external-certificates/{external_certificate}/reject", NULL, R),
	ACT("/v1/external-certificates/{external_certificate}/withdraw", NULL,
	    R),

	ACT("/v1/cocs", NULL,
	    "{'model':'soc','level':2,'quota':1,'valid_days':30}"),
	ACT("/v1/cocs/{coc}/suspend", NULL, R),
	ACT("/v1/cocs/{coc}/reinstate", NULL, R),
	ACT("/v1/cocs/{coc}/withdraw", NULL, R),

	LET_IN("POST", "/v1/lots", "x", "MEDIA_TYPE"),
	ACT("/v1/lots/{number}/pause", NULL, "{}"),
	ACT("/v1/lots/{number}/resume", NULL, "{}"),
	ACT("/v1/lots/{number}/close", "lot", "{}"),
	LET_IN("POST", "/v1/open-lots", "x", "MEDIA_TYPE"),
	LET_IN("POST", "/v1/delegated-cas",
	    "{'role':'tre','site':'fab','models':['tre'],'csr':'{csr}'}",
	    "ROOT_OFFLINE"),
	LET_IN("POST", "/v1/delegated-cas/{delegated_ca}/crl", "{'crl':'AAAA'}",
	    "CRL_MALFORMED"),
	ACT("/v1/delegated-cas/{delegated_ca}/propose", NULL, NULL),
	ACT("/v1/delegated-cas/{delegated_ca}/withdraw", NULL, R),
	LET_IN("POST", "/.well-known/cmp/p/{lot}", "x", "MEDIA_TYPE"),
	LET_IN(
	    "POST", "/.well-known/cmp/p/{lot}/{operation}", "x", "MEDIA_TYPE"),
	LET_IN("POST", "/.well-known/est/simpleenroll", "x", "MEDIA_TYPE"),
	LET_IN(
	    "POST", "/.well-known/est/simplereenroll", "x", "UNAUTHENTICATED"),
	LET_IN("POST", "/.well-known/est/{lot}/serverkeygen", "x",
	    "KEY_NOT_OURS_TO_MAKE"),
	LET_IN(
	    "POST", "/.well-known/est/{lot}/simpleenroll", "x", "MEDIA_TYPE"),
	LET_IN("POST", "/.well-known/est/{lot}/simplereenroll", "x",
	    "UNAUTHENTICATED"),
	ACT("/v1/devices/{kind}/{id}/quarantine", NULL, R),
	ACT("/v1/devices/{kind}/{id}/release", NULL, R),
	ACT("/v1/devices/{kind}/{id}/retire", NULL, R),
	ACT("/v1/ca/request-files", NULL, "{}"),
	ACT("/v1/ca/requests/{request}/withdraw", NULL, R),
	ACT("/v1/ca/imports", NULL, "{'certificates':[]}"),
	ACT("/v1/rebindings", NULL,
	    "{'terminal':'TERM-GOOD','tre':'TRE-GOOD','evidence':'{paper}',"
	    "'reason':'repaired'}"),
	ACT("/v1/rebindings/{rebinding}/propose", NULL, NULL),
	LET_IN("POST", "/v1/references",
	    "{'model':'soc','kind':'dice','firmware':'1.0',"
	    "'measured':['sha-256;AAAA']}",
	    "MODEL_ABSENT"),
	ACT("/v1/references/{reference}/propose", NULL, NULL),
	ACT("/v1/references/{reference}/revoke", NULL, R),
	LET_IN("POST", "/v1/attestation-keys",
	    "{'model':'tre','ek_chain':['AAAA'],'public':'AAAA'}",
	    "ATTESTATION_KEY_MALFORMED"),
	ACT("/v1/attestation-keys/{attestation_key}/activate", NULL,
	    "{'secret':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='}"),
	ACT("/v1/attestation-keys/{attestation_key}/revoke", NULL, R),
	LET_IN("POST", "/v1/ek-crls", "{'root':'REF-none','crl':'AAAA'}",
	    "NOT_FOUND"),
	ACT("/v1/certificates/{certificate}/revoke", NULL,
	    "{'reason':'superseded'}"),
	ACT("/v1/certificates/{certificate}/hold", NULL,
	    "{'legal_basis':'section 1'}"),
	ACT("/v1/certificates/{certificate}/release", NULL, R),

	ACT("/v1/measures", NULL,
	    "{'kind':'download_freeze','scope_kind':'organisation','scope':"
	    "'acme','legal_basis':'section 1'}"),
	ACT("/v1/cas/{ca}/retire", NULL, R),
	ACT("/v1/cas/{ca}/destroy-key", NULL, R),
	ACT("/v1/cas/{ca}/succeed", "ca_root", R),
	ACT("/v1/measures/{measure}/confirm", NULL, R),
	ACT("/v1/measures/{measure}/lift", NULL, R),
	ACT("/v1/measures/{measure}/adopt", "measure_arisen",
	    "{'kind':'download_freeze','scope_kind':'site','scope':'site-full',"
	    "'legal_basis':'section 1'}"),
	ACT("/v1/measures/{measure}/dismiss", "measure_arisen", R),
	ACT("/v1/measures/{measure}/appeal", NULL, "{'ground':'not so'}"),
	ACT("/v1/measures/{measure}/correct", "measure_corrective",
	    "{'what':'mended','evidence':['{paper}']}"),
	ACT("/v1/restores/{restore}/resolve", NULL,
	    "{'event':9,'claims':0,'reason':'as tested'}"),
	ACT("/v1/appeals/{appeal}/decide", NULL, NULL),
	ACT("/v1/appeals/{appeal}/withdraw", NULL, "{}"),
	ACT("/v1/corrections/{correction}/confirm", NULL, NULL),
	ACT("/v1/corrections/{correction}/reject", NULL, R),

	ACT("/v1/incidents", NULL,
	    "{'kind':'vulnerability','detail':'a gap','model':'soc'}"),
	ACT("/v1/incidents/{incident}/triage", NULL,
	    "{'severity':'minor','reason':'as tested'}"),
	ACT("/v1/incidents/{incident}/finding", NULL, "{'finding':'a gap'}"),
	ACT("/v1/incidents/{incident}/confirm", NULL, R),
	ACT("/v1/incidents/{incident}/dismiss", NULL, R),
	ACT("/v1/incidents/{incident}/close", NULL, R),
	ACT("/v1/incidents/{incident}/measure", NULL,
	    "{'kind':'download_freeze','scope_kind':'organisation'}"),
	LET_IN("POST", "/v1/tamper-reports", "x", "TAMPER_REPORT_MALFORMED"),

	ACT("/v1/challenges", NULL, "{}"),
	LET_IN("POST", "/v1/decisions", "{}", "REQUEST_MALFORMED"),
	LET_IN("POST", "/v1/decisions/{decision}/confirm",
	    "{'reference':'C-1'}", "NOT_FOUND"),
	ACT("/v1/custody/{custody}/release", NULL, R),
	ACT("/v1/custody/{custody}/lock", NULL,
	    "{'locked_until':'{day}T00:00:00Z'}"),
	ACT("/v1/organisations/{organisation}/release-custody", NULL, R),
	LET_IN("POST", "/v1/disputes",
	    "{'decision':'00000000-0000-4000-8000-000000000000',"
	    "'ground':'it is ours'}",
	    "NOT_FOUND"),
	ACT("/v1/disputes/{dispute}/answer", NULL, "{'answer':'it is ours'}"),
	ACT("/v1/disputes/{dispute}/withdraw", "dispute_own", "{}"),
	ACT("/v1/disputes/{dispute}/decide", NULL,
	    "{'verdict':'dismissed','reason':'as tested'}"),
	LET_IN("POST", "/v1/decisions/batch", "x", "MEDIA_TYPE"),
	ACT("/v1/operator-policies", NULL,
	    "{'purpose':'precheck','policy':{'min_level':2}}"),
	ACT("/v1/operator-policies/{policy}/activate", NULL, NULL),
	ACT("/v1/operator-policies/{policy}/retire", NULL, R),
	LET_IN("POST", "/v1/receipts/verify", "{}", "FIELD_MISSING"),
};

#endif

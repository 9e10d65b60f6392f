#ifndef API_CLI_HOME_H
#define API_CLI_HOME_H

#include "api/cli/cli.h"
#include "api/cli/layout.h"
#include "api/cli/process.h"
#include "registry/instance.h"

/*
 * An instance's folder (VAR) in the hands of the one program that keeps it:
 * `assay init` or `assay run`.
 */
struct home {
	struct instance in;
	struct layout at;
	char conf[INSTANCE_PATH_MAX]; /* VAR/assay.cnf */
	char log[INSTANCE_PATH_MAX];  /* VAR/log */
	char user[64];		      /* of the operating system */
	int lock;		      /* held by every child, too */
};

/* The options of both commands: what assay.cnf is made or changed with. */
#define HOME_OPTIONS                                                           \
	{ "listen", "ADDRESS", "listen there (at first 127.0.0.1)", false,     \
		false },                                                       \
	    { "port", "N", "HTTPS: the API (at first 8443)", false, false },   \
	    { "public-port", "N", "HTTP: OCSP, CRLs, CA certificates (8080)",  \
		    false, false },                                            \
	    { "public-url", "URL",                                             \
		    "stands in certificates (at first "                        \
		    "http://ADDRESS:PUBLIC-PORT)",                             \
		    false, false },                                            \
	    { "oid-arc", "OID", "our own numbers (at first 2.999.33812)",      \
		    false, false },                                            \
	    { "body-name", "TEXT",                                             \
		    "the overseeing body, in the root's name (at first Assay " \
		    "Body)",                                                   \
		    false, false },                                            \
	    { "body-country", "CC", "its country, two capitals (at first XX)", \
		    false, false },                                            \
	    { "root", "WHERE",                                                 \
		    "offline: the root signs at ceremonies; online: its key "  \
		    "is here "                                                 \
		    "(at first offline by init, online by run)",               \
		    false, false },                                            \
	    { "root-algorithm", "NAME",                                        \
		    "of the root's key (at first P-384), such as ML-DSA-65",   \
		    false, false },                                            \
	    { "access-algorithm", "NAME", "of the access CA's key (P-256)",    \
		    false, false },                                            \
	    { "issuer-algorithm", "NAME",                                      \
		    "of the suppliers' CAs' keys (P-256)", false, false },     \
	    { "passphrase-file", "FILE",                                       \
		    "encrypt the authority's keys with it", false, false },    \
	{                                                                      \
		"pkcs11-token", "URI",                                         \
		    "keep the authority's keys there (RFC 7512)", false, false \
	}

/*
 * Make what is missing of folders and assay.cnf, change the settings that
 * options name, lock the folder.  ERR_CONFLICT: another one keeps it.
 */
int home_open(struct cli *, struct home *);
void home_close(struct home *);

/* Who we are: PostgreSQL wants a name, and not root. */
int home_name_user(struct home *);

/* Is there nothing left for `assay init` to do? */
bool home_is_ready(const struct home *);

#endif

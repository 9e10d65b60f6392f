#ifndef REGISTRY_INSTANCE_H
#define REGISTRY_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The settings of one running assay, from its assay.cnf (conf/README.md), and
 * where its files are.  Every program starts with instance_open().
 */

#define INSTANCE_PATH_MAX 512

struct instance {
	char var[INSTANCE_PATH_MAX];   /* absolute; holds everything else */
	char run[108];		       /* unix sockets, PostgreSQL's too */
	char share[INSTANCE_PATH_MAX]; /* schema, rulesets, conf templates */
	char listen[64];	       /* address of both listeners */
	int port;		       /* HTTPS */
	int public_port;	       /* plain HTTP: OCSP, CRLs, CA certs */
	char url[256];		       /* https://...: of the API */
	char public_url[256];	       /* http://...: stands in certificates */
	char oid_arc[64];
	char body_name[65];   /* of the overseeing body, O of the root */
	char body_country[3]; /* and its C */
	int api_instances, status_instances;
	int long_instances;  /* of the api, for what takes long */
	int crowd_instances; /* and for what one credential asks at once */
	int enrol_instances; /* and for devices that enrol */
	char root[16];	     /* "offline": its key is at ceremonies only */
	int root_crl_days;   /* how long the CRL of such a root is valid */
	/* of CA keys that are made; "": the first that the profile lists */
	char root_algorithm[16], access_algorithm[16], issuer_algorithm[16];
	int authority_threads; /* 0: as many as there are cores */
	char passphrase_file[INSTANCE_PATH_MAX]; /* "": keys are in clear */
	char pkcs11_token[INSTANCE_PATH_MAX];	 /* "": keys are in files */
	bool webhook_private; /* to private addresses, and by http, too */
	char webhook_ca[INSTANCE_PATH_MAX]; /* "": the system's CAs */
	char tsa_url[256];		    /* of an RFC 3161 TSA; "": none */
	char tsa_ca[INSTANCE_PATH_MAX];	    /* whom its certificate is under */
	bool separate; /* each program is a user of its own */
};

/*
 * Read assay.cnf.  ERR_ABSENT when there is none; ERR_INPUT names the setting
 * and what it must be.  Unknown names are refused.
 */
int instance_open(const char *path, struct instance *);

/* VAR/rest into out (INSTANCE_PATH_MAX octets); returns out. */
const char *instance_path(const struct instance *, char *out, const char *rest,
    ...) __attribute__((format(printf, 3, 4)));
/*
 * A file without a name for what is too much for memory, gone when it is
 * closed; -1.  In VAR, which has room for what is in it: /tmp need not.
 */
int instance_temporary(const struct instance *);
/* SHARE/rest likewise: "db/schema", "policy/rulesets", "conf". */
const char *instance_share(const struct instance *, char *out, const char *rest,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * Where the program of that name, such as "api-3", has what others reach it by:
 * "sock" or "bell".  Where each is a user of its own, in a folder of its own,
 * which belongs to the group of who may.
 */
#define INSTANCE_LINE_MAX 108
const char *instance_line(const struct instance *, const char *name,
    const char *what, char out[INSTANCE_LINE_MAX]);
/*
 * Where each is a user of its own, ERR_DENIED for one that could get at the
 * keys of the authority, people's credentials, or the record's files.
 */
int instance_apart(const struct instance *);

/* How a database role is reached: a libpq connection string, into out. */
#define INSTANCE_CONNINFO_MAX 256
const char *instance_conninfo(
    const struct instance *, const char *role, char *out);

#endif

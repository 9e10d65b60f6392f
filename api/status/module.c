/*
 * assay_status.so: what the adapter calls.  An OCSP worker has a mapped index,
 * a delegated key and the key of the serial numbers; it has no database.
 */

#include <stdlib.h>
#include <string.h>

#include "api/http/module.h"
#include "api/status/ocsp.h"
#include "base/clock.h"
#include "base/err.h"
#include "issue/serial.h"
#include "registry/instance.h"
#include "revoke/ocsp_kept.h"
#include "revoke/ocsp_signer.h"
#include "revoke/status.h"
#include "x509/conf.h"
#include "x509/oid.h"

#define KEPT_RESPONSES 4096

static struct instance instance;
static struct ocsp_responder responder;
static struct ocsp_signer *signer;
static uint64_t placed; /* which files the signer was loaded from */
static struct clock_watch watch;

/* [status] of assay.cnf: both may be left out. */
static int
read_seconds(const struct conf *c, const char *name, int64_t *seconds)
{
	const char *value = conf_get(c, "status", name);
	char *end;
	long n;

	if (value == NULL)
		return 0;
	n = strtol(value, &end, 10);
	if (*value == '\0' || *end != '\0' || n < 60 || n > 7 * 86400)
		return err_set(ERR_INPUT,
		    "[status] %s must be a number of seconds from 60 to "
		    "604800",
		    name);
	*seconds = n;
	return 0;
}

static int
read_settings(const char *path)
{
	struct conf *c;
	int rc;

	responder.validity = OCSP_VALIDITY;
	responder.most_behind = OCSP_VALIDITY;
	if ((c = conf_open(path)) == NULL)
		return -1;
	rc = read_seconds(c, "ocsp_validity", &responder.validity);
	if (rc == 0)
		rc =
		    read_seconds(c, "ocsp_most_behind", &responder.most_behind);
	conf_free(c);
	return rc;
}

/* The follower may start after us, and places new files at any time. */
static void
tick(void)
{
	char path[INSTANCE_PATH_MAX];

	responder.leapt = clock_doubt(&watch, clock_now(), clock_up_ms());
	if (responder.index == NULL) {
		responder.index = status_open_reader(
		    instance_path(&instance, path, "status"));
		if (responder.index == NULL)
			return;
		placed = 0;
	}
	if (status_placed(responder.index) == placed)
		return;
	placed = status_placed(responder.index);
	ocsp_signer_load(signer, instance.var, responder.index);
	ocsp_kept_clear(responder.kept);
}

static int
start(const char *conf)
{
	char path[INSTANCE_PATH_MAX];

	if (instance_open(conf, &instance) == -1 ||
	    instance_apart(&instance) == -1 || read_settings(conf) == -1 ||
	    oid_set_arc(instance.oid_arc) == -1)
		return -1;
	signer =
	    ocsp_signer_open(instance_path(&instance, path, "status/ocsp.key"));
	if (signer == NULL)
		return -1;
	responder.signer = signer;
	responder.serials = serial_key_load(
	    instance_path(&instance, path, "status/serial.key"));
	if (responder.serials == NULL)
		return -1;
	responder.kept = ocsp_kept_new(KEPT_RESPONSES);
	ocsp_use(&responder);
	tick();
	return 0;
}

static const struct route *const tables[] = { ocsp_routes, NULL };
static const struct route_guard nobody_asked = { .keeps_nothing = true };

static void
serve(struct request *req, struct reply *reply)
{
	/* An issuer that is new may be asked about at once; but those that are
	 * put aside have what the signer has. */
	if (!ocsp_gathers() && req->resumed.n == 0)
		tick();
	route_serve(tables, &nobody_asked, req, reply);
}

static void
stop(void)
{
	ocsp_end();
	status_free(responder.index);
	ocsp_kept_free(responder.kept);
	serial_key_free(responder.serials);
	ocsp_signer_free(signer);
	memset(&responder, 0, sizeof(responder));
}

/* Thousands a second, all alike: only what went wrong is written down. */
static bool
quiet(const struct request *req, const struct reply *reply)
{
	(void)req;
	return reply->status < 400;
}

const struct module module = {
	.name = "assay-status",
	.start = start,
	.serve = serve,
	.tick = tick,
	.gathers = ocsp_gathers,
	.flush = ocsp_flush,
	.stop = stop,
	.quiet = quiet,
};

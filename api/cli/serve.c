/*
 * Which programs make up the system, with which settings.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/serve.h"
#include "api/cli/template.h"
#include "base/err.h"
#include "base/io.h"

/* The administrator's own template in VAR/conf, else ours. */
static const char *
template_of(const struct home *h, char *out, const char *name)
{
	if (access(instance_path(&h->in, out, "conf/%s", name), R_OK) == -1)
		(void)snprintf(out, INSTANCE_PATH_MAX, "%.400s/conf/%s",
		    h->at.share, name);
	return out;
}

static void
common(const struct home *h, struct process *p)
{
	p->stop_signal = SIGTERM;
	p->orphan_signal = SIGTERM;
	p->patience_ms = 15000;
	(void)snprintf(
	    p->bell, sizeof(p->bell), "%.80s/%.20s.bell", h->in.run, p->name);
	process_env(p, "ASSAY_CONF=%s", h->conf);
	process_env(p, "ASSAY_SHARE=%s", h->at.share);
}

/* One of our own daemons. */
static int
daemon_process(const struct home *h, const char *name, struct process *p)
{
	memset(p, 0, sizeof(*p));
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(
	    p->program, sizeof(p->program), "%.400s/assay-%s", h->at.bin, name);
	if (access(p->program, X_OK) == -1)
		return err_set(
		    ERR_ABSENT, "the program %s is missing", p->program);
	process_arg(p, "assay-%s", name);
	process_arg(p, "-c");
	process_arg(p, "%s", h->conf);
	common(h, p);
	return 0;
}

/* Kore number i with the module of this kind, "api" or "status". */
static int
kore_process(const struct home *h, const char *kind, int i, struct process *p)
{
	char number[16], from[INSTANCE_PATH_MAX], to[INSTANCE_PATH_MAX],
	    name[32];
	const struct template_value values[] = { { "N", number },
		{ "RUN", h->in.run }, { "VAR", h->in.var },
		{ "LIB", h->at.lib }, { NULL, NULL } };

	memset(p, 0, sizeof(*p));
	(void)snprintf(number, sizeof(number), "%d", i);
	(void)snprintf(name, sizeof(name), "kore-%s.conf.in", kind);
	(void)snprintf(p->name, sizeof(p->name), "%s-%d", kind, i);
	(void)snprintf(p->socket, sizeof(p->socket), "%.80s/%.20s.sock",
	    h->in.run, p->name);
	instance_path(&h->in, to, "%s/kore-%d.conf", kind, i);
	if (layout_program("kore", p->program) == -1 ||
	    template_write(template_of(h, from, name), values, to) == -1)
		return -1;
	process_arg(p, "kore");
	process_arg(p, "-f"); /* in the foreground */
	process_arg(p, "-n"); /* no chroot */
	process_arg(p, "-r"); /* as the user that we are */
	process_arg(p, "-c");
	process_arg(p, "%s", to);
	common(h, p);
	process_env(p, "ASSAY_NUMBER=%d", i);
	/* A sanitizer's library has to come before all others. */
	if (getenv("ASSAY_KORE_PRELOAD") != NULL)
		process_env(p, "LD_PRELOAD=%s", getenv("ASSAY_KORE_PRELOAD"));
	p->orphan_signal = SIGKILL; /* its worker dies with it */
	return 0;
}

static void
put_servers(const struct home *h, const char *kind, int from, int n,
    const char *how, struct buf *out)
{
	int i;

	for (i = from; i < from + n; i++)
		buf_printf(out,
		    "\t\tserver unix:%s/%s-%d.sock max_fails=0%s;\n", h->in.run,
		    kind, i, how);
	out->n--; /* the template's line has its end */
}

/* All of the api, one kind behind the other. */
static int
count_api(const struct instance *in)
{
	return in->api_instances + in->long_instances + in->crowd_instances +
	    in->enrol_instances;
}

/* One that is being started again is stood in for by those of all others. */
static void
put_enrol_servers(const struct home *h, struct buf *out)
{
	put_servers(h, "api", count_api(&h->in) - h->in.enrol_instances,
	    h->in.enrol_instances, "", out);
	buf_putc(out, '\n');
	put_servers(h, "api", 0, h->in.api_instances, " backup", out);
}

static int
write_nginx_conf(const struct home *h, const char *to)
{
	struct buf api = BUF_EMPTY, slow = BUF_EMPTY, crowd = BUF_EMPTY,
		   enrol = BUF_EMPTY, status = BUF_EMPTY;
	char share[16], port[16], public_port[16], listen_at[80],
	    from[INSTANCE_PATH_MAX];
	bool six = strchr(h->in.listen, ':') != NULL;
	int rc;

	put_servers(h, "api", 0, h->in.api_instances, "", &api);
	put_servers(
	    h, "api", h->in.api_instances, h->in.long_instances, "", &slow);
	put_servers(h, "api", h->in.api_instances + h->in.long_instances,
	    h->in.crowd_instances, "", &crowd);
	put_enrol_servers(h, &enrol);
	put_servers(h, "status", 0, h->in.status_instances, "", &status);
	(void)snprintf(
	    share, sizeof(share), "%d", (h->in.api_instances + 1) / 2);
	(void)snprintf(port, sizeof(port), "%d", h->in.port);
	(void)snprintf(
	    public_port, sizeof(public_port), "%d", h->in.public_port);
	(void)snprintf(listen_at, sizeof(listen_at), "%s%s%s", six ? "[" : "",
	    h->in.listen, six ? "]" : "");
	const struct template_value values[] = { { "VAR", h->in.var },
		{ "PORT", port }, { "PUBLIC_PORT", public_port },
		{ "LISTEN_AT", listen_at }, { "API_SERVERS", buf_str(&api) },
		{ "LONG_SERVERS", buf_str(&slow) },
		{ "CROWD_SERVERS", buf_str(&crowd) }, { "SHARE", share },
		{ "ENROL_SERVERS", buf_str(&enrol) },
		{ "STATUS_SERVERS", buf_str(&status) }, { NULL, NULL } };

	rc = template_write(template_of(h, from, "nginx.conf.in"), values, to);
	buf_free(&api);
	buf_free(&slow);
	buf_free(&crowd);
	buf_free(&enrol);
	buf_free(&status);
	return rc;
}

static int
nginx_process(const struct home *h, struct process *p)
{
	char conf[INSTANCE_PATH_MAX];

	memset(p, 0, sizeof(*p));
	(void)snprintf(p->name, sizeof(p->name), "nginx");
	if (layout_program("nginx", p->program) == -1 ||
	    write_nginx_conf(
		h, instance_path(&h->in, conf, "nginx/nginx.conf")) == -1)
		return -1;
	process_arg(p, "nginx");
	process_arg(p, "-e");
	process_arg(p, "stderr");
	process_arg(p, "-p");
	process_arg(p, "%s/nginx", h->in.var);
	process_arg(p, "-c");
	process_arg(p, "%s", conf);
	common(h, p);
	p->stop_signal = SIGQUIT; /* what is under way is finished first */
	return 0;
}

/*
 * Whoever asks all channels all the time, where there is a credential for it.
 * 0: there is none.
 */
static size_t
check_process(const struct home *h, struct process *p)
{
	char key[INSTANCE_PATH_MAX];

	if (access(instance_path(&h->in, key, "credentials/reader.key"),
		R_OK) == -1)
		return 0;
	memset(p, 0, sizeof(*p));
	(void)snprintf(p->name, sizeof(p->name), "check");
	(void)snprintf(
	    p->program, sizeof(p->program), "%.400s/assay", h->at.bin);
	process_arg(p, "assay");
	process_arg(p, "--var");
	process_arg(p, "%s", h->in.var);
	process_arg(p, "status");
	process_arg(p, "check");
	process_arg(p, "--every");
	process_arg(p, "60");
	process_arg(p, "--as");
	process_arg(p, "reader");
	common(h, p);
	return 1;
}

size_t
serve_processes(const struct home *h, struct process *all)
{
	size_t n = 0;
	int i;

	if (daemon_process(h, "authority", &all[n++]) == -1 ||
	    daemon_process(h, "follower", &all[n++]) == -1)
		return 0;
	all[0].descriptors = true;
	for (i = 0; i < count_api(&h->in); i++)
		if (kore_process(h, "api", i, &all[n++]) == -1)
			return 0;
	for (i = 0; i < h->in.status_instances; i++)
		if (kore_process(h, "status", i, &all[n++]) == -1)
			return 0;
	if (daemon_process(h, "notifier", &all[n++]) == -1)
		return 0;
	if (nginx_process(h, &all[n++]) == -1)
		return 0;
	return n + check_process(h, &all[n]);
}

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

/*
 * Each worker asks of all that it might have open whether they are, before it
 * takes what kore-*.conf.in gives it: of a million, that is a tenth of a
 * second.
 */
#define KORE_FILES 1024

/* The administrator's own template in VAR/conf, else ours. */
static const char *
template_of(const struct home *h, char *out, const char *name)
{
	if (access(instance_path(&h->in, out, "conf/%s", name), R_OK) == -1)
		(void)snprintf(out, INSTANCE_PATH_MAX, "%.400s/conf/%s",
		    h->at.share, name);
	return out;
}

/* Where what one of a kind is started with is written. */
static const char *
own_folder(const struct home *h, const char *kind, char *out)
{
	if (!h->in.separate)
		return instance_path(&h->in, out, "%s", kind);
	(void)snprintf(out, INSTANCE_PATH_MAX, "%s/%s", h->in.run, kind);
	return out;
}

static void
common(const struct home *h, struct process *p)
{
	p->stop_signal = SIGTERM;
	p->orphan_signal = SIGTERM;
	p->patience_ms = 15000;
	(void)instance_line(&h->in, p->name, "bell", p->bell);
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
	    own[INSTANCE_PATH_MAX], name[32];
	const struct template_value values[] = { { "N", number },
		{ "RUN", h->in.run }, { "VAR", h->in.var },
		{ "LIB", h->at.lib }, { "OWN", own_folder(h, kind, own) },
		{ "SOCKET", p->socket }, { NULL, NULL } };

	memset(p, 0, sizeof(*p));
	(void)snprintf(number, sizeof(number), "%d", i);
	(void)snprintf(name, sizeof(name), "kore-%s.conf.in", kind);
	(void)snprintf(p->name, sizeof(p->name), "%s-%d", kind, i);
	(void)instance_line(&h->in, p->name, "sock", p->socket);
	(void)snprintf(to, sizeof(to), "%.480s/kore-%d.conf", own, i);
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
	p->files = KORE_FILES;
	return 0;
}

static void
put_servers(const struct home *h, const char *kind, int from, int n,
    const char *how, struct buf *out)
{
	char name[32], path[INSTANCE_LINE_MAX];
	int i;

	for (i = from; i < from + n; i++) {
		(void)snprintf(name, sizeof(name), "%s-%d", kind, i);
		buf_printf(out, "\t\tserver unix:%s max_fails=0%s;\n",
		    instance_line(&h->in, name, "sock", path), how);
	}
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
		{ "LOG", h->log }, { "PORT", port },
		{ "PUBLIC_PORT", public_port }, { "LISTEN_AT", listen_at },
		{ "API_SERVERS", buf_str(&api) },
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

	if (access(instance_path(&h->in, key, "%scredentials/reader.key",
		       h->in.separate ? "check/" : ""),
		R_OK) == -1)
		return 0;
	memset(p, 0, sizeof(*p));
	(void)snprintf(p->name, sizeof(p->name), "check");
	(void)snprintf(
	    p->program, sizeof(p->program), "%.400s/assay", h->at.bin);
	process_arg(p, "assay");
	process_arg(p, "--var");
	process_arg(p, "%s%s", h->in.var, h->in.separate ? "/check" : "");
	process_arg(p, "status");
	process_arg(p, "check");
	process_arg(p, "--every");
	process_arg(p, "60");
	process_arg(p, "--as");
	process_arg(p, "reader");
	common(h, p);
	return 1;
}

/* Is it KIND-N, with N below n?  -1: no. */
static int
number_of(const char *name, const char *kind, int n)
{
	size_t len = strlen(kind);
	char want[32];
	int i;

	if (strncmp(name, kind, len) != 0 || name[len] != '-')
		return -1;
	i = atoi(name + len + 1);
	(void)snprintf(want, sizeof(want), "%s-%d", kind, i);
	return i < n && strcmp(name, want) == 0 ? i : -1;
}

int
serve_process(const struct home *h, const char *name, struct process *p)
{
	int i;

	if (strcmp(name, "authority") == 0 || strcmp(name, "follower") == 0 ||
	    strcmp(name, "notifier") == 0)
		return daemon_process(h, name, p);
	if ((i = number_of(name, "api", count_api(&h->in))) != -1)
		return kore_process(h, "api", i, p);
	if ((i = number_of(name, "status", h->in.status_instances)) != -1)
		return kore_process(h, "status", i, p);
	if (strcmp(name, "nginx") == 0)
		return nginx_process(h, p);
	if (strcmp(name, "check") == 0 && check_process(h, p) == 1)
		return 0;
	return err_set(ERR_ABSENT, "there is no \"%s\" to be served", name);
}

void
serve_names(const struct instance *in, struct buf *out)
{
	int i;

	buf_puts(out, "postgres\nauthority\nfollower\n");
	for (i = 0; i < count_api(in); i++)
		buf_printf(out, "api-%d\n", i);
	for (i = 0; i < in->status_instances; i++)
		buf_printf(out, "status-%d\n", i);
	buf_puts(out, "notifier\nnginx\ncheck\n");
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

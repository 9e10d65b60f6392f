/*
 * A new instance's keys, certificates and first credentials.
 */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/init.h"
#include "api/cli/init_credentials.h"
#include "base/err.h"
#include "base/io.h"
#include "key/key.h"
#include "x509/csr.h"

#define AUTHORITY_MS 120000
#define PEM_MOST     65536

/* Who needs a key from the start; its line in the manifest. */
static const struct first {
	const char *name;
	const char *kind; /* client server ocsp receipt cmp */
	const char *words;
	const char *key_goes, *crt_goes; /* below VAR; NULL: no certificate */
} firsts[] = {
	{ "officer-1", "client", " officer", "credentials/officer-1.key",
	    "credentials/officer-1.crt" },
	{ "officer-2", "client", " officer", "credentials/officer-2.key",
	    "credentials/officer-2.crt" },
	{ "decider-1", "client", " decider", "credentials/decider-1.key",
	    "credentials/decider-1.crt" },
	{ "decider-2", "client", " decider", "credentials/decider-2.key",
	    "credentials/decider-2.crt" },
	{ "security-1", "client", " security", "credentials/security-1.key",
	    "credentials/security-1.crt" },
	{ "security-2", "client", " security", "credentials/security-2.key",
	    "credentials/security-2.crt" },
	{ "reader", "client", " reader", "credentials/reader.key",
	    "credentials/reader.crt" },
	{ "tls", "server", NULL, "nginx/tls.key", "nginx/tls.crt" },
	{ "ocsp", "ocsp", "", "status/ocsp.key", NULL },
	{ "receipt", "receipt", "", "api/receipt.key", NULL },
	{ "cmp", "cmp", "", "api/cmp.key", NULL },
};

#define NFIRSTS (sizeof(firsts) / sizeof(firsts[0]))

/* The key, made before or now, and the request for it. */
static int
make_request(const struct home *h, const struct first *f)
{
	char key_path[INSTANCE_PATH_MAX], csr_path[INSTANCE_PATH_MAX];
	struct buf der = BUF_EMPTY, pem = BUF_EMPTY;
	struct key *key = NULL;
	int rc = -1;

	instance_path(&h->in, key_path, "init/%s.key", f->name);
	instance_path(&h->in, csr_path, "init/%s.csr", f->name);
	if (access(csr_path, F_OK) == 0)
		return 0;
	if (access(key_path, F_OK) == 0)
		key = key_load(key_path, NULL);
	else if ((key = key_generate(KEY_P256)) != NULL &&
	    key_create_file(key, key_path, NULL) == -1)
		goto out;
	if (key == NULL || csr_build(key, f->name, &der) == -1)
		goto out;
	csr_write_pem(buf_span(&der), &pem);
	rc = io_write_file(csr_path, 0600, buf_span(&pem));
out:
	key_free(key);
	buf_free(&der);
	buf_free(&pem);
	return rc;
}

static int
write_manifest(const struct home *h)
{
	char path[INSTANCE_PATH_MAX], words[256];
	struct buf text = BUF_EMPTY;
	size_t i;
	int rc;

	(void)snprintf(words, sizeof(words), " localhost 127.0.0.1 ::1");
	if (strcmp(h->in.listen, "127.0.0.1") != 0 &&
	    strcmp(h->in.listen, "::1") != 0) {
		char host[64] = "";

		(void)gethostname(host, sizeof(host) - 1);
		(void)snprintf(words + strlen(words),
		    sizeof(words) - strlen(words), " %s%s%s", host,
		    host[0] != '\0' ? " " : "",
		    strcmp(h->in.listen, "0.0.0.0") == 0 ||
			    strcmp(h->in.listen, "::") == 0
			? ""
			: h->in.listen);
	}
	buf_puts(&text, "# written by assay init for assay-authority init\n");
	for (i = 0; i < NFIRSTS; i++)
		buf_printf(&text, "%s %s%s\n", firsts[i].kind, firsts[i].name,
		    firsts[i].words != NULL ? firsts[i].words : words);
	rc = io_write_file(instance_path(&h->in, path, "init/manifest"), 0600,
	    buf_span(&text));
	buf_free(&text);
	return rc;
}

/* 0, -1, or INIT_WAITS. */
static int
run_authority(const struct cli *cli, const struct home *h, const char *ceremony)
{
	struct process p = { .name = "authority-init", .descriptors = true };
	int rc;

	p.orphan_signal = SIGKILL;
	(void)snprintf(
	    p.program, sizeof(p.program), "%.400s/assay-authority", h->at.bin);
	process_arg(&p, "assay-authority");
	process_arg(&p, "-c");
	process_arg(&p, "%s", h->conf);
	process_arg(&p, "init");
	if (ceremony != NULL) {
		process_arg(&p, "%s", ceremony);
		process_arg(&p, "%s", cli_option(cli, "root-sha256"));
	}
	process_env(&p, "ASSAY_SHARE=%s", h->at.share);
	rc = process_run(&p, h->log, AUTHORITY_MS);
	if (rc > 0 && rc != INIT_WAITS)
		rc = process_failed(&p, h->log, "failed");
	process_free(&p);
	return rc;
}

/* Unless an earlier try has done so; there for good before the next one is, for
 * the last one says that all of them are. */
static int
put_in_place(
    const struct home *h, const char *name, const char *suffix, const char *to)
{
	char from_path[INSTANCE_PATH_MAX], to_path[INSTANCE_PATH_MAX];

	instance_path(&h->in, from_path, "init/%s%s", name, suffix);
	instance_path(&h->in, to_path, "%s", to);
	if (access(from_path, F_OK) == -1 && access(to_path, F_OK) == 0)
		return 0;
	return io_rename(from_path, to_path);
}

static int
copy_file(const struct home *h, const char *from, const char *to)
{
	char from_path[INSTANCE_PATH_MAX], to_path[INSTANCE_PATH_MAX];
	struct buf content = BUF_EMPTY;
	int rc = -1;

	instance_path(&h->in, from_path, "%s", from);
	instance_path(&h->in, to_path, "%s", to);
	if (io_read_file(from_path, PEM_MOST, &content) == 0)
		rc = io_write_file(to_path, 0600, buf_span(&content));
	buf_wipe(&content);
	return rc;
}

/* root.crt last: with it there, everything is. */
static int
place_all(const struct home *h)
{
	size_t i;

	for (i = 0; i < NFIRSTS; i++)
		if (put_in_place(
			h, firsts[i].name, ".key", firsts[i].key_goes) == -1 ||
		    (firsts[i].crt_goes != NULL &&
			put_in_place(h, firsts[i].name, ".crt",
			    firsts[i].crt_goes) == -1))
			return -1;
	if (copy_file(h, "authority/serial.key", "status/serial.key") == -1 ||
	    copy_file(h, "init/root.crt", "nginx/client-ca.pem") == -1)
		return -1;
	return put_in_place(h, "root", ".crt", "credentials/root.crt");
}

/* All that lies there, with what was half written when somebody was killed. */
static void
remove_requests(const struct home *h)
{
	char path[INSTANCE_PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(instance_path(&h->in, path, "init"));

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(path);
}

int
init_credentials(
    const struct cli *cli, const struct home *h, const char *ceremony)
{
	char path[INSTANCE_PATH_MAX];
	size_t i;
	int rc;

	if (home_is_ready(h)) {
		remove_requests(h);
		return 0;
	}
	cli_say(cli, "assay: making keys, certificates, first credentials");
	(void)fflush(stdout);
	if (io_make_folder(instance_path(&h->in, path, "init"), 0700) == -1)
		return -1;
	/* With root.crt there the authority has done its part. */
	if (access(instance_path(&h->in, path, "init/root.crt"), F_OK) == -1) {
		for (i = 0; i < NFIRSTS; i++)
			if (make_request(h, &firsts[i]) == -1)
				return -1;
		if (write_manifest(h) == -1)
			return -1;
		if ((rc = run_authority(cli, h, ceremony)) != 0)
			return rc;
	}
	if (place_all(h) == -1)
		return -1;
	remove_requests(h);
	return 0;
}

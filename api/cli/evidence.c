/*
 * assay evidence: files that audits and declarations rest on.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"
#include "registry/evidence_type.h"

/* What a file may turn out to be; the first that holds. */
static const char *const guesses[] = { "application/pdf", "application/zip",
	"image/jpeg", "image/png", "application/json", "text/plain" };

#define GUESSES (sizeof(guesses) / sizeof(guesses[0]))

struct file {
	char sha256[2 * HASH_SIZE + 1];
	struct evidence_type types[GUESSES];
};

static void
write_hex(char *text, const uint8_t sha256[HASH_SIZE])
{
	struct buf hex = BUF_EMPTY;

	hex_encode(&hex, span_of(sha256, HASH_SIZE));
	memcpy(text, buf_str(&hex), 2 * HASH_SIZE + 1);
	buf_free(&hex);
}

/* Its SHA-256, and what its content could be. */
static int
read_file(struct file *file, const char *path)
{
	uint8_t piece[64 * 1024], sha256[HASH_SIZE];
	struct hash *hash;
	ssize_t n;
	size_t i;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_set(
		    ERR_ABSENT, "could not open %s: %s", path, strerror(errno));
	for (i = 0; i < GUESSES; i++)
		(void)evidence_type_begin(&file->types[i], guesses[i]);
	hash = hash_new();
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		hash_put(hash, span_of(piece, (size_t)n));
		for (i = 0; i < GUESSES; i++)
			evidence_type_put(
			    &file->types[i], span_of(piece, (size_t)n));
	}
	hash_end(hash, sha256);
	hash_free(hash);
	(void)close(fd);
	write_hex(file->sha256, sha256);
	return n == 0 ? 0
		      : err_set(ERR_ABSENT, "could not read %s: %s", path,
			    strerror(errno));
}

/* JSON is told by its name too: a text may happen to stand in brackets. */
static const char *
guess(const struct file *file, const char *path)
{
	size_t i, n = strlen(path);
	bool json = n > 5 && strcmp(path + n - 5, ".json") == 0;

	for (i = 0; i < GUESSES; i++)
		if ((json || strcmp(guesses[i], "application/json") != 0) &&
		    evidence_type_end(&file->types[i]) == 0)
			return guesses[i];
	return NULL;
}

static json_t *
upload(struct cli *cli, const char *path, const char *type, const char *sha256)
{
	const char *slash = strrchr(path, '/');
	const char *until = cli_option(cli, "valid-until");
	char *address = xasprintf("/v1/evidence/%s?filename=%s%s%s", sha256,
	    cli_escape(slash != NULL ? slash + 1 : path),
	    until != NULL ? "&valid_until=" : "",
	    until != NULL ? cli_escape(until) : "");
	const struct client_call call = {
		.method = "PUT",
		.path = address,
		.content_type = type,
		.body_file = path,
		.unsigned_act = true,
		.progress = "uploading",
	};
	struct client_reply reply = { .status = 0 };
	json_t *answer = NULL;

	if (client_do(cli, &call, &reply) == 0)
		answer = client_reply_json(cli, &reply);
	client_reply_free(&reply);
	free(address);
	return answer;
}

static int
put(struct cli *cli)
{
	const char *path = cli_arg(cli, 0), *type = cli_option(cli, "type");
	struct file file;

	if (read_file(&file, path) == -1)
		return -1;
	if (type == NULL && (type = guess(&file, path)) == NULL)
		return err_set_code(ERR_INPUT, "EVIDENCE_TYPE_UNKNOWN",
		    "%s is no PDF, ZIP, JPEG, PNG, JSON or UTF-8 text", path);
	return cli_show(cli, upload(cli, path, type, file.sha256), NULL);
}

/* Into a temporary first: what is not what was asked for is not kept. */
static int
download(struct cli *cli, const char *sha256, const char *temporary, int fd)
{
	char *address =
	    xasprintf("/v1/evidence/%s/content", cli_escape(sha256));
	const struct client_call call = {
		.method = "GET",
		.path = address,
		.accept = "*/*",
		.progress = "downloading",
		.save_fd = fd,
	};
	struct client_reply reply = { .status = 0 };
	struct file file;
	int rc = -1;

	if (client_do(cli, &call, &reply) == -1 ||
	    read_file(&file, temporary) == -1)
		goto out;
	if (strcasecmp(file.sha256, sha256) != 0)
		err_set_code(ERR_INTERNAL, "EVIDENCE_HASH_MISMATCH",
		    "what came has the SHA-256 %s, not the one asked for",
		    file.sha256);
	else
		rc = 0;
out:
	client_reply_free(&reply);
	free(address);
	return rc;
}

static int
get(struct cli *cli)
{
	struct io_file f;
	int rc;

	if (io_begin(&f, cli_option(cli, "out"), 0600) == -1)
		return -1;
	rc = download(cli, cli_arg(cli, 0), f.tmp, f.fd);
	return io_end(&f, rc == 0) == -1 ? -1 : rc;
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/evidence",
	    "sha256,filename,media_type,size,organisation,state");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/evidence/%s", cli_escape(cli_arg(cli, 0))));
}

/* accept and reject */
static int
judge(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	body_put(body, cli, "valid_until", "valid-until");
	return cli_show(cli,
	    cli_post(cli, body, "/v1/evidence/%s/%s",
		cli_escape(cli_arg(cli, 0)), cli->command->verb),
	    NULL);
}

static int
supersede(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "by", "by");
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/evidence/%s/supersede",
		cli_escape(cli_arg(cli, 0))));
}

/* What it took along is the answer: as a table, or that it was nothing. */
static int
repudiate(struct cli *cli)
{
	json_t *body = json_object(), *answer, *changed;

	body_put(body, cli, "reason", "reason");
	answer = cli_post(cli, body, "/v1/evidence/%s/repudiate",
	    cli_escape(cli_arg(cli, 0)));
	if (answer == NULL || cli->json)
		return cli_show(cli, answer, NULL);
	changed = json_incref(json_object_get(answer, "changed"));
	json_decref(answer);
	if (json_array_size(changed) == 0) {
		cli_say(cli, "Nothing rested on it.");
		json_decref(changed);
		return CLI_OK;
	}
	cli_say(cli, "Judged again, and changed:");
	return cli_show(cli, changed, "entity,subject,from,to");
}

static const struct cli_option put_options[] = {
	{ "type", "TYPE",
	    "media type; told from the content unless given: application/pdf, "
	    "application/zip, application/json, image/jpeg, image/png or "
	    "text/plain",
	    false, false },
	{ "valid-until", "TIME", "supports nothing new from then on", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option get_options[] = {
	{ "out", "FILE", "where it goes; a file there is replaced", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option accept_options[] = {
	{ "reason", "TEXT", "why, up to 1000 characters", false, false },
	{ "valid-until", "TIME",
	    "supports nothing new from then on; what its submitter said, or "
	    "earlier",
	    false, false },
	CLI_OPTION_END,
};

static const struct cli_option reject_options[] = {
	{ "reason", "TEXT", "why, up to 1000 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option supersede_options[] = {
	{ "by", "SHA256", "accepted evidence of the same organisation", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option repudiate_options[] = {
	{ "reason", "TEXT", "what proved false, up to 1000 characters", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	LIST_ORGANISATION,
	LIST_PAGES,
};

const struct cli_command evidence_commands[] = {
	{ "evidence", "put", "FILE", "upload a file", put_options, put,
	    "It is named by its SHA-256; the same content twice is one.  256 "
	    "MiB at most.\n"
	    "  assay evidence put report.pdf --as auditor-1" },
	{ "evidence", "get", "SHA256", "download a file", get_options, get,
	    "What comes is hashed before it is kept.\n"
	    "  assay evidence get 9f86d0...0a08 --out report.pdf --as "
	    "decider-1" },
	{ "evidence", "list", NULL, "list the evidence that you may see",
	    search_options, list, "  assay evidence list --as reader" },
	{ "evidence", "show", "SHA256",
	    "what a file is, who judged it, and what rests on it", NULL, show,
	    "  assay evidence show 9f86d0...0a08 --as reader" },
	{ "evidence", "accept", "SHA256", "accept what somebody else submitted",
	    accept_options, judge,
	    "  assay evidence accept 9f86d0...0a08 --as officer-1" },
	{ "evidence", "reject", "SHA256", "reject what somebody else submitted",
	    reject_options, judge,
	    "  assay evidence reject 9f86d0...0a08 --reason \"unreadable\" "
	    "--as officer-1" },
	{ "evidence", "supersede", "SHA256", "put a newer piece in its place",
	    supersede_options, supersede,
	    "What rested on it rests on that one from now on: nothing falls.\n"
	    "  assay evidence supersede 9f86d0...0a08 --by 2c26b4...e7ae --as "
	    "officer-1" },
	{ "evidence", "repudiate", "SHA256", "it proved false",
	    repudiate_options, repudiate,
	    "All that rests on it is judged again at once; shows what "
	    "changed.\n"
	    "  assay evidence repudiate 9f86d0...0a08 --reason \"forged\" "
	    "--as security-1" },
	CLI_END,
};

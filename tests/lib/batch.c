/*
 * The body of a batch, its devices played.
 *	batch DEVICES BATCH CHALLENGE OPERATOR PURPOSE <pairs
 * DEVICES is a folder with ID.key and ID.crt; CHALLENGE is base64, or "" for
 * none; each line of pairs is "TRE TERMINAL [IMEI]", with "-" for no TrE.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"
#include "key/key.h"
#include "policy/transcript.h"
#include "x509/cert.h"

struct side {
	char id[64];
	struct key *key;
	json_t *chain;
	uint8_t sha256[32];
};

static const char *devices, *operator, * purpose;

static void
must(int rc)
{
	if (rc == -1) {
		fprintf(stderr, "batch: %s\n", err_text());
		exit(1);
	}
}

static void
put_base64(json_t *o, const char *name, struct span s)
{
	struct buf text = BUF_EMPTY;

	base64_encode(&text, s);
	if (json_is_array(o))
		(void)json_array_append_new(o, json_string(buf_str(&text)));
	else
		(void)json_object_set_new(o, name, json_string(buf_str(&text)));
	buf_free(&text);
}

static void
open_side(const char *id, struct side *s)
{
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.key", devices, id);
	must((s->key = key_load(path, NULL)) != NULL ? 0 : -1);
	(void)snprintf(path, sizeof(path), "%s/%s.crt", devices, id);
	must(io_read_file(path, 65536, &pem));
	s->chain = json_array();
	text = buf_span(&pem);
	while (cert_read_pem(&text, &der) == 0) {
		if (json_array_size(s->chain) == 0)
			hash_sha256(buf_span(&der), s->sha256);
		put_base64(s->chain, NULL, buf_span(&der));
		buf_clear(&der);
	}
	buf_free(&pem);
	buf_free(&der);
}

static void
sign(json_t *evidence, const char *name, const struct side *s,
    struct span octets)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t n;

	must(key_sign(s->key, octets, signature, &n));
	put_base64(evidence, name, span_of(signature, n));
}

static json_t *
make_evidence(const struct side *tre, const struct side *terminal,
    struct span challenge, json_t *device)
{
	struct buf context = BUF_EMPTY, octets = BUF_EMPTY;
	char now[CLOCK_TEXT_MAX];
	uint8_t digest[32];
	struct transcript t = {
		.challenge = challenge,
		.operator= operator,
		.purpose = purpose,
		.mode = tre != NULL ? "tre_and_platform" : "platform_only",
		.tre_sha256 = span_of(
		    tre != NULL ? tre->sha256 : NULL, tre != NULL ? 32 : 0),
		.platform_sha256 = span_of(terminal->sha256, 32),
		.context_sha256 = span_of(digest, 32),
	};
	json_t *evidence = json_pack("{s:s, s:s}", "signed_at",
	    clock_write(clock_now(), now), "validation", "semi_autonomous");

	must(transcript_context(
	    &context, NULL, device, NULL, now, "semi_autonomous"));
	hash_sha256(buf_span(&context), digest);
	must(transcript_write(&octets, &t));
	if (tre != NULL)
		sign(evidence, "tre_signature", tre, buf_span(&octets));
	sign(evidence, "platform_signature", terminal, buf_span(&octets));
	buf_free(&context);
	buf_free(&octets);
	return evidence;
}

/* The one before is kept: a device may be there many times. */
static const struct side *
side_of(const char *id, struct side *kept)
{
	if (strcmp(kept->id, id) == 0)
		return kept;
	key_free(kept->key);
	json_decref(kept->chain);
	open_side(id, kept);
	(void)snprintf(kept->id, sizeof(kept->id), "%s", id);
	return kept;
}

static void
print_item(const char *tre_id, const char *terminal_id, const char *imei,
    struct span challenge)
{
	static struct side tres, terminals;
	const struct side *terminal = side_of(terminal_id, &terminals);
	const struct side *tre =
	    strcmp(tre_id, "-") != 0 ? side_of(tre_id, &tres) : NULL;
	json_t *item = json_object(), *device = NULL;

	if (tre != NULL)
		(void)json_object_set(item, "tre_chain", tre->chain);
	(void)json_object_set(item, "platform_chain", terminal->chain);
	if (imei != NULL) {
		device = json_pack("{s:s}", "imei", imei);
		(void)json_object_set(item, "device", device);
	}
	if (challenge.n > 0)
		(void)json_object_set_new(item, "evidence",
		    make_evidence(tre, terminal, challenge, device));
	(void)json_dumpf(item, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(item);
	json_decref(device);
}

/* The challenge of one item. */
static struct span
challenge_of(struct span batch, int index, uint8_t mac[32])
{
	uint8_t octets[16] = { "TRE-BATCH-v1" };

	if (batch.n == 0)
		return batch;
	octets[13] = (uint8_t)(index >> 16);
	octets[14] = (uint8_t)(index >> 8);
	octets[15] = (uint8_t)index;
	hash_hmac(batch, span_of(octets, sizeof(octets)), mac);
	return span_of(mac, 32);
}

int
main(int argc, char **argv)
{
	char line[256], tre[64], terminal[64], imei[32];
	struct buf challenge = BUF_EMPTY, pairs = BUF_EMPTY;
	uint8_t mac[32];
	int n = 0, got;
	FILE *f;

	if (argc != 6)
		return 2;
	devices = argv[1];
	operator= argv[4];
	purpose = argv[5];
	must(base64_decode(&challenge, span_str(argv[3])));
	while (fgets(line, sizeof(line), stdin) != NULL) {
		buf_puts(&pairs, line);
		n++;
	}
	printf("{\"batch\":\"%s\",\"items\":%d,\"purpose\":\"%s\"", argv[2], n,
	    purpose);
	if (challenge.n > 0)
		printf(",\"challenge\":\"%s\"", argv[3]);
	printf("}\n");
	f = fmemopen(pairs.p, pairs.n > 0 ? pairs.n : 1, "r");
	for (n = 0; fgets(line, sizeof(line), f) != NULL; n++) {
		got = sscanf(line, "%63s %63s %31s", tre, terminal, imei);
		if (got >= 2)
			print_item(tre, terminal, got == 3 ? imei : NULL,
			    challenge_of(buf_span(&challenge), n, mac));
	}
	return fclose(f) == 0 && fflush(stdout) == 0 ? 0 : 1;
}

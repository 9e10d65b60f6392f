/*
 * Messages of CMP as no client would send them:
 *
 *	cmp_edit set IN OUT KEY|SECRET|- [NAME=VALUE]...
 *	cmp_edit flip IN FOLDER
 *	cmp_edit show FILE...
 *	cmp_edit get FILE TAG
 *
 * set: with another field, and protected anew with that key (PEM) or secret, or
 * (-) as it was.  pvno=N; time=SECONDS from now; a header's field by its tag,
 * 2=HEX to 6=HEX as an octet string, other tags raw, empty: without it; body=N:
 * of that type; content=HEX: what the body holds; protection= none.
 * flip: one file an octet, named by its offset, with one bit of it otherwise.
 * show: of each its body's type, PKIStatus and the bit of its failInfo, or -.
 * get: the octet string in the header's field of that tag.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "x509/cmp_inside.h"
#include "x509/der.h"

#define MOST 65536
#define TAGS 9

static void
must(int rc)
{
	if (rc == -1) {
		fprintf(stderr, "cmp_edit: %s\n", err_text());
		exit(1);
	}
}

/* ---- set */

/* A message taken apart; each part is whole. */
struct parts {
	struct span version, names, tag[TAGS], body, protection, certificates;
};

static void
take(struct span der, struct parts *p)
{
	struct cmp_message m;
	struct span in, behind;
	uint8_t tag;

	memset(p, 0, sizeof(*p));
	must(cmp_read_parts(der, &m, &behind));
	must(der_get_only(m.header, DER_SEQUENCE, "the header", &in));
	must(der_get_whole(&in, DER_INTEGER, &p->version));
	p->names = in;
	must(der_get_any(&in, NULL, NULL, NULL));
	must(der_get_any(&in, NULL, NULL, NULL));
	p->names.n = (size_t)(in.p - p->names.p);
	while (in.n > 0) {
		tag = in.p[0] & 0x1f;
		must(tag < TAGS ? 0 : -1);
		must(der_get_any(&in, NULL, &p->tag[tag], NULL));
	}
	p->body = m.body;
	p->certificates = behind;
	if (der_next_is(behind, DER_CONTEXT_CONS(0))) {
		must(der_get_any(&behind, NULL, &p->protection, NULL));
		p->certificates = behind;
	}
}

/* What is written stays until the end. */
static struct span
keep(struct der *w)
{
	struct span s;
	uint8_t *copy;

	must(der_done(w, &s));
	copy = malloc(s.n + 1);
	memcpy(copy, s.p, s.n);
	return span_of(copy, s.n);
}

static struct span
tagged(int tag, struct span value, bool octets)
{
	static uint8_t space[MOST];
	struct der w;

	der_start(&w, space, sizeof(space));
	der_put_span(&w, value);
	if (octets)
		der_wrap(&w, DER_OCTET_STRING, 0);
	der_wrap(&w, (uint8_t)DER_CONTEXT_CONS(tag), 0);
	return keep(&w);
}

static struct span
number(uint64_t n, bool time)
{
	static uint8_t space[64];
	struct der w;

	der_start(&w, space, sizeof(space));
	if (time) {
		der_put_generalized_time(&w, (int64_t)n);
		der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	} else
		der_put_uint(&w, n);
	return keep(&w);
}

static struct span
content(struct span body)
{
	struct span in = body, c;

	must(der_get_any(&in, NULL, NULL, &c));
	return c;
}

static void
set(struct parts *p, const char *name, const char *value)
{
	struct buf *octets = calloc(1, sizeof(*octets));
	int tag = atoi(name);

	if (strcmp(name, "pvno") == 0)
		p->version = number(strtoull(value, NULL, 10), false);
	else if (strcmp(name, "time") == 0)
		p->tag[0] = number((uint64_t)(time(NULL) + atol(value)), true);
	else if (strcmp(name, "protection") == 0)
		p->protection = span_of(NULL, 0);
	else if (strcmp(name, "body") == 0)
		p->body = tagged(atoi(value), content(p->body), false);
	else {
		must(hex_decode(octets, span_str(value)));
		if (strcmp(name, "content") == 0)
			p->body = tagged(
			    p->body.p[0] & 0x1f, buf_span(octets), false);
		else if (octets->n == 0)
			p->tag[tag] = span_of(NULL, 0);
		else
			p->tag[tag] =
			    tagged(tag, buf_span(octets), tag >= 2 && tag <= 6);
	}
}

static struct span
header_of(const struct parts *p)
{
	static uint8_t space[MOST];
	struct der w;
	int i;

	der_start(&w, space, sizeof(space));
	for (i = TAGS - 1; i >= 0; i--)
		der_put_span(&w, p->tag[i]);
	der_put_span(&w, p->names);
	der_put_span(&w, p->version);
	der_wrap(&w, DER_SEQUENCE, 0);
	return keep(&w);
}

/* By ECDSA with SHA-256, as openssl's client does of a key on P-256. */
static struct span
sign(const struct parts *p, struct span header, EVP_PKEY *key)
{
	struct cmp_message m = { .header = header, .body = p->body };
	unsigned char signature[512];
	size_t n = sizeof(signature);
	struct buf text = BUF_EMPTY;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t space[600];
	struct der w;

	cmp_put_protected(&m, &text);
	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, signature, &n, text.p, text.n) != 1)
		exit(1);
	EVP_MD_CTX_free(ctx);
	buf_free(&text);
	der_start(&w, space, sizeof(space));
	der_put_octet_bits(&w, span_of(signature, n));
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	return keep(&w);
}

static void
join(struct parts *p, const char *by, struct buf *out)
{
	struct span header = header_of(p);
	static uint8_t space[MOST];
	struct span all;
	FILE *f = fopen(by, "r");
	EVP_PKEY *key =
	    f == NULL ? NULL : PEM_read_PrivateKey(f, NULL, 0, NULL);
	struct der w;

	if (key != NULL && p->protection.n > 0)
		p->protection = sign(p, header, key);
	der_start(&w, space, sizeof(space));
	der_put_span(&w, p->certificates);
	der_put_span(&w, p->protection);
	der_put_span(&w, p->body);
	der_put_span(&w, header);
	der_wrap(&w, DER_SEQUENCE, 0);
	must(der_done(&w, &all));
	if (key == NULL && strcmp(by, "-") != 0 && p->protection.n > 0)
		must(cmp_mac_instead(all, false, 0, span_str(by), out));
	else
		buf_put_span(out, all);
}

static void
write_to(const char *path, struct span octets)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(octets.p, 1, octets.n, f) != octets.n ||
	    fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
command_set(char **argv)
{
	struct buf in = BUF_EMPTY, out = BUF_EMPTY;
	struct parts p;
	char **a, *is;

	must(io_read_file(argv[0], MOST, &in));
	take(buf_span(&in), &p);
	for (a = argv + 3; *a != NULL; a++) {
		if ((is = strchr(*a, '=')) == NULL)
			exit(2);
		*is = '\0';
		set(&p, *a, is + 1);
	}
	join(&p, argv[2], &out);
	write_to(argv[1], buf_span(&out));
	buf_free(&in);
	buf_free(&out);
}

/* ---- flip, show */

static void
command_flip(const char *from, const char *folder)
{
	struct buf in = BUF_EMPTY;
	char path[4096];
	size_t i;

	must(io_read_file(from, MOST, &in));
	for (i = 0; i < in.n; i++) {
		in.p[i] ^= (uint8_t)(1 << i % 8);
		(void)snprintf(path, sizeof(path), "%s/%zu", folder, i);
		write_to(path, buf_span(&in));
		in.p[i] ^= (uint8_t)(1 << i % 8);
	}
	buf_free(&in);
}

/* PKIStatusInfo: where it stands depends on the body. */
static struct span
status_of(const struct cmp_message *m)
{
	struct span in = content(m->body), c, list, s = { NULL, 0 };

	if (m->type != CMP_ERROR && m->type != CMP_RP && m->type != CMP_IP &&
	    m->type != CMP_CP && m->type != CMP_KUP)
		return s;
	must(der_get(&in, DER_SEQUENCE, &c));
	if (der_next_is(c, DER_CONTEXT_CONS(1))) /* caPubs */
		must(der_get_any(&c, NULL, NULL, NULL));
	if (m->type != CMP_ERROR) {
		must(der_get(&c, DER_SEQUENCE, &list));
		c = list;
	}
	if (m->type != CMP_ERROR && m->type != CMP_RP) {
		must(der_get(&c, DER_SEQUENCE, &list));
		c = list;
		must(der_get(&c, DER_INTEGER, NULL)); /* certReqId */
	}
	must(der_get(&c, DER_SEQUENCE, &s));
	return s;
}

static void
show(const char *path)
{
	struct buf in = BUF_EMPTY;
	struct cmp_message m;
	struct span s, c;
	int bit = 0;

	must(io_read_file(path, MOST, &in));
	must(cmp_read_header(buf_span(&in), &m));
	s = status_of(&m);
	if (s.n == 0) {
		printf("%d - -\n", m.type);
		return;
	}
	must(der_get(&s, DER_INTEGER, &c));
	printf("%d %d ", m.type, c.p[0]);
	if (der_next_is(s, DER_SEQUENCE))
		must(der_get_any(&s, NULL, NULL, NULL));
	if (s.n == 0) {
		printf("-\n");
		return;
	}
	must(der_get(&s, DER_BIT_STRING, &c));
	while ((c.p[1 + bit / 8] & (0x80 >> bit % 8)) == 0)
		bit++;
	printf("%d\n", bit);
	buf_free(&in);
}

static void
get(const char *path, int tag)
{
	struct buf in = BUF_EMPTY, hex = BUF_EMPTY;
	struct parts p;
	struct span s, octets;

	must(io_read_file(path, MOST, &in));
	take(buf_span(&in), &p);
	s = content(p.tag[tag]);
	must(der_get(&s, DER_OCTET_STRING, &octets));
	hex_encode(&hex, octets);
	printf("%s\n", buf_str(&hex));
	buf_free(&hex);
	buf_free(&in);
}

int
main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "set") == 0)
		command_set(argv + 2);
	else if (argc == 4 && strcmp(argv[1], "flip") == 0)
		command_flip(argv[2], argv[3]);
	else if (argc == 4 && strcmp(argv[1], "get") == 0)
		get(argv[2], atoi(argv[3]));
	else if (argc >= 3 && strcmp(argv[1], "show") == 0)
		for (argv += 2; *argv != NULL; argv++)
			show(*argv);
	else
		return 2;
	return 0;
}

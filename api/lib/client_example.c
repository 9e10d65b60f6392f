/*
 * An example of libassay-client: may a subscription go to this device, now?
 *
 *	cc -o example example.c $(pkg-config --cflags --libs libassay-client)
 *	./example URL OPERATOR OPERATOR.crt OPERATOR.key root.crt DEVICE \
 *		terminal.der terminal-ca.der tre.der tre-ca.der [ISSUER]
 *
 * ISSUER: as receipts name the API, where that is not its URL.  DEVICE is a
 * command that stands for the device: it gets a file with the octets to sign,
 * and leaves tre.sig and terminal.sig in the current folder.  Exits with 0 for
 * a permit, 1 for a refusal, 6 when it cannot be told, 2 when something failed:
 * only with 0 may a subscription go out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <assay-client.h>

static struct assay_client_der
read_file(const char *path)
{
	static char files[8][16384];
	static int n;
	FILE *f = fopen(path, "rb");
	struct assay_client_der der = { files[n], 0 };

	if (f == NULL || n == 7) {
		perror(path);
		exit(2);
	}
	der.n = fread(files[n++], 1, sizeof(files[0]), f);
	(void)fclose(f);
	return der;
}

static int
fail(void)
{
	fprintf(stderr, "no permit: %s [%s]\n", assay_client_error_text(),
	    assay_client_error_code());
	return 2;
}

/* The device signs what it is asked, with both its keys. */
static int
let_sign(const struct assay_client *client, const char *device,
    struct assay_client_question *q)
{
	unsigned char octets[ASSAY_CLIENT_TRANSCRIPT_MAX];
	int n = assay_client_transcript(client, q, octets, sizeof(octets));
	char command[512];
	FILE *f;

	if (n == -1)
		return -1;
	if ((f = fopen("transcript", "wb")) == NULL ||
	    fwrite(octets, 1, (size_t)n, f) != (size_t)n || fclose(f) != 0) {
		perror("transcript");
		exit(2);
	}
	(void)snprintf(command, sizeof(command), "%s transcript", device);
	if (system(command) != 0) {
		fprintf(stderr, "the device did not sign\n");
		exit(2);
	}
	q->tre_signature = read_file("tre.sig");
	q->terminal_signature = read_file("terminal.sig");
	return 0;
}

static int
say(const struct assay_client_answer *a)
{
	static const char *const verdicts[] = { "refuse", "indeterminate",
		"permit" };
	static const int codes[] = { 1, 6, 0 };
	int i;

	printf("%s, decision %s\n", verdicts[a->verdict], a->decision);
	for (i = 0; i < a->nreasons; i++)
		printf("%s: %s\n", a->reasons[i],
		    assay_client_sentence(a->reasons[i]));
	for (i = 0; i < a->nwarnings; i++)
		printf("warning %s: %s\n", a->warnings[i],
		    assay_client_sentence(a->warnings[i]));
	/* right before the subscription goes out */
	if (a->verdict == ASSAY_CLIENT_PERMIT &&
	    !assay_client_may_act(a, time(NULL)))
		return 6;
	return codes[a->verdict];
}

static int
ask(struct assay_client *client, char **argv)
{
	struct assay_client_challenge challenge;
	struct assay_client_question q = { 0 };
	struct assay_client_answer a;
	char now[32];
	time_t t = time(NULL);
	int rc;

	(void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
	q.purpose = "initial_download";
	q.mode = "tre_and_platform";
	q.signed_at = now;
	q.validation = "semi_autonomous";
	q.claims = "{\"debug\":\"disabled\",\"tamper\":\"none\"}";
	q.terminal[0] = read_file(argv[7]);
	q.terminal[1] = read_file(argv[8]);
	q.tre[0] = read_file(argv[9]);
	q.tre[1] = read_file(argv[10]);
	if (assay_client_challenge(client, &challenge) == -1)
		return fail();
	q.challenge = &challenge;
	if (let_sign(client, argv[6], &q) == -1)
		return fail();
	rc = assay_client_decide(client, &q, &a) == -1 ? fail() : say(&a);
	if (a.receipt != NULL) /* kept with the subscription */
		printf("%s\n", a.receipt);
	assay_client_answer_free(&a);
	return rc;
}

int
main(int argc, char **argv)
{
	struct assay_client_options options = { 0 };
	struct assay_client *client;
	int rc;

	if (argc != 11 && argc != 12) {
		fprintf(stderr,
		    "usage: example URL OPERATOR CERT KEY ROOTS DEVICE "
		    "TERMINAL CA TRE CA [ISSUER]\n");
		return 2;
	}
	options.url = argv[1];
	options.operator_handle = argv[2];
	options.certificate = argv[3];
	options.key = argv[4];
	options.roots = argv[5];
	options.issuer = argv[11]; /* NULL behind the last one */
	if ((client = assay_client_new(&options)) == NULL)
		return fail();
	rc = ask(client, argv);
	assay_client_free(client);
	return rc;
}

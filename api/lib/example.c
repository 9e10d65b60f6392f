/*
 * An example of libassay: does anything speak against this device?
 *
 *	cc -o example example.c $(pkg-config --cflags --libs libassay)
 *	./example root.crt FOLDER terminal.der terminal-ca.der tre.der
 *tre-ca.der
 *
 * FOLDER is one that assay offline fetch keeps.  Exits with 0 when nothing does
 * as far as the kit knows, 1 when something does, 6 when the kit cannot tell, 2
 * when it could not be asked.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <assay.h>

static struct assay_der
read_file(const char *path)
{
	static char files[8][65536];
	static int n;
	FILE *f = fopen(path, "rb");
	struct assay_der der = { files[n], 0 };

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
	fprintf(stderr, "%s [%s]\n", assay_error_text(), assay_error_code());
	return 2;
}

static int
say(const struct assay_answer *a)
{
	static const char *const verdicts[] = { "refuse", "indeterminate",
		"nothing against it" };
	static const int codes[] = { 1, 6, 0 };
	int i;

	printf("%s, by a kit %lld seconds old\n", verdicts[a->verdict],
	    (long long)a->age);
	for (i = 0; i < a->nreasons; i++)
		printf(
		    "%s: %s\n", a->reasons[i], assay_sentence(a->reasons[i]));
	return codes[a->verdict];
}

int
main(int argc, char **argv)
{
	struct assay_question q = { .now = time(NULL) };
	struct assay_answer a;
	struct assay_kit *kit;
	struct assay_der root;
	int i, rc;

	if (argc != 7) {
		fprintf(stderr,
		    "usage: example ROOT FOLDER TERMINAL CA TRE "
		    "CA\n");
		return 2;
	}
	root = read_file(argv[1]);
	if ((kit = assay_kit_new(root.octets, root.n, NULL)) == NULL)
		return fail();
	for (i = 0; i < 2; i++) {
		q.terminal[i] = read_file(argv[3 + i]);
		q.tre[i] = read_file(argv[5 + i]);
	}
	if (assay_kit_load(kit, argv[2]) == -1 ||
	    assay_kit_judge(kit, &q, &a) == -1)
		rc = fail();
	else
		rc = say(&a);
	assay_kit_free(kit);
	return rc;
}

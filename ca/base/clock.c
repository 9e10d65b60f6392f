/*
 * Time as text, RFC 3339, always in UTC.
 */

#include <string.h>

#include "base/clock.h"
#include "base/err.h"

int64_t
clock_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_up_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_step(struct clock_seen *seen, int64_t now, int64_t up_ms)
{
	int64_t step =
	    seen->known ? now - seen->now - (up_ms - seen->up_ms) / 1000 : 0;

	if (step > CLOCK_STEP || step < -CLOCK_STEP)
		return step;
	seen->known = 1;
	seen->now = now;
	seen->up_ms = up_ms;
	return 0;
}

int64_t
clock_doubt(struct clock_watch *w, int64_t now, int64_t up_ms)
{
	int64_t step = clock_step(&w->seen, now, up_ms);

	if (step != 0 && !w->doubted) {
		w->doubted = 1;
		w->since_ms = up_ms;
	}
	if (step != 0 && up_ms - w->since_ms < CLOCK_DOUBT_MS)
		return step;
	if (step != 0)
		w->seen = (struct clock_seen){ now, up_ms, 1 };
	w->doubted = 0;
	return 0;
}

const char *
clock_write(int64_t when, char *text)
{
	time_t t = (time_t)when;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}

/* Two or four digits at p; -1 when one of them is none. */
static int
digits(const uint8_t *p, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (*p < '0' || *p > '9')
			return -1;
		v = v * 10 + (*p++ - '0');
	}
	return v;
}

/* ".123Z" or "Z" */
static bool
ends_in_utc(struct span rest)
{
	size_t i = 0;

	if (rest.n > 2 && rest.p[0] == '.')
		for (i = 1; i < rest.n && digits(rest.p + i, 1) != -1; i++)
			;
	return i + 1 == rest.n && rest.p[i] == 'Z';
}

int
clock_parse(struct span text, int64_t *when)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	struct tm tm, back;
	time_t t;
	size_t i;

	if (text.n < 20 || text.n > CLOCK_TEXT_MAX)
		goto bad;
	for (i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] != 'd' && text.p[i] != shape[i])
			goto bad;
		else if (shape[i] == 'd' && digits(text.p + i, 1) == -1)
			goto bad;
	if (!ends_in_utc(span_of(text.p + 19, text.n - 19)))
		goto bad;
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = digits(text.p, 4) - 1900;
	tm.tm_mon = digits(text.p + 5, 2) - 1;
	tm.tm_mday = digits(text.p + 8, 2);
	tm.tm_hour = digits(text.p + 11, 2);
	tm.tm_min = digits(text.p + 14, 2);
	tm.tm_sec = digits(text.p + 17, 2);
	back = tm;
	t = timegm(&back);
	/* timegm() mends what does not exist, such as 30 February */
	if (back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min ||
	    back.tm_sec != tm.tm_sec)
		goto bad;
	*when = (int64_t)t;
	return 0;
bad:
	return err_set(ERR_INPUT,
	    "not a time in UTC such as 2026-11-24T02:03:04Z (RFC 3339)");
}

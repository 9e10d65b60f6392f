#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line an event on standard error: time, program, level, message.
 * Control characters in it become blanks: what others said forges no line.
 * Never put a key, a passphrase or a whole request into it.
 */
enum log_level { LOG_DETAIL, LOG_NOTE, LOG_WARN, LOG_ALARM };

/* The name in each line; lines below the level are dropped. */
void log_open(const char *program, enum log_level least);
void log_write(enum log_level, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The error slot (base/err.h) as a warning: "could not WHAT: text". */
void log_err(const char *what);

#endif

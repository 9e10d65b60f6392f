/*
 * The system calls that a worker may make beside Kore's own list; any other
 * kills it.  A worker that ends in a loop of restarts lacks one here: set
 * `seccomp_tracing yes` in its settings, and its log names it.
 */

#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <stddef.h>

#include <kore/kore.h>
#include <kore/seccomp.h>

void kore_seccomp_hook(void);

KORE_SECCOMP_FILTER("assay",
    /* What a current C library makes of calls that Kore allows. */
    KORE_SYSCALL_ALLOW(newfstatat), KORE_SYSCALL_ALLOW(statx),
    KORE_SYSCALL_ALLOW(faccessat2), KORE_SYSCALL_ALLOW(faccessat),
    KORE_SYSCALL_ALLOW(readlinkat), KORE_SYSCALL_ALLOW(mremap),
    KORE_SYSCALL_ALLOW(rseq), KORE_SYSCALL_ALLOW(clone3),
    KORE_SYSCALL_ALLOW(set_robust_list), KORE_SYSCALL_ALLOW(tgkill),
    KORE_SYSCALL_ALLOW(gettid), KORE_SYSCALL_ALLOW(getppid),
    KORE_SYSCALL_ALLOW(prlimit64), KORE_SYSCALL_ALLOW(sysinfo),
    KORE_SYSCALL_ALLOW(uname), KORE_SYSCALL_ALLOW(getegid),
    KORE_SYSCALL_ALLOW(getgid), KORE_SYSCALL_ALLOW(getrusage),
    KORE_SYSCALL_ALLOW(sched_yield), KORE_SYSCALL_ALLOW(sched_getaffinity),
    KORE_SYSCALL_ALLOW(prctl),
    /* Goes on with a wait in which it was stopped, or looked at: killed for
     * that, a worker with threads would stand there and hold its socket. */
    KORE_SYSCALL_ALLOW(restart_syscall),
    /* A mapped file that is cut short (base/fault.h). */
    KORE_SYSCALL_ALLOW(rt_sigaction),
    /* The connection to PostgreSQL, a unix socket. */
    KORE_SYSCALL_ALLOW(socket), KORE_SYSCALL_ALLOW(connect),
    KORE_SYSCALL_ALLOW(getsockopt), KORE_SYSCALL_ALLOW(getsockname),
    KORE_SYSCALL_ALLOW(getpeername), KORE_SYSCALL_ALLOW(sendmsg),
    KORE_SYSCALL_ALLOW(recvmsg), KORE_SYSCALL_ALLOW(shutdown),
    /* Files that are written as a whole or not at all: evidence. */
    KORE_SYSCALL_ALLOW(pread64), KORE_SYSCALL_ALLOW(pwrite64),
    KORE_SYSCALL_ALLOW(fsync), KORE_SYSCALL_ALLOW(fdatasync),
    KORE_SYSCALL_ALLOW(ftruncate), KORE_SYSCALL_ALLOW(fchmod),
    KORE_SYSCALL_ALLOW(rename), KORE_SYSCALL_ALLOW(renameat2),
    KORE_SYSCALL_ALLOW(link), KORE_SYSCALL_ALLOW(linkat),
    KORE_SYSCALL_ALLOW(unlinkat), KORE_SYSCALL_ALLOW(mkdir),
    KORE_SYSCALL_ALLOW(mkdirat), KORE_SYSCALL_ALLOW(getdents64),
    /* The bell (base/bell.h). */
    KORE_SYSCALL_ALLOW(mknodat), KORE_SYSCALL_ALLOW(memfd_create),
    KORE_SYSCALL_ALLOW(copy_file_range), KORE_SYSCALL_ALLOW(msync),
    KORE_SYSCALL_ALLOW(flock))

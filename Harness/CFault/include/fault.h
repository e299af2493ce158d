#ifndef FAULT_H
#define FAULT_H

/// Runs a program under ptrace(2) and hurts it at its Nth call into the file system.
///
/// Only calls that name or change files count (open, write, rename, sync, ...), from execve on,
/// over all threads of the program, in the order in which they are seen. A filter of seccomp(2)
/// stops it at those and at no other, and a run to which nothing is done is not traced. The
/// processes that it starts are left alone, and waited for when it is killed.

enum fault_mode {
    /// Hurts nothing; counts.
    FAULT_NONE,
    /// SIGKILL before the call is done.
    FAULT_KILL_BEFORE,
    /// SIGKILL after it was done.
    FAULT_KILL_AFTER,
    /// The call is not done and fails with `error`.
    FAULT_ERROR,
    /// This call and every later one of the kinds `lasting` fails with `error`; with EINTR every
    /// second one, so that what is asked again is done.
    FAULT_LASTING_ERROR,
    /// This and every later write(2) and pwrite(2) writes half of what it should.
    FAULT_SHORT_WRITES,
    /// `signal` is sent before the call is done.
    FAULT_SIGNAL,
    /// `hook` is called while the program stands before the call.
    FAULT_HOOK,
};

/// Kinds of calls, for lasting errors.
enum fault_calls {
    /// Takes space or syncs: fails on a full disk. Writing to the standard streams does not.
    FAULT_CALLS_SPACE = 1,
    /// Makes a descriptor.
    FAULT_CALLS_OPEN = 2,
    /// Reads contents, names or attributes.
    FAULT_CALLS_READ = 4,
    /// Every call but close(2), which is never to be made again, and fcntl(2), which never waits.
    FAULT_CALLS_ALL = 8,
};

struct fault {
    enum fault_mode mode;
    /// From 1.
    long number;
    /// Besides: every renameat2 with flags fails with EINVAL, as on a file system without them.
    int refuses_rename_flags;
    int error;
    /// A sum of `fault_calls`.
    int lasting;
    int signal;
    void (*_Nullable hook)(void *_Nullable);
    /// Called for every counted call with its name and path (empty where it has none).
    void (*_Nullable seen)(void *_Nullable, const char *_Nonnull call, const char *_Nonnull path);
    void *_Nullable context;
};

struct fault_result {
    /// How many calls were seen.
    long calls;
    /// True if the Nth call came.
    int was_hit;
    /// The exit code; 128 + signal number where a signal ended it.
    int exit_code;
    /// True if it did not end by itself within a minute and was killed.
    int hung;
    /// The name and, where it has one, the path of the Nth call.
    char call[32];
    char path[256];
};

/// Runs `arguments` with `environment`, standard input on /dev/null, standard output on the
/// descriptor `output` or, where that is negative, on /dev/null, standard error on the descriptor
/// `errors`. Returns 0, or -errno where the program could not be traced at all.
int fault_run(char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment,
              int output, int errors, const struct fault *_Nonnull fault,
              struct fault_result *_Nonnull result);
#endif

#ifndef FAULT_H
#define FAULT_H

/// Runs a program under ptrace(2) and hurts it at its Nth call into the file system.
///
/// Only calls that name or change files count (open, write, rename, sync, ...), from execve on,
/// over all threads of the program, in the order in which they are seen; its child processes are
/// left alone.

enum fault_mode {
    /// Hurts nothing; counts.
    FAULT_NONE,
    /// SIGKILL before the call is done.
    FAULT_KILL_BEFORE,
    /// SIGKILL after it was done.
    FAULT_KILL_AFTER,
    /// The call is not done and fails with `error`.
    FAULT_ERROR,
    /// This call and every later one that takes space or syncs fails with `error`.
    FAULT_LASTING_ERROR,
    /// This and every later write(2) writes half of what it should.
    FAULT_SHORT_WRITES,
    /// `signal` is sent before the call is done.
    FAULT_SIGNAL,
    /// `hook` is called while the program stands before the call.
    FAULT_HOOK,
};

struct fault {
    enum fault_mode mode;
    /// From 1.
    long number;
    /// Besides: every renameat2 with flags fails with EINVAL, as on a file system without them.
    int refuses_rename_flags;
    int error;
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
    /// The name and, where it has one, the path of the Nth call.
    char call[32];
    char path[256];
};

/// Runs `arguments` with `environment`, standard input and output on /dev/null, standard error on
/// the descriptor `errors`. Returns 0, or -errno where the program could not be traced at all.
int fault_run(char *_Nullable const *_Nonnull arguments, char *_Nullable const *_Nonnull environment,
              int errors, const struct fault *_Nonnull fault,
              struct fault_result *_Nonnull result);
#endif

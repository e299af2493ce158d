#ifndef MTOR_PROCESS_H
#define MTOR_PROCESS_H
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The process environment of this process, NULL-terminated.
char *_Nullable *_Nullable mtor_environment(void);

/// Gives the pages of this executable's code back to the kernel, which reads them again from its
/// cache when they are needed: reading and planning need others than waiting for a command does.
void mtor_give_back_code(void);

/// How commands are run: mtor starts one small host, which is its own executable again
/// (recognised by its argv[0] before anything of Swift runs). For each command the host forks a
/// supervising process, and that forks the command. So starting a command costs the same
/// whatever the size of mtor, nothing of Swift runs between fork and exec, and every process
/// that a command leaves behind has a living ancestor of ours that ends it.

/// How a command ended, as its supervising process reports it.
enum mtor_ending {
    MTOR_EXITED = 1,      ///< `value` is the exit code.
    MTOR_SIGNALLED = 2,   ///< `value` is the signal.
    MTOR_TIMED_OUT = 3,   ///< The deadline came first; what happened then does not matter.
    MTOR_ENDED = 4,       ///< mtor asked for its end.
    MTOR_NOT_STARTED = 5, ///< `value` is the errno, `step` the call that failed.
    MTOR_LOST = 6,        ///< The supervising process itself was killed.
    MTOR_TOO_MANY = 7,    ///< It had more processes than `limit_processes` at a time.
};

/// The calls that can fail before a command runs.
enum mtor_step {
    MTOR_STEP_FORK = 1,
    MTOR_STEP_CHDIR = 2,
    MTOR_STEP_EXEC = 3,
    MTOR_STEP_LIMIT = 4,
    MTOR_STEP_JOB = 5,
    MTOR_STEP_NETWORK = 6,
    MTOR_STEP_LANDLOCK = 7,
    MTOR_STEP_SECCOMP = 8,
    /// The wrapper ended before it had started the command; `value` is its exit code.
    MTOR_STEP_WRAPPER = 9,
    MTOR_STEP_INNER = 10,
};

struct mtor_report {
    uint32_t ending;
    uint32_t step;
    int32_t value;
    uint32_t leftovers;  ///< Processes that were still there when the command had ended.
    uint64_t wall_ns;    ///< From the start of the command to its end.
    uint64_t gone_ns;    ///< From there to the end of the last process that it left.
    uint64_t user_us;    ///< Of the command and all its descendants.
    uint64_t system_us;
    uint64_t peak_bytes; ///< Peak resident memory of the largest of them.
};

/// What a command is kept from, by the kernel and without another program.
enum mtor_confinement {
    /// No network but a loopback of its own; where that cannot be had, no sockets.
    MTOR_NO_NETWORK = 1,
    /// Landlock: nothing of the file system but what the job's rules allow.
    MTOR_LANDLOCK = 2,
    /// No sockets but socketpair(2), by seccomp.
    MTOR_NO_SOCKETS = 4,
    /// A session keyring of its own: the user's keys are not inherited.
    MTOR_NO_KEYS = 8,
    /// No change of owner, mode or attributes of any file, which Landlock does not look after.
    MTOR_NO_METADATA = 16,
};

/// The head of a job; after it come, each ended by NUL: directory, executable, the arguments
/// (argv[0] among them), the environment as NAME=VALUE, and the rules for Landlock, each a path
/// after `r` (read and execute) or `w` (everything).
struct mtor_job {
    uint32_t magic;
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t rule_count;
    uint32_t confinement;    ///< A set of mtor_confinement.
    uint32_t landlock;       ///< The newest version of Landlock to use; 0: the kernel's.
    /// The program is a sandbox (bubblewrap) whose last argument before the command's is
    /// MTOR_INNER_PATH and MTOR_INNER_NAME: it starts the command by this executable, which
    /// reports how the command ended, and is itself passed over by SIGTERM.
    uint32_t wrapped;
    uint32_t reserved;
    uint64_t timeout_ms;     ///< 0: none.
    uint64_t grace_ms;       ///< Between SIGTERM and SIGKILL.
    int64_t limit_core;      ///< Bytes; -1 leaves what is inherited, as in the three below.
    int64_t limit_processes; ///< By the kernel; root's, which it does not limit, are counted.
    int64_t limit_memory;    ///< Bytes of data segment of each process.
    int64_t limit_file_size; ///< Bytes.
};
#define MTOR_JOB_MAGIC 0x6d746f72u

/// What a wrapper is given to run: this executable, by a descriptor that passes through the
/// wrapper, so that it need not be seen in there; and the name by which it knows its task.
#define MTOR_INNER_PATH "/proc/self/fd/61"
#define MTOR_INNER_NAME "mtor: command in a sandbox"

/// What mtor can ask of a supervising process, one byte each. A closed lifeline means
/// MTOR_ASK_END.
enum mtor_request { MTOR_ASK_END = 'T', MTOR_ASK_KILL = 'K' };

/// Starts a host from `executable`. Returns the socket that it listens on, or -errno.
int mtor_host_start(const char *_Nonnull executable, pid_t *_Nonnull pid);

/// Hands a job and the command's three standard descriptors to the host. Returns the lifeline,
/// a socket from which one report can be read and whose closing ends the command; or -errno.
/// The caller keeps its own descriptors.
int mtor_host_run(int host, const void *_Nonnull job, size_t count, int in, int out, int err);

/// The head of a shadow's description; after it come, each ended by NUL: a private empty folder,
/// for each overlay its lower folder, upper folder and work folder, then the paths to cover, to
/// hold and to pin.
struct mtor_shadow {
    uint32_t magic;
    uint32_t overlay_count;
    uint32_t cover_count;    ///< Not to be seen.
    uint32_t hold_count;     ///< Folders that cannot be renamed.
    uint32_t pin_count;      ///< Not to be written.
    /// Mount a tmpfs over the private folder and make the upper and work folders in it.
    uint32_t in_memory;
    /// Nothing but the overlays and the private folder can be written.
    uint32_t sealed;
    /// The trees below may change between two shadows that use the same upper folders: nothing
    /// may then be kept there that refers to what lies below.
    uint32_t renewable;
};

/// The calls that can fail on the way into a shadow.
enum mtor_shadow_step {
    MTOR_SHADOW_READY = 0,
    MTOR_SHADOW_NAMESPACE = 1,
    MTOR_SHADOW_PRIVATE = 2,
    MTOR_SHADOW_MEMORY = 3,
    MTOR_SHADOW_OVERLAY = 4,
    MTOR_SHADOW_COVER = 5,
    MTOR_SHADOW_OPEN = 6,
    MTOR_SHADOW_DESCRIPTION = 7,
    MTOR_SHADOW_PIN = 8,
    MTOR_SHADOW_SEAL = 9,
};

struct mtor_shadow_result {
    int32_t step;
    int32_t code;            ///< errno where `step` is not MTOR_SHADOW_READY.
    int32_t in_user_namespace;
    int32_t merged, upper;   ///< Folders as the shadow has them; the caller's to close.
};

/// Has the host enter a mount namespace of its own in which the overlays stand over their lower
/// folders: every command that it runs from then on sees them, nobody else does. Once per host,
/// before its first command; then, between commands, `again` with the same description, to mount
/// the overlays anew over trees that have changed. Returns 0 with the result filled in, or -errno
/// where the host could not be asked. A host that fails to do it again ends.
int mtor_host_enter_shadow(int host, const void *_Nonnull description, size_t count, _Bool again,
                           struct mtor_shadow_result *_Nonnull result);

/// The version of Landlock that this kernel offers; 0 for none.
int mtor_landlock_version(void);

/// Sends a request over the lifeline; a command that has ended already is no error.
void mtor_lifeline_ask(int lifeline, enum mtor_request request);

/// Reads the report; 0 where it is not there yet. A lifeline at its end without a report gives
/// MTOR_LOST. Returns 1, 0 or -errno.
int mtor_lifeline_report(int lifeline, struct mtor_report *_Nonnull report);

/// A close-on-exec pipe; the reading end does not block. 0 or -errno.
int mtor_pipe(int ends[_Nonnull 2]);

/// Asks the kernel for a pipe that holds `bytes`; where it refuses (the user's share of such memory
/// is used up) the pipe stays as it is. Returns the bytes that it holds, or -errno.
int mtor_grow_pipe(int pipe, int bytes);

/// Drops what a pipe holds before its latest `keep` bytes: moves it to `null`, an open /dev/null,
/// uncopied. Returns how many bytes went, which may be 0.
size_t mtor_drop_all_but(int pipe, size_t keep, int null);

/// poll(2), with a time in nanoseconds (below 0: for ever). The number of descriptors that are ready,
/// or -errno.
int mtor_poll(struct pollfd *_Nonnull watched, unsigned long count, int64_t ns);

/// An anonymous file with these bytes, ready to be read from its start; or -errno.
int mtor_bytes(const void *_Nullable bytes, size_t count);
#endif

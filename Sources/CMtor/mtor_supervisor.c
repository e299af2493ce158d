// The process that stands between mtor and one command.
#define _GNU_SOURCE
#include "mtor_supervisor.h"

#include "mtor_descendants.h"
#include "mtor_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// A job with pointers into its mapped file.
struct parsed {
    const struct mtor_job *head;
    char *directory, *executable;
    char **arguments, **environment, **rules;
};

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void report(int lifeline, const struct mtor_report *what) {
    // If mtor is gone nobody wants to know.
    ssize_t ignored = send(lifeline, what, sizeof *what, MSG_NOSIGNAL);
    (void)ignored;
}

void mtor_report_not_started(int lifeline, int step, int code) {
    struct mtor_report failure = {.ending = MTOR_NOT_STARTED, .step = (uint32_t)step, .value = code};
    report(lifeline, &failure);
}

// MARK: The job

char *mtor_next_string(char **at, char *end) {
    char *start = *at;
    char *stop = start < end ? memchr(start, 0, (size_t)(end - start)) : NULL;
    if (!stop) return NULL;
    *at = stop + 1;
    return start;
}

char **mtor_next_strings(char **at, char *end, unsigned count) {
    char **list = calloc((size_t)count + 1, sizeof *list);
    for (unsigned i = 0; list && i < count; i++)
        if (!(list[i] = mtor_next_string(at, end))) return NULL;
    return list;
}

char *mtor_map(int file, size_t minimum, size_t *size) {
    struct stat status;
    if (fstat(file, &status)) return NULL;
    *size = (size_t)status.st_size;
    if (*size < minimum) {
        errno = EINVAL;
        return NULL;
    }
    char *base = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    return base == MAP_FAILED ? NULL : base;
}

/// Takes a job apart; 0 or an errno. Its map lives as long as this process.
static int parse(int file, struct parsed *job) {
    size_t size;
    char *base = mtor_map(file, sizeof *job->head, &size);
    if (!base) return errno;
    job->head = (const struct mtor_job *)base;
    if (job->head->magic != MTOR_JOB_MAGIC) return EINVAL;
    char *at = base + sizeof *job->head, *end = base + size;
    job->directory = mtor_next_string(&at, end);
    job->executable = mtor_next_string(&at, end);
    job->arguments = mtor_next_strings(&at, end, job->head->argument_count);
    job->environment = mtor_next_strings(&at, end, job->head->environment_count);
    job->rules = mtor_next_strings(&at, end, job->head->rule_count);
    _Bool whole = job->directory && job->executable && job->arguments && job->environment;
    return whole && job->rules ? 0 : EINVAL;
}

// MARK: The command's own process, before exec

static int limit(int resource, int64_t value) {
    if (value < 0) return 0;
    struct rlimit old, wanted = {(rlim_t)value, (rlim_t)value};
    if (getrlimit(resource, &old)) return -1;
    // Never above what was inherited: that needs a privilege.
    if (old.rlim_max != RLIM_INFINITY && wanted.rlim_max > old.rlim_max)
        wanted.rlim_cur = wanted.rlim_max = old.rlim_max;
    return setrlimit(resource, &wanted);
}

static _Noreturn void become_command(const struct parsed *job, const struct mtor_received *from,
                                     pid_t supervisor, int inner) {
    int step = MTOR_STEP_LIMIT, lifeline = from->lifeline;
    setsid();
    // Should the supervising process be killed, its command goes with it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL)) goto failed;
    if (getppid() != supervisor) _exit(127);
    for (int i = 0; i < 3; i++)
        if (dup2(from->standard[i], i) < 0) goto failed;
    if (job->head->wrapped) {
        step = MTOR_STEP_INNER;
        // Out of the way of the two that pass through the wrapper.
        if ((lifeline = fcntl(lifeline, F_DUPFD_CLOEXEC, MTOR_INNER_EXECUTABLE + 1)) < 0 ||
            dup2(inner, MTOR_INNER_STATUS) < 0)
            goto failed;
        int executable = open("/proc/self/exe", O_PATH);
        if (executable < 0) goto failed;
        if (executable != MTOR_INNER_EXECUTABLE) {
            if (dup2(executable, MTOR_INNER_EXECUTABLE) < 0) goto failed;
            close(executable);
        }
        step = MTOR_STEP_LIMIT;
    }
    if (limit(RLIMIT_CORE, job->head->limit_core) ||
        limit(RLIMIT_NPROC, job->head->limit_processes) ||
        limit(RLIMIT_DATA, job->head->limit_memory) ||
        limit(RLIMIT_FSIZE, job->head->limit_file_size))
        goto failed;
    step = MTOR_STEP_CHDIR;
    if (chdir(job->directory)) goto failed;
    step = mtor_confine(job->head->confinement, (int)job->head->landlock, job->rules,
                        job->head->rule_count);
    if (step) goto failed;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    step = MTOR_STEP_EXEC;
    // Whatever is open above the standard three is close-on-exec.
    execve(job->executable, job->arguments, job->environment);
failed:
    mtor_report_not_started(lifeline, step, errno);
    _exit(127);
}

// MARK: The supervising process

/// What the supervising process knows of its command.
struct watch {
    pid_t command;
    int status;
    _Bool over;
    unsigned leftovers;
};

/// Reaps whatever has ended: the command, and what it left behind, which this process adopts.
/// False once there is no child at all.
static _Bool reap(struct watch *watch) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) return 1;
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) return 0;
        if (pid == watch->command) {
            watch->status = status;
            watch->over = 1;
        } else if (watch->over) {
            watch->leftovers++;
        }
    }
}

/// Waits for a child's end, a word from mtor, or the time (`until`, 0: for ever).
/// Returns the request, 0 where there was none.
static int await(int children, int *lifeline, uint64_t until) {
    int wait = -1;
    if (until) {
        uint64_t now = now_ns();
        uint64_t left = until > now ? (until - now + 999999) / 1000000 : 0;
        wait = left > 60000 ? 60000 : (int)left;
    }
    struct pollfd watched[2] = {{children, POLLIN, 0}, {*lifeline, POLLIN, 0}};
    if (poll(watched, 2, wait) <= 0) return 0;
    if (watched[0].revents) {
        struct signalfd_siginfo info;
        ssize_t ignored = read(children, &info, sizeof info);
        (void)ignored;
    }
    if (!watched[1].revents) return 0;
    char byte = MTOR_ASK_END;
    ssize_t count = recv(*lifeline, &byte, 1, MSG_DONTWAIT);
    if (count < 0) return 0;
    // At its end: mtor has closed it, or is no more.
    if (count == 0) *lifeline = -1;
    return count == 0 ? MTOR_ASK_END : byte;
}

/// How long a command's processes are not counted: what a fork bomb has time for.
#define COUNTING_NS 10000000u

/// Kills what is left until nothing is. A process that the kernel cannot end (stuck in a driver)
/// is left to the host after ten seconds.
static void sweep(struct watch *watch, int children) {
    uint64_t give_up = now_ns() + 10000000000u;
    int none = -1;
    while (reap(watch) && now_ns() < give_up) {
        // The group first: one call of the kernel that nothing in the group can outrun.
        if (!watch->over) kill(-watch->command, SIGKILL);
        mtor_signal_descendants(SIGKILL, 1, 0);
        await(children, &none, now_ns() + 1000000);
    }
}

/// Fills in how a command ended that nobody ended: as waitpid(2) saw it, or, in a wrapper, as the
/// inner process did.
static void end_by_itself(struct mtor_report *result, int status, int inner) {
    struct mtor_inner_report within = {0};
    _Bool is_told = inner >= 0 && read(inner, &within, sizeof within) == sizeof within;
    if (is_told && within.code) {
        result->ending = MTOR_NOT_STARTED;
        result->step = MTOR_STEP_EXEC;
        result->value = within.code;
        return;
    }
    if (is_told) status = within.status;
    _Bool exited = WIFEXITED(status);
    result->ending = exited ? MTOR_EXITED : MTOR_SIGNALLED;
    result->value = exited ? WEXITSTATUS(status) : WTERMSIG(status);
    if (inner < 0 || is_told || !exited) return;
    // Nothing was said. A wrapper tells by 128 + signal that the inner process was killed, which
    // is the command's own doing; anything else is the wrapper's failure.
    if (result->value > 128) {
        result->ending = MTOR_SIGNALLED;
        result->value -= 128;
    } else {
        result->ending = MTOR_NOT_STARTED;
        result->step = MTOR_STEP_WRAPPER;
    }
}

void mtor_supervise(struct mtor_received from) {
    struct parsed job = {0};
    int code = parse(from.job, &job);
    if (code) {
        mtor_report_not_started(from.lifeline, MTOR_STEP_JOB, code);
        _exit(0);
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    int children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    int inner[2] = {-1, -1};
    if (job.head->wrapped && pipe2(inner, O_CLOEXEC | O_NONBLOCK)) {
        mtor_report_not_started(from.lifeline, MTOR_STEP_INNER, errno);
        _exit(0);
    }
    pid_t self = getpid();
    uint64_t start = now_ns();
    struct watch watch = {.command = -1};
    // vfork is cheaper: what the command's process does before exec, it does in this process's
    // memory. But a process that shares its memory cannot enter a user namespace.
    if (children >= 0) watch.command = job.head->confinement ? fork() : vfork();
    if (watch.command == 0) become_command(&job, &from, self, inner[1]);
    if (watch.command < 0) {
        mtor_report_not_started(from.lifeline, MTOR_STEP_FORK, errno);
        _exit(0);
    }
    // Held open here they would keep mtor from seeing the end of the output.
    for (int i = 0; i < 3; i++) close(from.standard[i]);
    if (inner[1] >= 0) close(inner[1]);

    // The kernel limits the processes of users, and not those of root.
    long most = job.head->limit_processes >= 0 && geteuid() == 0 ? job.head->limit_processes : -1;
    struct mtor_report result = {0};
    uint64_t deadline = job.head->timeout_ms ? start + job.head->timeout_ms * 1000000u : 0;
    int lifeline = from.lifeline;
    uint64_t hard = 0;
    while (reap(&watch) && !(watch.over && !hard)) {
        uint64_t now = now_ns();
        if (hard && now >= hard) break;
        if (!hard && deadline && now >= deadline) {
            result.ending = MTOR_TIMED_OUT;
        } else {
            uint64_t until = hard ? hard : deadline;
            if (most >= 0 && (!until || until > now + COUNTING_NS)) until = now + COUNTING_NS;
            int request = await(children, &lifeline, until);
            if (request == MTOR_ASK_KILL) hard = 1;
            if (request && !result.ending) result.ending = MTOR_ENDED;
            if (most >= 0 && mtor_has_more_descendants(most)) {
                // No grace: each of them may be making more.
                result.ending = MTOR_TOO_MANY;
                hard = 1;
            }
        }
        if (result.ending && !hard) {
            hard = now_ns() + job.head->grace_ms * 1000000u + 1;
            mtor_signal_descendants(SIGTERM, 0, job.head->wrapped ? watch.command : 0);
        }
    }
    result.wall_ns = now_ns() - start;
    sweep(&watch, children);
    result.gone_ns = now_ns() - start;
    if (!result.ending) end_by_itself(&result, watch.status, inner[0]);
    struct rusage usage;
    // Children that were waited for, theirs included: the whole tree of the command.
    getrusage(RUSAGE_CHILDREN, &usage);
    result.user_us = (uint64_t)usage.ru_utime.tv_sec * 1000000u + (uint64_t)usage.ru_utime.tv_usec;
    result.system_us =
        (uint64_t)usage.ru_stime.tv_sec * 1000000u + (uint64_t)usage.ru_stime.tv_usec;
    result.peak_bytes = (uint64_t)usage.ru_maxrss * 1024u;
    result.leftovers = watch.leftovers;
    report(from.lifeline, &result);
    _exit(0);
}

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

/// The standard descriptors, lifeline and job of one command, as they came from mtor.
struct received {
    int job, lifeline, standard[3];
};

/// A job with pointers into its mapped file.
struct parsed {
    const struct mtor_job *head;
    char *directory, *executable;
    char **arguments, **environment;
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

static void report_not_started(int lifeline, enum mtor_step step, int code) {
    struct mtor_report failure = {.ending = MTOR_NOT_STARTED, .step = step, .value = code};
    report(lifeline, &failure);
}

// MARK: The job

static char *next_string(char **at, char *end) {
    char *start = *at;
    char *stop = start < end ? memchr(start, 0, (size_t)(end - start)) : NULL;
    if (!stop) return NULL;
    *at = stop + 1;
    return start;
}

static char **next_strings(char **at, char *end, uint32_t count) {
    char **list = calloc((size_t)count + 1, sizeof *list);
    for (uint32_t i = 0; list && i < count; i++)
        if (!(list[i] = next_string(at, end))) return NULL;
    return list;
}

/// Maps and takes apart a job; 0 or an errno. The map lives as long as this process.
static int parse(int file, struct parsed *job) {
    struct stat status;
    if (fstat(file, &status)) return errno;
    size_t size = (size_t)status.st_size;
    if (size < sizeof *job->head) return EINVAL;
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (base == MAP_FAILED) return errno;
    job->head = (const struct mtor_job *)base;
    if (job->head->magic != MTOR_JOB_MAGIC) return EINVAL;
    char *at = base + sizeof *job->head, *end = base + size;
    job->directory = next_string(&at, end);
    job->executable = next_string(&at, end);
    job->arguments = next_strings(&at, end, job->head->argument_count);
    job->environment = next_strings(&at, end, job->head->environment_count);
    return job->directory && job->executable && job->arguments && job->environment ? 0 : EINVAL;
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

static _Noreturn void become_command(const struct parsed *job, const struct received *from,
                                     pid_t supervisor) {
    enum mtor_step step = MTOR_STEP_LIMIT;
    setsid();
    // Should the supervising process be killed, its command goes with it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL)) goto failed;
    if (getppid() != supervisor) _exit(127);
    for (int i = 0; i < 3; i++)
        if (dup2(from->standard[i], i) < 0) goto failed;
    if (limit(RLIMIT_CORE, job->head->limit_core) ||
        limit(RLIMIT_NPROC, job->head->limit_processes) ||
        limit(RLIMIT_DATA, job->head->limit_memory) ||
        limit(RLIMIT_FSIZE, job->head->limit_file_size))
        goto failed;
    step = MTOR_STEP_CHDIR;
    if (chdir(job->directory)) goto failed;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    step = MTOR_STEP_EXEC;
    // Whatever is open above the standard three is close-on-exec.
    execve(job->executable, job->arguments, job->environment);
failed:
    report_not_started(from->lifeline, step, errno);
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

/// Kills what is left until nothing is. A process that the kernel cannot end (stuck in a driver)
/// is left to the host after ten seconds.
static void sweep(struct watch *watch, int children) {
    uint64_t give_up = now_ns() + 10000000000u;
    int none = -1;
    while (reap(watch) && now_ns() < give_up) {
        // The group first: one call of the kernel that nothing in the group can outrun.
        if (!watch->over) kill(-watch->command, SIGKILL);
        mtor_signal_descendants(SIGKILL, 1);
        await(children, &none, now_ns() + 1000000);
    }
}

static _Noreturn void supervise(struct received from) {
    struct parsed job = {0};
    int code = parse(from.job, &job);
    if (code) {
        report_not_started(from.lifeline, MTOR_STEP_JOB, code);
        _exit(0);
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    int children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    pid_t self = getpid();
    uint64_t start = now_ns();
    // vfork: what the command's process does before exec, it does in this process's memory.
    struct watch watch = {.command = children < 0 ? -1 : vfork()};
    if (watch.command == 0) become_command(&job, &from, self);
    if (watch.command < 0) {
        report_not_started(from.lifeline, MTOR_STEP_FORK, errno);
        _exit(0);
    }
    // Held open here they would keep mtor from seeing the end of the output.
    for (int i = 0; i < 3; i++) close(from.standard[i]);

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
            int request = await(children, &lifeline, hard ? hard : deadline);
            if (request == MTOR_ASK_KILL) hard = 1;
            if (request && !result.ending) result.ending = MTOR_ENDED;
        }
        if (result.ending && !hard) {
            hard = now_ns() + job.head->grace_ms * 1000000u + 1;
            mtor_signal_descendants(SIGTERM, 0);
        }
    }
    result.wall_ns = now_ns() - start;
    sweep(&watch, children);
    if (!result.ending) {
        _Bool exited = WIFEXITED(watch.status);
        result.ending = exited ? MTOR_EXITED : MTOR_SIGNALLED;
        result.value = exited ? WEXITSTATUS(watch.status) : WTERMSIG(watch.status);
    }
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

// MARK: The host

/// The supervising processes that live, each with the host's copy of its lifeline, which stays
/// open until the host has looked after what a killed supervisor left.
struct hosted {
    pid_t *pids;
    int *lifelines;
    int count, room;
};

static int make_room(struct hosted *hosted) {
    if (hosted->count < hosted->room) return 0;
    int room = hosted->room ? 2 * hosted->room : 16;
    pid_t *pids = realloc(hosted->pids, (size_t)room * sizeof *pids);
    if (pids) hosted->pids = pids;
    int *lifelines = realloc(hosted->lifelines, (size_t)room * sizeof *lifelines);
    if (lifelines) hosted->lifelines = lifelines;
    if (!pids || !lifelines) return ENOMEM;
    hosted->room = room;
    return 0;
}

/// Kills the children that are no supervisors, until none is left.
static void sweep_strangers(struct hosted *hosted) {
    for (int rounds = 0; rounds < 2000; rounds++) {
        mtor_kill_children_except(hosted->pids, hosted->count);
        int strangers = 0;
        for (;;) {
            // Looked at before it is taken: a supervisor's end is for reap_supervisors.
            siginfo_t info = {0};
            if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid) break;
            int known = 0;
            for (int i = 0; i < hosted->count; i++) known |= hosted->pids[i] == info.si_pid;
            if (known) break;
            waitpid(info.si_pid, NULL, 0);
            strangers++;
        }
        if (!strangers && rounds > 0) return;
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
}

static void reap_supervisors(struct hosted *hosted) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR) continue;
        if (pid <= 0) return;
        for (int i = 0; i < hosted->count; i++) {
            if (hosted->pids[i] != pid) continue;
            int lifeline = hosted->lifelines[i];
            hosted->count--;
            hosted->pids[i] = hosted->pids[hosted->count];
            hosted->lifelines[i] = hosted->lifelines[hosted->count];
            // A command can kill its supervisor; what it started then becomes the host's child.
            if (!WIFEXITED(status)) sweep_strangers(hosted);
            close(lifeline);
            break;
        }
    }
}

/// Takes one job from mtor. False at the end of the socket.
static _Bool receive(struct received *job) {
    union {
        char bytes[CMSG_SPACE(MTOR_JOB_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    char mark;
    struct iovec part = {&mark, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    job->job = -1;
    ssize_t count = recvmsg(MTOR_HOST_SOCKET, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return 0;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_len != CMSG_LEN(MTOR_JOB_DESCRIPTORS * sizeof(int))) return 1;
    int raw[MTOR_JOB_DESCRIPTORS];
    memcpy(raw, CMSG_DATA(head), sizeof raw);
    *job = (struct received){raw[0], raw[1], {raw[2], raw[3], raw[4]}};
    return 1;
}

static void start(struct hosted *hosted, struct received job) {
    int code = make_room(hosted);
    pid_t pid = code ? -1 : fork();
    if (pid == 0) {
        close(MTOR_HOST_SOCKET);
        // The copies of other commands' lifelines are the host's alone.
        for (int i = 0; i < hosted->count; i++) close(hosted->lifelines[i]);
        supervise(job);
    }
    if (pid < 0) {
        report_not_started(job.lifeline, MTOR_STEP_FORK, code ? code : errno);
        close(job.lifeline);
    } else {
        hosted->pids[hosted->count] = pid;
        hosted->lifelines[hosted->count++] = job.lifeline;
    }
    close(job.job);
    for (int i = 0; i < 3; i++) close(job.standard[i]);
}

static _Noreturn void host(void) {
    struct hosted hosted = {0};
    fcntl(MTOR_HOST_SOCKET, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "mtor-host");
    // Readable by nobody but root: nothing next to a command is a way into mtor.
    prctl(PR_SET_DUMPABLE, 0);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    int children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    if (children < 0) _exit(71);
    int socket = MTOR_HOST_SOCKET;
    while (socket >= 0 || hosted.count > 0) {
        struct pollfd watched[2] = {{children, POLLIN, 0}, {socket, POLLIN, 0}};
        if (poll(watched, 2, -1) < 0) continue;
        if (watched[0].revents) {
            struct signalfd_siginfo info;
            while (read(children, &info, sizeof info) > 0) continue;
            reap_supervisors(&hosted);
        }
        if (watched[1].revents) {
            struct received job;
            if (!receive(&job)) socket = -1;
            else if (job.job >= 0) start(&hosted, job);
        }
    }
    sweep_strangers(&hosted);
    _exit(0);
}

/// Before main and before anything of Swift: the executable asks whether it is the host.
__attribute__((constructor(101))) static void become_host(int argc, char **argv) {
    if (argc == 1 && argv && argv[0] && !strcmp(argv[0], MTOR_HOST_NAME)) host();
}

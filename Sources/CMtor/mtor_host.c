// The host: the one process that mtor starts of itself, from which every supervising process is
// forked, and which looks after what a killed one leaves.
#define _GNU_SOURCE
#include "mtor_descendants.h"
#include "mtor_process.h"
#include "mtor_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// What a supervising process may take beyond its command's deadline and grace. A command can stop
/// it (SIGSTOP, ptrace), and then the host is the one that keeps the deadline.
#define PATIENCE_NS 150000000u

/// A supervising process that lives.
struct supervisor {
    pid_t pid;
    /// The host's copy of its lifeline, which stays open until the host has looked after what a
    /// killed supervisor left.
    int lifeline;
    _Bool was_overdue;
    /// When it started, and when it must have ended (0: no matter when).
    uint64_t started, overdue, grace_ns;
};

struct hosted {
    struct supervisor *at;
    int count, room;
};

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int make_room(struct hosted *hosted) {
    if (hosted->count < hosted->room) return 0;
    int room = hosted->room ? 2 * hosted->room : 16;
    struct supervisor *at = realloc(hosted->at, (size_t)room * sizeof *at);
    if (!at) return ENOMEM;
    hosted->at = at;
    hosted->room = room;
    return 0;
}

/// Reaps the children that have ended, up to the first supervisor: its end is for
/// reap_supervisors.
static void reap_strangers(const struct hosted *hosted) {
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid) return;
        for (int i = 0; i < hosted->count; i++)
            if (hosted->at[i].pid == info.si_pid) return;
        waitpid(info.si_pid, NULL, 0);
    }
}

/// Kills the children that are no supervisors, until none is left; for ten seconds at most, since
/// the kernel cannot end every process at once (one may be stuck in a driver).
static void sweep_strangers(const struct hosted *hosted) {
    pid_t keep[hosted->count + 1];
    for (int i = 0; i < hosted->count; i++) keep[i] = hosted->at[i].pid;
    for (int rounds = 0; rounds < 10000; rounds++) {
        if (!mtor_kill_children_except(keep, hosted->count)) return;
        reap_strangers(hosted);
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
            if (hosted->at[i].pid != pid) continue;
            struct supervisor ended = hosted->at[i];
            hosted->at[i] = hosted->at[--hosted->count];
            // A command can kill its supervisor; what it started then becomes the host's child.
            if (!WIFEXITED(status)) sweep_strangers(hosted);
            if (ended.was_overdue) {
                struct mtor_report report = {.ending = MTOR_TIMED_OUT};
                report.wall_ns = report.gone_ns = now_ns() - ended.started;
                ssize_t ignored = send(ended.lifeline, &report, sizeof report, MSG_NOSIGNAL);
                (void)ignored;
            }
            close(ended.lifeline);
            break;
        }
    }
}

/// True for a process that somebody has stopped, by a signal or as its tracer.
static _Bool is_stopped(pid_t pid) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, line, sizeof line - 1);
    close(file);
    line[count > 0 ? count : 0] = 0;
    char *after = strrchr(line, ')');
    return after && (!strncmp(after, ") T", 3) || !strncmp(after, ") t", 3));
}

/// Kills the supervising processes that are overdue because they have been stopped; returns how
/// long the next one has, in milliseconds, -1: for ever. One that is only slow, on a busy machine,
/// knows better than the host how its command ended.
static int kill_overdue(struct hosted *hosted) {
    uint64_t now = now_ns(), next = 0;
    for (int i = 0; i < hosted->count; i++) {
        struct supervisor *one = &hosted->at[i];
        if (!one->overdue) continue;
        if (one->overdue <= now && is_stopped(one->pid)) {
            one->was_overdue = 1;
            kill(one->pid, SIGKILL);
        }
        if (one->overdue <= now) one->overdue = now + PATIENCE_NS;
        if (!next || one->overdue < next) next = one->overdue;
    }
    if (!next) return -1;
    uint64_t left = (next - now + 999999) / 1000000;
    return left > 60000 ? 60000 : (int)left;
}

/// mtor is gone: the commands are being ended, and have their grace for it.
static void hurry(struct hosted *hosted) {
    for (int i = 0; i < hosted->count; i++) {
        struct supervisor *one = &hosted->at[i];
        uint64_t last = now_ns() + one->grace_ns + PATIENCE_NS;
        if (!one->overdue || one->overdue > last) one->overdue = last;
    }
}

/// Takes one message from mtor: its first byte, and up to MTOR_JOB_DESCRIPTORS descriptors.
/// Returns that byte, 0 where there was none after all, -1 at the end of the socket.
static int receive(int *descriptors, int *count) {
    union {
        char bytes[CMSG_SPACE(MTOR_JOB_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    char mark;
    struct iovec part = {&mark, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    *count = 0;
    ssize_t length = recvmsg(MTOR_HOST_SOCKET, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0) return errno == EINTR || errno == EAGAIN ? 0 : -1;
    if (length == 0) return -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_RIGHTS) {
        *count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors, CMSG_DATA(head), (size_t)*count * sizeof(int));
    }
    return mark;
}

static void start(struct hosted *hosted, struct mtor_received job) {
    int code = make_room(hosted);
    pid_t pid = code ? -1 : fork();
    if (pid == 0) {
        close(MTOR_HOST_SOCKET);
        // The copies of other commands' lifelines are the host's alone.
        for (int i = 0; i < hosted->count; i++) close(hosted->at[i].lifeline);
        mtor_supervise(job);
    }
    if (pid < 0) {
        mtor_report_not_started(job.lifeline, MTOR_STEP_FORK, code ? code : errno);
        close(job.lifeline);
    } else {
        struct mtor_job head = {0};
        _Bool is_whole = pread(job.job, &head, sizeof head, 0) == sizeof head;
        struct supervisor one = {.pid = pid, .lifeline = job.lifeline, .started = now_ns()};
        one.grace_ns = is_whole ? head.grace_ms * 1000000u : 0;
        if (is_whole && head.timeout_ms)
            one.overdue = one.started + head.timeout_ms * 1000000u + one.grace_ns + PATIENCE_NS;
        hosted->at[hosted->count++] = one;
    }
    close(job.job);
    for (int i = 0; i < 3; i++) close(job.standard[i]);
}

/// Enters a shadow and answers with the two folders.
static void enter_shadow(int description, _Bool again) {
    struct mtor_shadow_result result = {0};
    mtor_enter_shadow(description, again, &result);
    int folders[2] = {result.merged, result.upper};
    union {
        char bytes[CMSG_SPACE(sizeof folders)];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {&result, sizeof result};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (result.step == MTOR_SHADOW_READY) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof folders);
        memcpy(CMSG_DATA(head), folders, sizeof folders);
    }
    ssize_t ignored = sendmsg(MTOR_HOST_SOCKET, &message, MSG_NOSIGNAL);
    (void)ignored;
    if (result.step == MTOR_SHADOW_READY)
        for (int i = 0; i < 2; i++) close(folders[i]);
    // Without its overlay a command would change the tree itself: there is no next one.
    if (again && result.step != MTOR_SHADOW_READY) _exit(71);
}

/// Answers one message; false when mtor has closed the socket or is no more.
static _Bool answer(struct hosted *hosted) {
    int descriptors[MTOR_JOB_DESCRIPTORS], count;
    int mark = receive(descriptors, &count);
    if (mark < 0) return 0;
    if (mark == MTOR_MESSAGE_JOB && count == MTOR_JOB_DESCRIPTORS) {
        start(hosted, (struct mtor_received){descriptors[0], descriptors[1],
                                        {descriptors[2], descriptors[3], descriptors[4]}});
        return 1;
    }
    if ((mark == MTOR_MESSAGE_SHADOW || mark == MTOR_MESSAGE_RENEW) && count == 1)
        enter_shadow(descriptors[0], mark == MTOR_MESSAGE_RENEW);
    for (int i = 0; i < count; i++) close(descriptors[i]);
    return 1;
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
        if (poll(watched, 2, kill_overdue(&hosted)) < 0) continue;
        if (watched[0].revents) {
            struct signalfd_siginfo info;
            while (read(children, &info, sizeof info) > 0) continue;
            reap_supervisors(&hosted);
        }
        if (watched[1].revents && !answer(&hosted)) {
            socket = -1;
            hurry(&hosted);
        }
    }
    sweep_strangers(&hosted);
    _exit(0);
}

/// Before main and before anything of Swift: the executable asks whether it is the host.
__attribute__((constructor(101))) static void become_host(int argc, char **argv) {
    if (argc == 1 && argv && argv[0] && !strcmp(argv[0], MTOR_HOST_NAME)) host();
}

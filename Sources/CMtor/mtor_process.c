#define _GNU_SOURCE
#include "mtor_process.h"
#include "mtor_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

char **mtor_environment(void) { return environ; }

/// Where the linker has put the beginning and the end of what is mapped for reading and executing.
extern const char __executable_start[], etext[];

void mtor_give_back_code(void) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = (uintptr_t)__executable_start & -page;
    const uintptr_t end = (uintptr_t)etext & -page;
    // Only advice, and nothing hangs on it. These pages are never written: none can be lost.
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
}

int mtor_host_start(const char *executable, pid_t *pid) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) return -errno;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int e = posix_spawn_file_actions_init(&actions);
    if (e) goto close_ends;
    if ((e = posix_spawnattr_init(&attributes))) goto destroy_actions;

    // A session of its own: the terminal's Ctrl-C is mtor's to answer, not the host's.
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    char *const argv[] = {MTOR_HOST_NAME, NULL};
    // No environment: what is secret in mtor's is not in the processes next to the commands.
    char *const empty[] = {NULL};
    if ((e = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)) ||
        (e = posix_spawn_file_actions_adddup2(&actions, 0, 1)) ||
        (e = posix_spawn_file_actions_adddup2(&actions, 0, 2)) ||
        (e = posix_spawn_file_actions_adddup2(&actions, ends[1], MTOR_HOST_SOCKET)) ||
        (e = posix_spawn_file_actions_addclosefrom_np(&actions, MTOR_HOST_SOCKET + 1)))
        goto destroy;
    // glibc spawns by CLONE_VFORK: the cost does not grow with the memory of this process.
    e = posix_spawn(pid, executable, &actions, &attributes, argv, empty);
destroy:
    posix_spawnattr_destroy(&attributes);
destroy_actions:
    posix_spawn_file_actions_destroy(&actions);
close_ends:
    close(ends[1]);
    if (e) close(ends[0]);
    return e ? -e : ends[0];
}

int mtor_bytes(const void *bytes, size_t count) {
    int file = memfd_create("mtor", MFD_CLOEXEC);
    if (file < 0) return -errno;
    for (size_t done = 0; done < count;) {
        ssize_t written = pwrite(file, (const char *)bytes + done, count - done, (off_t)done);
        if (written > 0) done += (size_t)written;
        if (written < 0 && errno != EINTR) {
            int e = errno;
            close(file);
            return -e;
        }
    }
    return file;
}

/// Sends a message of one byte with descriptors; 0 or -errno.
static int send_descriptors(int socket, char mark, const int *descriptors, size_t count) {
    union {
        char bytes[CMSG_SPACE(MTOR_JOB_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {&mark, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), descriptors, count * sizeof(int));
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int mtor_host_run(int host, const void *job, size_t count, int in, int out, int err) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) return -errno;
    int code = mtor_bytes(job, count);
    if (code >= 0) {
        int file = code;
        int descriptors[MTOR_JOB_DESCRIPTORS] = {file, ends[1], in, out, err};
        code = send_descriptors(host, MTOR_MESSAGE_JOB, descriptors, MTOR_JOB_DESCRIPTORS);
        close(file);
    }
    close(ends[1]);
    if (code < 0) close(ends[0]);
    return code < 0 ? code : ends[0];
}

int mtor_host_enter_shadow(int host, const void *description, size_t count, _Bool again,
                           struct mtor_shadow_result *result) {
    int file = mtor_bytes(description, count);
    if (file < 0) return file;
    char mark = again ? MTOR_MESSAGE_RENEW : MTOR_MESSAGE_SHADOW;
    int code = send_descriptors(host, mark, &file, 1);
    close(file);
    if (code < 0) return code;
    int folders[2] = {-1, -1};
    union {
        char bytes[CMSG_SPACE(sizeof folders)];
        struct cmsghdr align;
    } control;
    struct iovec part = {result, sizeof *result};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t length;
    do
        length = recvmsg(host, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0) return -errno;
    if (length != (ssize_t)sizeof *result) return -EPIPE;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_len == CMSG_LEN(sizeof folders))
        memcpy(folders, CMSG_DATA(head), sizeof folders);
    result->merged = folders[0];
    result->upper = folders[1];
    return 0;
}

void mtor_lifeline_ask(int lifeline, enum mtor_request request) {
    char byte = (char)request;
    ssize_t ignored = send(lifeline, &byte, 1, MSG_NOSIGNAL);
    (void)ignored;
}

int mtor_lifeline_report(int lifeline, struct mtor_report *report) {
    ssize_t count;
    do
        count = recv(lifeline, report, sizeof *report, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count == (ssize_t)sizeof *report) return 1;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (count < 0 && errno != ECONNRESET) return -errno;
    *report = (struct mtor_report){.ending = MTOR_LOST};
    return 1;
}

int mtor_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC)) return -errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK)) {
        int e = errno;
        close(ends[0]);
        close(ends[1]);
        return -e;
    }
    return 0;
}

int mtor_grow_pipe(int pipe, int bytes) {
    (void)fcntl(pipe, F_SETPIPE_SZ, bytes);
    int size = fcntl(pipe, F_GETPIPE_SZ);
    return size < 0 ? -errno : size;
}

size_t mtor_drop_all_but(int pipe, size_t keep, int null) {
    int held = 0;
    // Where the kernel does not tell or does not move, nothing is lost: it is read like the rest.
    if (ioctl(pipe, FIONREAD, &held) || held < 0 || (size_t)held <= keep) return 0;
    ssize_t moved = splice(pipe, NULL, null, NULL, (size_t)held - keep, SPLICE_F_NONBLOCK);
    return moved > 0 ? (size_t)moved : 0;
}

int mtor_poll(struct pollfd *watched, unsigned long count, int64_t ns) {
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    int ready = ppoll(watched, count, ns < 0 ? NULL : &time, NULL);
    return ready < 0 ? -errno : ready;
}

#define _GNU_SOURCE
#include "mtor_descendants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// Process ids, growing.
struct pids {
    pid_t *at;
    int count, room;
};

static void append(struct pids *pids, pid_t pid) {
    if (pids->count == pids->room) {
        int room = pids->room ? 2 * pids->room : 256;
        pid_t *at = realloc(pids->at, (size_t)room * sizeof *at);
        if (!at) return; // The next sweep finds the rest.
        pids->at = at;
        pids->room = room;
    }
    pids->at[pids->count++] = pid;
}

/// Appends the numbers of a `children` file; 0 where there is none.
static int read_children(const char *path, struct pids *into) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char bytes[8192];
    long number = 0;
    ssize_t count;
    while ((count = read(file, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                number = number * 10 + (bytes[i] - '0');
            } else if (number) {
                append(into, (pid_t)number);
                number = 0;
            }
        }
    }
    close(file);
    return 1;
}

/// The children of a process by scanning /proc, for a kernel without CONFIG_PROC_CHILDREN.
static void scan_children(pid_t parent, struct pids *into) {
    DIR *folder = opendir("/proc");
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        pid_t pid = (pid_t)atol(entry->d_name);
        if (pid <= 0) continue;
        char path[64], line[512];
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t count = read(file, line, sizeof line - 1);
        close(file);
        line[count > 0 ? count : 0] = 0;
        // The name in parentheses may hold anything: the fields begin after the last one.
        char *after = strrchr(line, ')');
        int of = 0;
        if (after && sscanf(after + 1, " %*c %d", &of) == 1 && of == parent) append(into, pid);
    }
    closedir(folder);
}

static void children(pid_t parent, struct pids *into) {
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *folder = opendir(path);
    if (!folder) return;
    int read_any = 0, tasks = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        tasks++;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)parent, entry->d_name);
        read_any += read_children(path, into);
    }
    closedir(folder);
    if (tasks && !read_any) scan_children(parent, into);
}

/// Appends all descendants of the processes from `from` on. A pid is used within microseconds
/// of being read; the kernel hands pids out in a circle and cannot come round to it by then.
static void descend(struct pids *pids, int from, _Bool stop) {
    for (int i = from; i < pids->count; i++) {
        if (stop) kill(pids->at[i], SIGSTOP);
        children(pids->at[i], pids);
    }
}

static void signal_all(struct pids *pids, int signal_number) {
    for (int i = 0; i < pids->count; i++) {
        kill(pids->at[i], signal_number);
        // A stopped process acts on SIGTERM only when it goes on.
        if (signal_number != SIGKILL) kill(pids->at[i], SIGCONT);
    }
}

int mtor_signal_descendants(int signal_number, _Bool stop_first, pid_t spared) {
    struct pids pids = {0};
    children(getpid(), &pids);
    descend(&pids, 0, stop_first);
    int count = 0;
    // In the order found, parents before children: a shell whose child is signalled first may yet
    // print that it was terminated.
    for (int i = 0; i < pids.count; i++)
        if (!spared || pids.at[i] != spared) pids.at[count++] = pids.at[i];
    pids.count = count;
    signal_all(&pids, signal_number);
    free(pids.at);
    return count;
}

/// How many processes and threads the whole machine has; a great many where nobody can tell.
static long all_tasks(void) {
    int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    if (file < 0) return LONG_MAX;
    char line[128];
    ssize_t count = read(file, line, sizeof line - 1);
    close(file);
    line[count > 0 ? count : 0] = 0;
    // 0.20 0.18 0.12 1/80 11206: the number behind the slash.
    char *slash = strchr(line, '/');
    return slash ? atol(slash + 1) : LONG_MAX;
}

_Bool mtor_has_more_descendants(long limit) {
    // Cheap, and nearly always the whole answer.
    if (all_tasks() <= limit) return 0;
    struct pids pids = {0};
    long count = 0;
    children(getpid(), &pids);
    for (int i = 0; i < pids.count && count <= limit; i++) {
        char path[64];
        struct stat status;
        snprintf(path, sizeof path, "/proc/%d/task", (int)pids.at[i]);
        // Its links are itself, its parent's, and one for each thread.
        count += stat(path, &status) || status.st_nlink < 3 ? 1 : (long)status.st_nlink - 2;
        children(pids.at[i], &pids);
    }
    free(pids.at);
    return count > limit;
}

int mtor_kill_children_except(const pid_t *keep, int count) {
    struct pids all = {0}, doomed = {0};
    children(getpid(), &all);
    for (int i = 0; i < all.count; i++) {
        int kept = 0;
        for (int k = 0; k < count; k++) kept |= keep[k] == all.at[i];
        if (!kept) append(&doomed, all.at[i]);
    }
    descend(&doomed, 0, 1);
    signal_all(&doomed, SIGKILL);
    int killed = doomed.count;
    free(all.at);
    free(doomed.at);
    return killed;
}

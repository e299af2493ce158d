// hostile NAME: one command that does not want to end, or to leave others in peace.
#define _GNU_SOURCE
#include "escape.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_ever(void) {
    for (;;) pause();
}

static void ignore_all_signals(void) {
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
}

/// Every process forks until there are many, then waits; none heeds SIGTERM.
static void bomb(_Bool own_sessions) {
    signal(SIGTERM, SIG_IGN);
    for (int forks = 0; forks < 8; forks++) {
        if (fork() == 0 && own_sessions) setsid();
        usleep(2000);
    }
    wait_for_ever();
}

/// Always another pid, always an orphan in a session of its own.
static void churn(void) {
    signal(SIGTERM, SIG_IGN);
    for (;;) {
        pid_t pid = fork();
        if (pid > 0) _exit(0);
        if (pid < 0) usleep(1000);
        setsid();
    }
}

static void daemonise(void) {
    if (fork()) _exit(0);
    setsid();
    if (fork()) _exit(0);
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(null, i);
    wait_for_ever();
}

static void flood(long chunks) {
    static char bytes[65536];
    memset(bytes, 'x', sizeof bytes);
    for (long i = 0; chunks < 0 || i < chunks; i++)
        if (write(1, bytes, sizeof bytes) < 0 && chunks >= 0) break;
}

static void flood_for_ever(void) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    flood(-1);
}

/// Ends, and leaves a child behind that keeps standard output open.
static void hold_pipe(void) {
    if (fork()) _exit(0);
    setsid();
    wait_for_ever();
}

/// Tells what it can read of a standard input and of a terminal.
static int ask(void) {
    char bytes[10];
    long count = read(0, bytes, sizeof bytes);
    int terminal = open("/dev/tty", O_RDWR);
    printf("read %ld, terminal %s\n", count, terminal < 0 ? "no" : "yes");
    return 7;
}

/// Ends while a vforked child, become another program, lives on.
static void vfork_orphan(void) {
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/sleep", "sleep", "1000", (char *)0);
        _exit(1);
    }
    _exit(0);
}

/// Kills the process that supervises it, having put a daemon aside first.
static void kill_parent(void) {
    pid_t parent = getppid();
    if (fork() == 0) daemonise();
    wait(NULL);
    kill(parent, SIGKILL);
    wait_for_ever();
}

/// Stops the process that supervises it, which then keeps no deadline.
static void stop_parent(void) {
    signal(SIGTERM, SIG_IGN);
    kill(getppid(), SIGSTOP);
    wait_for_ever();
}

static int trace_parent(void) {
    long failed = ptrace(PTRACE_ATTACH, getppid(), 0, 0);
    printf("attached %s\n", failed ? "no" : "yes");
    fflush(stdout);
    if (!failed) wait_for_ever();
    return failed ? 0 : 1;
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "";
    if (!strcmp(name, "bomb")) bomb(0);
    if (!strcmp(name, "scattered-bomb")) bomb(1);
    if (!strcmp(name, "churn")) churn();
    if (!strcmp(name, "daemon")) daemonise();
    if (!strcmp(name, "deaf")) {
        ignore_all_signals();
        wait_for_ever();
    }
    if (!strcmp(name, "flood")) {
        flood(16384);
        return 0;
    }
    if (!strcmp(name, "endless-flood")) flood_for_ever();
    if (!strcmp(name, "hold-pipe")) hold_pipe();
    if (!strcmp(name, "ask")) return ask();
    if (!strcmp(name, "stop")) {
        raise(SIGSTOP);
        return 0;
    }
    if (!strcmp(name, "vfork-orphan")) vfork_orphan();
    if (!strcmp(name, "kill-parent")) kill_parent();
    if (!strcmp(name, "stop-parent")) stop_parent();
    if (!strcmp(name, "trace-parent")) return trace_parent();
    if (!strcmp(name, "escape")) return escape();
    return 2;
}

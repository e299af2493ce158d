// The process between a sandbox (bubblewrap) and its command: it knows how the command ended, which
// the sandbox itself can only hint at (128 + signal), and it outlives SIGTERM for the command's
// grace.
#define _GNU_SOURCE
#include "mtor_process.h"
#include "mtor_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(int status, int code) {
    struct mtor_inner_report report = {status, code};
    // Whoever does not hear it takes it that this process was killed.
    ssize_t ignored = write(MTOR_INNER_STATUS, &report, sizeof report);
    (void)ignored;
}

static _Noreturn void run(char **arguments) {
    // Neither looked into nor steered by the command.
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "mtor-inner");
    fcntl(MTOR_INNER_STATUS, F_SETFD, FD_CLOEXEC);
    close(MTOR_INNER_EXECUTABLE);
    // Before the command is there, so that no SIGTERM for it can end this process.
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    pid_t command = fork();
    if (command < 0) {
        tell(0, errno);
        _exit(127);
    }
    if (command == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(arguments[0], arguments);
        tell(0, errno);
        _exit(127);
    }
    int status = 0;
    while (waitpid(command, &status, 0) < 0 && errno == EINTR) continue;
    tell(status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/// Before main and before anything of Swift: the executable asks whether it is the inner process.
__attribute__((constructor(102))) static void become_inner(int count, char **arguments) {
    if (count > 2 && arguments && !strcmp(arguments[0], MTOR_INNER_PATH) &&
        !strcmp(arguments[1], MTOR_INNER_NAME))
        run(arguments + 2);
}

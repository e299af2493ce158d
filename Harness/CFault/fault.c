#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(__x86_64__)
int fault_run(char *const *arguments, char *const *environment, int errors,
              const struct fault *fault, struct fault_result *result) {
    (void)arguments, (void)environment, (void)errors, (void)fault, (void)result;
    return -ENOSYS;
}
#else

struct call {
    long number;
    const char *name;
    /// Which argument is a path, or -1.
    int path;
    /// Fails on a full or broken disk.
    int takes_space;
};

#define CALL(name, path, space) {SYS_##name, #name, path, space}
static const struct call calls[] = {
    CALL(open, 0, 0), CALL(openat, 1, 0), {437, "openat2", 1, 0}, CALL(close, -1, 0),
    CALL(read, -1, 0), CALL(pread64, -1, 0), CALL(write, -1, 1), CALL(pwrite64, -1, 1),
    CALL(writev, -1, 1), CALL(stat, 0, 0), CALL(fstat, -1, 0), CALL(newfstatat, 1, 0),
    CALL(statx, 1, 0), CALL(lseek, -1, 0), CALL(access, 0, 0), CALL(faccessat, 1, 0),
    {439, "faccessat2", 1, 0}, CALL(fcntl, -1, 0), CALL(flock, -1, 0), CALL(fsync, -1, 1),
    CALL(fdatasync, -1, 1), CALL(syncfs, -1, 1), CALL(ftruncate, -1, 1), CALL(fallocate, -1, 1),
    CALL(getdents64, -1, 0), CALL(mkdir, 0, 1), CALL(mkdirat, 1, 1), CALL(rmdir, 0, 0),
    CALL(unlink, 0, 0), CALL(unlinkat, 1, 0), CALL(rename, 0, 1), CALL(renameat, 1, 1),
    CALL(renameat2, 1, 1), CALL(link, 0, 1), CALL(linkat, 1, 1), CALL(symlink, 1, 1),
    CALL(symlinkat, 2, 1), CALL(readlink, 0, 0), CALL(readlinkat, 1, 0), CALL(chmod, 0, 0),
    CALL(fchmod, -1, 0), CALL(fchmodat, 1, 0), CALL(chown, 0, 0), CALL(fchown, -1, 0),
    CALL(fchownat, 1, 0), CALL(utimensat, 1, 0), CALL(flistxattr, -1, 0),
    CALL(fgetxattr, -1, 0), CALL(fsetxattr, -1, 1), CALL(copy_file_range, -1, 1),
};

static const struct call *find(long number) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number) return &calls[i];
    return NULL;
}

static unsigned long argument(const struct user_regs_struct *registers, int index) {
    switch (index) {
    case 0: return registers->rdi;
    case 1: return registers->rsi;
    default: return registers->rdx;
    }
}

/// Reads a path out of the program's memory, across the end of a page if need be.
static void read_path(pid_t thread, unsigned long address, char *text, size_t size) {
    text[0] = 0;
    struct iovec here = {text, size - 1}, there = {(void *)address, size - 1};
    ssize_t count = process_vm_readv(thread, &here, 1, &there, 1, 0);
    if (count < 0) {
        here.iov_len = there.iov_len = 4096 - address % 4096 < size ? 4096 - address % 4096 : 1;
        count = process_vm_readv(thread, &here, 1, &there, 1, 0);
    }
    text[count < 0 ? 0 : count] = 0;
}

static _Noreturn void start(char *const *arguments, char *const *environment, int errors) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(errors, 2);
    setpgid(0, 0);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

/// What is known of a thread between entry and exit of a call.
struct thread {
    pid_t id;
    int inside;
    int must_fail;
    int must_die;
};

struct run {
    pid_t program;
    const struct fault *fault;
    struct fault_result *result;
    struct thread threads[64];
    int count;
    /// A call was hit, and what follows it counts too.
    int is_lasting;
};

static struct thread *thread(struct run *run, pid_t id) {
    for (int i = 0; i < run->count; i++)
        if (run->threads[i].id == id) return &run->threads[i];
    if (run->count == 64) return NULL;
    run->threads[run->count] = (struct thread){.id = id};
    return &run->threads[run->count++];
}

static void forget(struct run *run, pid_t id) {
    for (int i = 0; i < run->count; i++)
        if (run->threads[i].id == id) run->threads[i] = run->threads[--run->count];
}

static void refuse(struct thread *thread, struct user_regs_struct *registers, int error) {
    registers->orig_rax = (unsigned long)-1;
    ptrace(PTRACE_SETREGS, thread->id, 0, registers);
    thread->must_fail = error;
}

static void enter(struct run *run, struct thread *thread, struct user_regs_struct *registers) {
    const struct call *call = find((long)registers->orig_rax);
    if (!call) return;
    const struct fault *fault = run->fault;
    struct fault_result *result = run->result;
    int is_hit = ++result->calls == fault->number;
    if (is_hit || fault->seen) {
        char path[sizeof result->path] = "";
        if (call->path >= 0)
            read_path(thread->id, argument(registers, call->path), path, sizeof path);
        if (fault->seen) fault->seen(fault->context, call->name, path);
        if (is_hit) {
            result->was_hit = 1;
            snprintf(result->call, sizeof result->call, "%s", call->name);
            memcpy(result->path, path, sizeof path);
        }
    }
    if (result->calls >= fault->number && fault->number > 0) {
        if (fault->mode == FAULT_LASTING_ERROR && call->takes_space &&
            !(call->number == SYS_write && registers->rdi <= 2))
            refuse(thread, registers, fault->error);
        if (fault->mode == FAULT_SHORT_WRITES && call->number == SYS_write && registers->rdx > 1) {
            registers->rdx /= 2;
            ptrace(PTRACE_SETREGS, thread->id, 0, registers);
        }
    }
    if (fault->refuses_rename_flags && call->number == SYS_renameat2 && registers->r8)
        refuse(thread, registers, EINVAL);
    if (!is_hit) return;
    switch (fault->mode) {
    case FAULT_KILL_BEFORE: kill(run->program, SIGKILL); break;
    case FAULT_KILL_AFTER: thread->must_die = 1; break;
    case FAULT_ERROR: refuse(thread, registers, fault->error); break;
    case FAULT_SIGNAL: kill(run->program, fault->signal); break;
    case FAULT_HOOK: fault->hook(fault->context); break;
    default: break;
    }
}

static void leave(struct run *run, struct thread *thread, struct user_regs_struct *registers) {
    if (thread->must_die) kill(run->program, SIGKILL);
    if (thread->must_fail) {
        registers->rax = (unsigned long)-thread->must_fail;
        ptrace(PTRACE_SETREGS, thread->id, 0, registers);
    }
    thread->must_fail = thread->must_die = 0;
}

static int is_start_stop(int status) {
    return status >> 16 == PTRACE_EVENT_STOP || WSTOPSIG(status) == SIGSTOP;
}

static void follow(struct run *run) {
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) {
            if (errno == EINTR) continue;
            return;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            forget(run, id);
            if (id != run->program) continue;
            run->result->exit_code =
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            // The others of its threads have ended before it.
            return;
        }
        struct thread *stopped = thread(run, id);
        int deliver = 0;
        if (stopped && WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            struct user_regs_struct registers;
            if (ptrace(PTRACE_GETREGS, id, 0, &registers) == 0) {
                stopped->inside = !stopped->inside;
                if (stopped->inside)
                    enter(run, stopped, &registers);
                else
                    leave(run, stopped, &registers);
            }
        } else if (WSTOPSIG(status) != SIGTRAP && !is_start_stop(status)) {
            deliver = WSTOPSIG(status);
        }
        ptrace(PTRACE_SYSCALL, id, 0, deliver);
    }
}

int fault_run(char *const *arguments, char *const *environment, int errors,
              const struct fault *fault, struct fault_result *result) {
    memset(result, 0, sizeof *result);
    pid_t program = fork();
    if (program < 0) return -errno;
    if (program == 0) start(arguments, environment, errors);
    int status;
    while (waitpid(program, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    if (!WIFSTOPPED(status)) return -ECHILD;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options)) return -errno;
    struct run run = {.program = program, .fault = fault, .result = result};
    thread(&run, program);
    ptrace(PTRACE_SYSCALL, program, 0, 0);
    follow(&run);
    return 0;
}
#endif

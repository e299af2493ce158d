#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// After so many seconds a program hangs.
enum { PATIENCE = 60 };

#if !defined(__x86_64__)
int fault_run(char *const *arguments, char *const *environment, int output, int errors,
              const struct fault *fault, struct fault_result *result) {
    (void)arguments, (void)environment, (void)output, (void)errors, (void)fault, (void)result;
    return -ENOSYS;
}
#else

struct call {
    long number;
    const char *name;
    /// Which argument is a path, or -1.
    int path;
    /// Of `fault_calls`.
    int kinds;
};

#define CALL(name, path, kinds) {SYS_##name, #name, path, kinds}
enum { S = FAULT_CALLS_SPACE, O = FAULT_CALLS_OPEN, R = FAULT_CALLS_READ };
static const struct call calls[] = {
    CALL(open, 0, O), CALL(openat, 1, O), {437, "openat2", 1, O}, CALL(close, -1, 0),
    CALL(read, -1, R), CALL(pread64, -1, R), CALL(write, -1, S), CALL(pwrite64, -1, S),
    CALL(writev, -1, S), CALL(stat, 0, 0), CALL(lstat, 0, 0), CALL(fstat, -1, 0),
    CALL(newfstatat, 1, 0), CALL(statx, 1, 0), CALL(statfs, 0, 0), CALL(fstatfs, -1, 0),
    CALL(lseek, -1, 0), CALL(access, 0, 0), CALL(faccessat, 1, 0), {439, "faccessat2", 1, 0},
    CALL(fcntl, -1, 0), CALL(flock, -1, 0), CALL(dup, -1, O), CALL(getcwd, -1, 0),
    CALL(fsync, -1, S), CALL(fdatasync, -1, S), CALL(syncfs, -1, S), CALL(ftruncate, -1, S),
    CALL(fallocate, -1, S), CALL(getdents64, -1, R), CALL(mkdir, 0, S), CALL(mkdirat, 1, S),
    CALL(rmdir, 0, 0), CALL(unlink, 0, 0), CALL(unlinkat, 1, 0), CALL(rename, 0, S),
    CALL(renameat, 1, S), CALL(renameat2, 1, S), CALL(link, 0, S), CALL(linkat, 1, S),
    CALL(symlink, 1, S), CALL(symlinkat, 2, S), CALL(readlink, 0, R), CALL(readlinkat, 1, R),
    CALL(chmod, 0, 0), CALL(fchmod, -1, 0), CALL(fchmodat, 1, 0), CALL(chown, 0, 0),
    CALL(fchown, -1, 0), CALL(fchownat, 1, 0), CALL(utimensat, 1, 0), CALL(flistxattr, -1, R),
    CALL(fgetxattr, -1, R), CALL(fsetxattr, -1, S), CALL(copy_file_range, -1, S),
};
enum { CALLS = sizeof calls / sizeof *calls };

static const struct call *find(long number) {
    for (int i = 0; i < CALLS; i++)
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

// MARK: Starting

/// Stops the program at the calls above and lets every other one pass at full speed.
static int stop_at_calls(void) {
    struct sock_filter program[CALLS + 5];
    unsigned short length = 0;
    program[length++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    // Another architecture's numbers mean other calls: none of ours makes one.
    program[length++] = (struct sock_filter)BPF_JUMP(
        BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, CALLS + 1);
    program[length++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++)
        program[length++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, (unsigned char)(CALLS - i), 0);
    program[length++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[length++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog filter = {.len = length, .filter = program};
    // Root needs no promise, and without it the program is as free as it is for a user.
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0) return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

/// In the child of vfork: everything here is a system call.
static _Noreturn void become(char *const *arguments, char *const *environment, int output,
                             int errors) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    dup2(output < 0 ? null : output, 1);
    dup2(errors, 2);
    setpgid(0, 0);
    // execve stops it; there it gets its options, so no call of the program is missed.
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && stop_at_calls() == 0)
        execve(arguments[0], arguments, environment);
    _exit(127);
}

/// Runs a program that nothing is done to, untraced.
static int run_freely(char *const *arguments, char *const *environment, int output, int errors,
                      struct fault_result *result) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, output < 0 ? 0 : output, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    pid_t program;
    int code = posix_spawn(&program, arguments[0], &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (code) return -code;
    int status;
    while (waitpid(program, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}

// MARK: Following

/// A thread of the program, or a process that it started.
struct thread {
    pid_t id;
    /// A process of its own: let alone.
    int is_foreign;
    int must_die;
};

struct run {
    pid_t program;
    const struct fault *fault;
    struct fault_result *result;
    struct thread threads[256];
    int count;
    int has_ended;
    /// A lasting EINTR has hit the last call, so this one passes.
    int passes;
    long long deadline;
};

static struct thread *thread(struct run *run, pid_t id) {
    for (int i = 0; i < run->count; i++)
        if (run->threads[i].id == id) return &run->threads[i];
    if (run->count == sizeof run->threads / sizeof *run->threads) return NULL;
    char task[64];
    snprintf(task, sizeof task, "/proc/%d/task/%d", run->program, id);
    run->threads[run->count] =
        (struct thread){.id = id, .is_foreign = run->has_ended || access(task, F_OK) != 0};
    return &run->threads[run->count++];
}

static void forget(struct run *run, pid_t id) {
    for (int i = 0; i < run->count; i++)
        if (run->threads[i].id == id) run->threads[i] = run->threads[--run->count];
}

/// True for the giving back of a lock, which no kernel refuses: a program cannot be asked to
/// live with its own lock.
static int unlocks(pid_t thread, const struct user_regs_struct *registers) {
    if (registers->orig_rax != SYS_fcntl ||
        (registers->rsi != F_SETLK && registers->rsi != F_OFD_SETLK))
        return 0;
    struct flock lock = {.l_type = F_RDLCK};
    struct iovec here = {&lock, sizeof lock}, there = {(void *)registers->rdx, sizeof lock};
    process_vm_readv(thread, &here, 1, &there, 1, 0);
    return lock.l_type == F_UNLCK;
}

/// The call is not made and returns the error.
static void refuse(struct thread *thread, struct user_regs_struct *registers, int error) {
    if (unlocks(thread->id, registers)) return;
    registers->orig_rax = (unsigned long)-1;
    registers->rax = (unsigned long)-error;
    ptrace(PTRACE_SETREGS, thread->id, 0, registers);
}

/// True for a call that a lasting error hits.
static int lasts(struct run *run, const struct call *call, struct user_regs_struct *registers) {
    const struct fault *fault = run->fault;
    int is_meant = call->kinds & fault->lasting ||
                   (fault->lasting & FAULT_CALLS_ALL && call->number != SYS_close &&
                    call->number != SYS_fcntl);
    if (!is_meant || (call->number == SYS_write && registers->rdi <= 2)) return 0;
    if (fault->error == EINTR) return run->passes = !run->passes;
    return 1;
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
        if (fault->mode == FAULT_LASTING_ERROR && lasts(run, call, registers))
            refuse(thread, registers, fault->error);
        int writes = call->number == SYS_write || call->number == SYS_pwrite64;
        if (fault->mode == FAULT_SHORT_WRITES && writes && registers->rdx > 1) {
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

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/// Ends everything when the program takes too long, also what it started.
static void end_what_hangs(struct run *run) {
    if (now() < run->deadline) return;
    run->result->hung = 1;
    kill(run->program, SIGKILL);
    for (int i = 0; i < run->count; i++) kill(run->threads[i].id, SIGKILL);
}

static void follow(struct run *run) {
    while (!run->has_ended || run->count > 0) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) {
            if (errno != EINTR) return;
            end_what_hangs(run);
            continue;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            forget(run, id);
            if (id != run->program) continue;
            run->result->exit_code =
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            run->has_ended = 1;
            continue;
        }
        struct thread *stopped = thread(run, id);
        int signal = WSTOPSIG(status), event = status >> 16;
        long resume = PTRACE_CONT;
        int deliver = 0;
        if (signal == SIGTRAP && event == PTRACE_EVENT_SECCOMP) {
            struct user_regs_struct registers;
            if (stopped && !stopped->is_foreign && ptrace(PTRACE_GETREGS, id, 0, &registers) == 0) {
                enter(run, stopped, &registers);
                // The next stop is then the end of this very call.
                if (stopped->must_die) resume = PTRACE_SYSCALL;
            }
        } else if (signal == (SIGTRAP | 0x80)) {
            if (stopped && stopped->must_die) kill(run->program, SIGKILL);
        } else if (signal != SIGTRAP && signal != SIGSTOP) {
            deliver = signal;
        }
        ptrace(resume, id, 0, deliver);
    }
}

static void wake(int signal) { (void)signal; }

/// waitpid returns every second from now on, lest a program that hangs holds the harness up.
static void set_timer(int seconds) {
    struct sigaction action = {.sa_handler = wake};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {.it_interval.tv_sec = seconds, .it_value.tv_sec = seconds};
    setitimer(ITIMER_REAL, &timer, NULL);
}

int fault_run(char *const *arguments, char *const *environment, int output, int errors,
              const struct fault *fault, struct fault_result *result) {
    memset(result, 0, sizeof *result);
    if (fault->mode == FAULT_NONE && !fault->seen && !fault->refuses_rename_flags)
        return run_freely(arguments, environment, output, errors, result);
    pid_t program = vfork();
    if (program < 0) return -errno;
    if (program == 0) become(arguments, environment, output, errors);
    int status;
    while (waitpid(program, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    if (!WIFSTOPPED(status)) return -ECHILD;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
                   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACESECCOMP;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options)) return -errno;
    static struct run run;
    run = (struct run){
        .program = program, .fault = fault, .result = result, .deadline = now() + PATIENCE};
    thread(&run, program);
    set_timer(1);
    ptrace(PTRACE_CONT, program, 0, 0);
    follow(&run);
    set_timer(0);
    return 0;
}
#endif

// Attempts to get out of a sandbox. Each prints its name and what came of it: `refused`, or
// `DONE` where it got out. The places to try come in the environment.
#define _GNU_SOURCE
#include "escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char path_buffer[8][4096];
static int next_buffer;

/// The path of something below a place that the environment names.
static const char *in(const char *place, const char *name) {
    char *path = path_buffer[next_buffer++ % 8];
    const char *base = getenv(place);
    snprintf(path, 4096, "%s%s", base ? base : "/no-such-place", name);
    return path;
}

static const char *of_process(const char *name) {
    char *path = path_buffer[next_buffer++ % 8];
    snprintf(path, 4096, "/proc/%s%s", getenv("E_PID"), name);
    return path;
}

static int opens(const char *path, int flags) {
    int file = open(path, flags, 0644);
    if (file >= 0) close(file);
    return file >= 0;
}

static int writes(const char *path, int flags) {
    int file = open(path, O_WRONLY | flags, 0644);
    int done = file >= 0 && write(file, "escaped\n", 8) == 8;
    if (file >= 0) close(file);
    return done;
}

static int reads(const char *path) {
    char byte;
    int file = open(path, O_RDONLY);
    int done = file >= 0 && read(file, &byte, 1) == 1;
    if (file >= 0) close(file);
    return done;
}

static pid_t victim(void) { return (pid_t)atoi(getenv("E_PID")); }

// MARK: Writing

static int create_outside(void) { return writes(in("E_OUTSIDE", "/new"), O_CREAT); }
static int overwrite_outside(void) { return writes(in("E_OUTSIDE", "/file"), 0); }
static int truncate_outside(void) { return truncate(in("E_OUTSIDE", "/file"), 0) == 0; }
static int unlink_outside(void) { return unlink(in("E_OUTSIDE", "/file")) == 0; }
static int rename_outside(void) {
    return rename(in("E_OUTSIDE", "/file"), in("E_OUTSIDE", "/moved")) == 0;
}
static int chmod_outside(void) { return chmod(in("E_OUTSIDE", "/file"), 0777) == 0; }
static int link_outside(void) {
    return link(in("E_OUTSIDE", "/file"), in("E_ROOT", "/linked")) == 0 &&
           writes(in("E_ROOT", "/linked"), 0);
}
static int symlink_outside(void) {
    return symlink(in("E_OUTSIDE", "/file"), in("E_ROOT", "/symlinked")) == 0 &&
           writes(in("E_ROOT", "/symlinked"), 0);
}
static int through_own_root(void) {
    char path[8192];
    snprintf(path, sizeof path, "/proc/self/root%s", in("E_OUTSIDE", "/file"));
    return writes(path, 0);
}
static int through_other_root(void) {
    char path[8192];
    snprintf(path, sizeof path, "%s%s", of_process("/root"), in("E_OUTSIDE", "/file"));
    return writes(path, 0) || opens(of_process("/cwd/."), O_RDONLY);
}
static int write_etc(void) { return writes("/etc/mtor-escape", O_CREAT); }
static int write_usr(void) { return writes("/usr/bin/mtor-escape", O_CREAT); }
static int write_git(void) { return writes(in("E_ROOT", "/.git/config"), 0); }
static int write_hook(void) { return writes(in("E_ROOT", "/.git/hooks/pre-commit"), O_CREAT); }
static int move_git(void) { return rename(in("E_ROOT", "/.git"), in("E_ROOT", "/git")) == 0; }
static int write_state(void) { return writes(in("E_ROOT", "/.mtor/state/journal"), O_CREAT); }
static int read_state(void) { return reads(in("E_ROOT", "/.mtor/state/memory")); }
static int write_test(void) { return writes(in("E_ROOT", "/tests/test_a.py"), 0); }
static int unlink_test(void) { return unlink(in("E_ROOT", "/tests/test_a.py")) == 0; }
static int replace_test(void) {
    return writes(in("E_ROOT", "/own"), O_CREAT) &&
           rename(in("E_ROOT", "/own"), in("E_ROOT", "/tests/test_a.py")) == 0;
}
static int move_tests(void) { return rename(in("E_ROOT", "/tests"), in("E_ROOT", "/t")) == 0; }

// MARK: Reading

static int read_ssh(void) { return reads(in("E_HOME", "/.ssh/id_ed25519")); }
static int read_credentials(void) { return reads(in("E_HOME", "/.cargo/credentials.toml")); }
static int read_hidden(void) { return reads(in("E_HIDDEN", "/config.yaml")); }
static int read_tmp(void) { return reads(in("E_TMP", "/secret")); }
static int read_shadow(void) { return reads("/etc/shadow"); }
static int read_environment(void) { return reads(of_process("/environ")); }
static int read_memory(void) { return opens(of_process("/mem"), O_RDONLY); }
static int inherit_secret(void) { return getenv("DEPLOY_TOKEN") != NULL; }
static int read_by_vm(void) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)atol(getenv("E_ADDRESS")), 1};
    return process_vm_readv(victim(), &here, 1, &there, 1, 0) == 1;
}

// MARK: Other processes

static int trace(void) { return ptrace(PTRACE_SEIZE, victim(), 0, 0) == 0; }
static int signal_it(void) { return kill(victim(), 0) == 0; }
static int enter_namespace(void) {
    int file = open(of_process("/ns/mnt"), O_RDONLY);
    return file >= 0 && setns(file, 0) == 0;
}

// MARK: Network

static int connect_to(int family, const void *address, socklen_t size, int type) {
    int s = socket(family, type, 0);
    int done = s >= 0 && connect(s, address, size) == 0 &&
               (type == SOCK_STREAM || send(s, "x", 1, 0) == 1);
    if (s >= 0) close(s);
    return done;
}
static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv(port)))};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    return address;
}
static int tcp(void) {
    struct sockaddr_in address = loopback("E_TCP");
    return connect_to(AF_INET, &address, sizeof address, SOCK_STREAM);
}
/// Into its own loopback a datagram may go: whether it arrives, the test sees.
static int udp(void) {
    struct sockaddr_in address = loopback("E_UDP");
    connect_to(AF_INET, &address, sizeof address, SOCK_DGRAM);
    inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
    return connect_to(AF_INET, &address, sizeof address, SOCK_DGRAM);
}
static int dns(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, "8.8.8.8", &address.sin_addr);
    return connect_to(AF_INET, &address, sizeof address, SOCK_DGRAM);
}
static int raw_socket(void) {
    int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    return s >= 0;
}
static int unix_socket(const char *name, int is_abstract) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(name);
    if (size > sizeof address.sun_path - 2) return 0;
    memcpy(address.sun_path + is_abstract, name, size);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
    return connect_to(AF_UNIX, &address, length, SOCK_STREAM);
}
static int abstract_socket(void) { return unix_socket(getenv("E_ABSTRACT"), 1); }
static int path_socket(void) { return unix_socket(getenv("E_SOCKET"), 0); }

// MARK: The kernel

static int mount_something(void) { return mount("x", "/mnt", "tmpfs", 0, NULL) == 0; }
static int unmount_root(void) { return umount2(getenv("E_ROOT"), MNT_DETACH) == 0; }
static int unmount_home(void) { return umount2(getenv("E_HOME"), MNT_DETACH) == 0; }
/// In a child: a user namespace of its own, in which it is root.
static int remount_as_root(void) {
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) _exit(0);
        mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
        umount2(getenv("E_HOME"), MNT_DETACH);
        _exit(overwrite_outside() || write_git() || read_ssh() ? 1 : 0);
    }
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status != 0;
}
static int make_device(void) {
    const char *path = in("E_ROOT", "/device");
    return mknod(path, S_IFBLK | 0600, makedev(254, 0)) == 0 && opens(path, O_RDONLY);
}
static int open_devices(void) {
    return opens("/dev/mem", O_RDONLY) || opens("/dev/kmsg", O_WRONLY) ||
           opens("/dev/vda", O_RDONLY) || opens("/dev/sda", O_RDONLY);
}
static int set_core_pattern(void) { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int press_sysrq(void) { return opens("/proc/sysrq-trigger", O_WRONLY); }
static int write_sys(void) { return opens("/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY); }
static int leave_cgroup(void) {
    return opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY) ||
           opens("/sys/fs/cgroup/unified/cgroup.procs", O_WRONLY) ||
           opens("/sys/fs/cgroup/pids/cgroup.procs", O_WRONLY);
}
static int change_root(void) { return chroot(".") == 0; }
static int set_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return clock_settime(CLOCK_REALTIME, &t) == 0;
}
static int dump_core(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_CORE, &limit) || limit.rlim_max != 0;
}
static int reach_terminal(void) { return opens("/dev/tty", O_RDWR); }
static int read_keys(void) {
    // KEYCTL_SEARCH in the session keyring for what the test has put there.
    return syscall(SYS_keyctl, 10, -3, "user", "mtor-escape", 0) > 0;
}

static const struct {
    const char *name;
    int (*attempt)(void);
} attempts[] = {
#define A(name) {#name, name}
    A(create_outside), A(overwrite_outside), A(truncate_outside), A(unlink_outside),
    A(rename_outside), A(chmod_outside), A(link_outside), A(symlink_outside),
    A(through_own_root), A(through_other_root), A(write_etc), A(write_usr), A(write_git),
    A(write_hook), A(move_git), A(write_state), A(read_state), A(write_test), A(unlink_test),
    A(replace_test), A(move_tests), A(read_ssh), A(read_credentials), A(read_hidden), A(read_tmp),
    A(read_shadow), A(read_environment), A(read_memory), A(inherit_secret), A(read_by_vm),
    A(trace), A(signal_it), A(enter_namespace), A(tcp), A(udp), A(dns), A(raw_socket),
    A(abstract_socket), A(path_socket), A(mount_something), A(unmount_root), A(unmount_home),
    A(remount_as_root), A(make_device), A(open_devices), A(set_core_pattern), A(press_sysrq),
    A(write_sys), A(leave_cgroup), A(change_root), A(set_clock), A(dump_core),
    A(reach_terminal), A(read_keys),
#undef A
};

int escape(void) {
    int done = 0;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        int out = attempts[i].attempt();
        printf("%s %s\n", attempts[i].name, out ? "DONE" : "refused");
        fflush(stdout);
        done += out;
    }
    return done != 0;
}

// What the kernel itself can keep a command from: used where bubblewrap is missing, and for
// `network: false`. Runs in the command's own process before exec; all of it is inherited and
// none of it can be taken back.
#define _GNU_SOURCE
#include "mtor_process.h"
#include "mtor_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Constants that the headers of Debian 12 (Linux 6.1) do not have yet.
#define ACCESS_REFER (1ull << 13)
#define ACCESS_TRUNCATE (1ull << 14)
#define ACCESS_IOCTL_DEVICE (1ull << 15)
#define SCOPE_ABSTRACT_SOCKETS 1ull
#define SCOPE_SIGNALS 2ull
#define FCHMODAT2 452

/// struct landlock_ruleset_attr as of version 6.
struct ruleset {
    uint64_t file_system, network, scoped;
};

int mtor_landlock_version(void) {
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

static uint64_t everything(int version) {
    uint64_t access = (1ull << 13) - 1;
    if (version >= 2) access |= ACCESS_REFER;
    if (version >= 3) access |= ACCESS_TRUNCATE;
    if (version >= 5) access |= ACCESS_IOCTL_DEVICE;
    return access;
}

static int allow(int ruleset, const char *rule, int version) {
    int path = open(rule + 1, O_PATH | O_CLOEXEC);
    // What is not there needs no permission.
    if (path < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
    const uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                              LANDLOCK_ACCESS_FS_READ_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL_DEVICE;
    uint64_t access = everything(version);
    if (rule[0] != 'w')
        access = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                 LANDLOCK_ACCESS_FS_READ_DIR;
    struct stat status;
    int code = fstat(path, &status);
    if (!code) {
        if (!S_ISDIR(status.st_mode)) access &= of_files;
        struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = path};
        code = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    }
    int e = errno;
    close(path);
    errno = e;
    return code;
}

static int enter_landlock(int newest, char *const *rules, unsigned count) {
    int version = mtor_landlock_version();
    if (newest && newest < version) version = newest;
    if (!version) {
        errno = ENOSYS;
        return -1;
    }
    struct ruleset attributes = {.file_system = everything(version)};
    size_t size = sizeof attributes.file_system;
    if (version >= 6) {
        // Neither signals nor abstract sockets reach out of here.
        attributes.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
        size = sizeof attributes;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (ruleset < 0) return -1;
    int code = 0;
    for (unsigned i = 0; i < count && !code; i++) code = allow(ruleset, rules[i], version);
    if (!code) code = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int e = errno;
    close(ruleset);
    errno = e;
    return code;
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "seccomp: name the architecture"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE(call) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), ANSWER(SECCOMP_RET_ERRNO | EPERM)

// The same beginning for every filter: another architecture's numbers mean other calls, so none
// of them is answered, nor are the x32 ones.
#if defined(__x86_64__)
#define FOREIGN \
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
#else
#define FOREIGN
#endif
#define BEGIN \
    LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0), \
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS), LOAD(nr), FOREIGN

static int install(struct sock_filter *filter, size_t count) {
    struct sock_fprog program = {(unsigned short)count, filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/// No sockets, no way to have them made by others (io_uring), no other process's memory.
static int forbid_sockets(void) {
    struct sock_filter filter[] = {
        BEGIN REFUSE(SYS_socket), REFUSE(SYS_io_uring_setup), REFUSE(SYS_ptrace),
        REFUSE(SYS_process_vm_readv), REFUSE(SYS_process_vm_writev), REFUSE(SYS_pidfd_getfd),
        REFUSE(SYS_add_key), REFUSE(SYS_request_key), REFUSE(SYS_keyctl),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    return install(filter, sizeof filter / sizeof *filter);
}

/// No change of what is not a file's contents.
static int forbid_metadata(void) {
    struct sock_filter filter[] = {
        BEGIN
#if defined(__x86_64__)
            REFUSE(SYS_chmod), REFUSE(SYS_chown), REFUSE(SYS_lchown),
#endif
        REFUSE(SYS_fchmod), REFUSE(SYS_fchmodat), REFUSE(FCHMODAT2), REFUSE(SYS_fchown),
        REFUSE(SYS_fchownat), REFUSE(SYS_setxattr), REFUSE(SYS_lsetxattr), REFUSE(SYS_fsetxattr),
        REFUSE(SYS_removexattr), REFUSE(SYS_lremovexattr), REFUSE(SYS_fremovexattr),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    return install(filter, sizeof filter / sizeof *filter);
}

/// A network of its own, its loopback up: tests that talk to themselves go on working.
static int leave_network(void) {
    int user;
    if (mtor_make_namespaces(CLONE_NEWNET, &user)) return -1;
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return 0;
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    memcpy(request.ifr_name, "lo", 3);
    // Without it there is only less.
    (void)ioctl(control, SIOCSIFFLAGS, &request);
    close(control);
    return 0;
}

/// Root without any power over what is not root's own; nothing changes for others.
static int drop_capabilities(void) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        if (prctl(PR_CAPBSET_DROP, capability) && errno != EPERM) return -1;
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    return (int)syscall(SYS_capset, &head, none);
}

int mtor_confine(unsigned confinement, int landlock, char *const *rules, unsigned rule_count) {
    if (!confinement) return 0;
    // A kernel without keys has none to give away.
    if (confinement & MTOR_NO_KEYS &&
        syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
        return MTOR_STEP_SECCOMP;
    // As root too: a setuid program is no way out.
    const unsigned needs_no_privileges = MTOR_LANDLOCK | MTOR_NO_SOCKETS | MTOR_NO_METADATA;
    if (confinement & needs_no_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return MTOR_STEP_SECCOMP;
    if (confinement & MTOR_NO_NETWORK && leave_network()) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return MTOR_STEP_NETWORK;
        confinement |= MTOR_NO_SOCKETS;
    }
    if (confinement & MTOR_LANDLOCK && drop_capabilities()) return MTOR_STEP_LANDLOCK;
    if (confinement & MTOR_LANDLOCK && enter_landlock(landlock, rules, rule_count))
        return MTOR_STEP_LANDLOCK;
    if (confinement & MTOR_NO_SOCKETS && forbid_sockets()) return MTOR_STEP_SECCOMP;
    if (confinement & MTOR_NO_METADATA && forbid_metadata()) return MTOR_STEP_SECCOMP;
    return 0;
}

// A shadow: overlays over the folders of a tree, in a mount namespace that only the host and its
// commands are in. It ends with its last process; nothing has to be unmounted.
#define _GNU_SOURCE
#include "mtor_process.h"
#include "mtor_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t count = write(file, text, strlen(text));
    int e = errno;
    close(file);
    errno = e;
    return count < 0 ? -1 : 0;
}

int mtor_make_namespaces(int flags, int *user) {
    *user = 0;
    if (unshare(flags) == 0) return 0;
    if (errno != EPERM) return -1;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(flags | CLONE_NEWUSER)) return -1;
    *user = 1;
    // The files of a process that is not dumpable belong to root: the maps could not be written.
    int dumpable = prctl(PR_GET_DUMPABLE);
    prctl(PR_SET_DUMPABLE, 1);
    char map[64];
    // Every id stays what it is. The capabilities that came with the namespace end with exec.
    snprintf(map, sizeof map, "%u %u 1\n", uid, uid);
    int failed = write_text("/proc/self/setgroups", "deny") || write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1\n", gid, gid);
    failed = failed || write_text("/proc/self/gid_map", map);
    int e = errno;
    prctl(PR_SET_DUMPABLE, dumpable);
    errno = e;
    return failed ? -1 : 0;
}

/// Mounts one overlay. The folders are named by descriptor, so that no path needs escaping and
/// none can be exchanged on the way.
static int mount_overlay(const char *lower, const char *upper, const char *work, int user,
                         _Bool renewable) {
    int folders[3] = {open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC),
                      open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC),
                      open(work, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    int code = -1;
    struct stat like;
    // The upper folder stands for the merged one: it must look like the lower one. Its owner can
    // differ only where it cannot be changed.
    if (folders[0] >= 0 && folders[1] >= 0 && folders[2] >= 0 && !fstat(folders[0], &like) &&
        (!chown(upper, like.st_uid, like.st_gid) || errno == EPERM || errno == EINVAL) &&
        !chmod(upper, like.st_mode & 07777)) {
        // The kernel lets the tree below change between two mounts where nothing refers to it.
        const char *features = user        ? "userxattr"
                               : renewable ? "redirect_dir=off,metacopy=off"
                                           : "redirect_dir=on,metacopy=off";
        char options[256];
        snprintf(options, sizeof options,
                 "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d,%s%s",
                 folders[0], folders[1], folders[2], features,
                 renewable ? ",index=off,xino=off" : "");
        code = mount("mtor-shadow", lower, "overlay", 0, options);
    }
    int e = errno;
    for (int i = 0; i < 3; i++)
        if (folders[i] >= 0) close(folders[i]);
    errno = e;
    return code;
}

static _Bool is_gone(void) { return errno == ENOENT || errno == ENOTDIR; }

/// Covers a folder by an empty one that cannot be written, a file by /dev/null. What does not
/// exist needs no cover.
static int cover(const char *path) {
    struct stat status;
    if (lstat(path, &status)) return is_gone() ? 0 : -1;
    if (S_ISLNK(status.st_mode)) return 0;
    int code = S_ISDIR(status.st_mode)
                   ? mount("mtor-cover", path, "tmpfs", MS_RDONLY | MS_NODEV | MS_NOSUID,
                           "mode=0755,size=4k")
                   : mount("/dev/null", path, NULL, MS_BIND, NULL);
    // A service's socket may go in between.
    return code && !is_gone() ? -1 : 0;
}

/// Makes a file or folder a mount of its own, which cannot be renamed, and one that can only be
/// read where wanted. What does not exist is left alone: the place
/// to mount on would have to be made in the tree.
static int pin(const char *path, _Bool read_only) {
    struct stat status;
    if (lstat(path, &status)) return is_gone() ? 0 : -1;
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) return 0;
    // With what covers a part of it.
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL)) return -1;
    if (!read_only) return 0;
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}

/// A tmpfs over the private folder, with the folders for the overlays in it, and those for the HOME
/// and TMP of sandboxed commands.
static int make_memory(const char *folder, char *const *overlays, uint32_t count) {
    if (mount("mtor-shadow", folder, "tmpfs", MS_NODEV | MS_NOSUID, "mode=0700")) return -1;
    for (uint32_t i = 0; i < count; i++)
        if (mkdir(overlays[3 * i + 1], 0755) || mkdir(overlays[3 * i + 2], 0700)) return -1;
    const char *const own[] = {"sandbox-home", "sandbox-tmp", "sandbox-var-tmp"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, own[i]);
        if (mkdir(path, 0700)) return -1;
    }
    return 0;
}

/// Makes all that is mounted read-only, but for the private folder and what is in memory for all.
static int seal(const char *folder) {
    if (mount(folder, folder, NULL, MS_BIND, NULL)) return -1;
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only))
        return -1;
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, AT_FDCWD, folder, 0, &writable, sizeof writable)) return -1;
    // Where there is none, there is nothing to open up.
    syscall(SYS_mount_setattr, AT_FDCWD, "/dev/shm", 0, &writable, sizeof writable);
    return 0;
}

/// Does it, and returns the step that failed, with errno.
static int enter(const struct mtor_shadow *head, const char *folder, char *const *overlays,
                 char *const *covers, char *const *pins, _Bool again,
                 struct mtor_shadow_result *result) {
    static int in_user_namespace;
    if (again) {
        // With all that is mounted in them. Nobody is at work there.
        for (uint32_t i = 0; i < head->overlay_count; i++)
            if (umount2(overlays[3 * i], MNT_DETACH)) return MTOR_SHADOW_OVERLAY;
    } else {
        if (mtor_make_namespaces(CLONE_NEWNS, &in_user_namespace)) return MTOR_SHADOW_NAMESPACE;
        // Nothing that is mounted here is seen outside.
        if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) return MTOR_SHADOW_PRIVATE;
        if (head->sealed && seal(folder)) return MTOR_SHADOW_SEAL;
        if (head->in_memory && make_memory(folder, overlays, head->overlay_count))
            return MTOR_SHADOW_MEMORY;
    }
    result->in_user_namespace = in_user_namespace;
    for (uint32_t i = 0; i < head->overlay_count; i++)
        if (mount_overlay(overlays[3 * i], overlays[3 * i + 1], overlays[3 * i + 2],
                          result->in_user_namespace, head->renewable))
            return MTOR_SHADOW_OVERLAY;
    result->merged = open(overlays[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (result->merged < 0) return MTOR_SHADOW_OPEN;
    result->upper = open(overlays[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (result->upper < 0) return MTOR_SHADOW_OPEN;
    for (uint32_t i = 0; i < head->cover_count; i++)
        if (cover(covers[i])) return MTOR_SHADOW_COVER;
    for (uint32_t i = 0; i < head->hold_count + head->pin_count; i++)
        if (pin(pins[i], i >= head->hold_count)) return MTOR_SHADOW_PIN;
    return MTOR_SHADOW_READY;
}

void mtor_enter_shadow(int description, _Bool again, struct mtor_shadow_result *result) {
    *result = (struct mtor_shadow_result){.step = MTOR_SHADOW_DESCRIPTION, .code = EINVAL};
    size_t size;
    char *base = mtor_map(description, sizeof(struct mtor_shadow), &size);
    if (!base) return;
    const struct mtor_shadow *head = (const struct mtor_shadow *)base;
    char *at = base + sizeof *head, *end = base + size;
    if (head->magic != MTOR_JOB_MAGIC || head->overlay_count == 0) return;
    char *folder = mtor_next_string(&at, end);
    char **overlays = folder ? mtor_next_strings(&at, end, 3 * head->overlay_count) : NULL;
    char **covers = overlays ? mtor_next_strings(&at, end, head->cover_count) : NULL;
    char **pins = covers ? mtor_next_strings(&at, end, head->hold_count + head->pin_count) : NULL;
    if (!pins) return;
    result->step = enter(head, folder, overlays, covers, pins, again, result);
    result->code = result->step == MTOR_SHADOW_READY ? 0 : errno;
}

#define _GNU_SOURCE
#include "mtor_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

int mtor_open_beneath(int directory, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long result;
    // EAGAIN means that a rename elsewhere made the kernel unsure whether ".." was crossed.
    do
        result = syscall(SYS_openat2, directory, path, &how, sizeof how);
    while (result < 0 && (errno == EINTR || errno == EAGAIN));
    return result < 0 ? -errno : (int)result;
}

int mtor_open_folder_beneath(int directory, const char *path) {
    return mtor_open_beneath(directory, path, O_PATH | O_DIRECTORY, 0);
}

int mtor_open_parent(int directory) {
    int result;
    do
        result = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

static int rename_with(int from_directory, const char *from, int to_directory, const char *to,
                       unsigned flags) {
    int result;
    do
        result = renameat2(from_directory, from, to_directory, to, flags);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int mtor_rename_new(int from_directory, const char *from, int to_directory, const char *to) {
    return rename_with(from_directory, from, to_directory, to, RENAME_NOREPLACE);
}

int mtor_rename_exchange(int from_directory, const char *from, int to_directory, const char *to) {
    return rename_with(from_directory, from, to_directory, to, RENAME_EXCHANGE);
}

int mtor_sync_file_system(int descriptor) {
    int result;
    do
        result = syncfs(descriptor);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

static int write_all(int file, const char *bytes, size_t count) {
    while (count) {
        ssize_t done = write(file, bytes, count);
        if (done > 0) {
            bytes += done;
            count -= (size_t)done;
        } else if (done == 0) {
            return -EIO;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

static int status_of(int file, struct stat *status) {
    while (fstat(file, status))
        if (errno != EINTR) return -errno;
    return 0;
}

int mtor_create_file(int directory, const char *name, mode_t mode, const void *bytes,
                     size_t count, struct stat *status) {
    int file;
    do
        file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    if (file < 0) return -errno;
    int result = write_all(file, bytes, count);
    if (!result) result = status_of(file, status);
    // A network file system may tell of a failed write only now; EINTR still has closed it.
    if (close(file) && !result && errno != EINTR) result = -errno;
    return result;
}

static const char access_list[] = "system.posix_acl_access";
/// What a folder gives to what is made in it.
static const char default_list[] = "system.posix_acl_default";

/// The attributes that a person set: `user.`, and the access control lists, which are a mode of
/// finer grain.
static int is_kept(const char *name) {
    return !strncmp(name, "user.", 5) || !strcmp(name, access_list) || !strcmp(name, default_list);
}

static int remove_attribute(int file, const char *name) {
    while (fremovexattr(file, name))
        if (errno != EINTR) return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
    return 0;
}

static int copy_attribute(int from, int to, const char *name) {
    // The kernel's limit for one value is 64 KiB (XATTR_SIZE_MAX).
    static _Thread_local char value[65536];
    ssize_t size;
    do
        size = fgetxattr(from, name, value, sizeof value);
    while (size < 0 && errno == EINTR);
    // Gone since it was listed: nothing to copy.
    if (size < 0) return errno == ENODATA ? 0 : -errno;
    while (fsetxattr(to, name, value, (size_t)size, 0))
        if (errno != EINTR) return -errno;
    return 0;
}

static int copy_extended(int from, int to, _Bool is_folder) {
    // XATTR_LIST_MAX.
    static _Thread_local char names[65536];
    ssize_t size;
    do
        size = flistxattr(from, names, sizeof names);
    while (size < 0 && errno == EINTR);
    if (size < 0) return errno == ENOTSUP ? 0 : -errno;
    _Bool has_access = 0, has_default = 0;
    for (char *name = names; name < names + size; name += strlen(name) + 1) {
        if (!is_kept(name)) continue;
        has_access |= !strcmp(name, access_list);
        has_default |= !strcmp(name, default_list);
        int result = copy_attribute(from, to, name);
        if (result) return result;
    }
    // What it got from the folder in which it was made.
    int result = has_access ? 0 : remove_attribute(to, access_list);
    if (!result && is_folder && !has_default) result = remove_attribute(to, default_list);
    return result;
}

int mtor_copy_attributes(int from, int to) {
    struct stat theirs, ours;
    int result = status_of(from, &theirs);
    if (!result) result = status_of(to, &ours);
    if (result) return result;
    if (theirs.st_uid != ours.st_uid || theirs.st_gid != ours.st_gid) {
        while (fchown(to, theirs.st_uid, theirs.st_gid))
            if (errno != EINTR) return -errno;
    }
    return copy_extended(from, to, S_ISDIR(ours.st_mode));
}

int mtor_copy_extended(int from, int to) {
    struct stat ours;
    int result = status_of(to, &ours);
    return result ? result : copy_extended(from, to, S_ISDIR(ours.st_mode));
}

int mtor_place(int directory, const char *name, struct mtor_place *place) {
    struct statx found;
    int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);
    int result;
    do
        result = statx(directory, name, flags, STATX_TYPE | STATX_MNT_ID, &found);
    while (result && errno == EINTR);
    if (result) return -errno;
    *place = (struct mtor_place){
        .device = (unsigned long long)found.stx_dev_major << 32 | found.stx_dev_minor,
        // Kernels before 5.8 do not know it: one number for all then.
        .mount = found.stx_mask & STATX_MNT_ID ? found.stx_mnt_id : 0,
        .is_fixed = found.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND),
    };
    return 0;
}

/// The default list of a folder that was opened with O_PATH, whose attributes cannot be asked for
/// directly; without /proc it is opened to read. 0 for none.
static ssize_t default_list_of(int folder, void *value, size_t room) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
    ssize_t size;
    do
        size = getxattr(path, default_list, value, room);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno == ENOENT) {
        int opened = mtor_open_at(folder, ".", O_RDONLY | O_DIRECTORY, 0);
        if (opened < 0) return opened == -EACCES ? 0 : opened;
        do
            size = fgetxattr(opened, default_list, value, room);
        while (size < 0 && errno == EINTR);
        int e = errno;
        close(opened);
        errno = e;
    }
    if (size < 0) return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
    return size;
}

int mtor_inherit(int folder, int to, _Bool may_have) {
    // The kernel's limit for one value is 64 KiB (XATTR_SIZE_MAX).
    static _Thread_local char value[65536];
    ssize_t size = default_list_of(folder, value, sizeof value);
    if (size < 0) return (int)size;
    if (!size) return may_have ? remove_attribute(to, default_list) : 0;
    while (fsetxattr(to, default_list, value, (size_t)size, 0))
        if (errno != EINTR) return -errno;
    return 1;
}

int mtor_set_modified(int file, long long time) {
    const long long second = 1000000000;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    times[1].tv_sec = time / second - (time % second < 0);
    times[1].tv_nsec = (time % second + second) % second;
    while (futimens(file, times))
        if (errno != EINTR) return -errno;
    return 0;
}

int mtor_copy_bytes(int from, int to) {
    char buffer[65536];
    for (;;) {
        ssize_t count = read(from, buffer, sizeof buffer);
        if (count == 0) return 0;
        if (count < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        int result = write_all(to, buffer, (size_t)count);
        if (result) return result;
    }
}

long long mtor_file_clock(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

int mtor_open_at(int directory, const char *name, int flags, mode_t mode) {
    int result;
    do
        result = openat(directory, name, flags | O_CLOEXEC, mode);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

_Bool mtor_overlay_replaces(int upper_folder) {
    // `trusted` where root made the overlay, `user` in a user namespace.
    static const char *const names[] = {"trusted.overlay.opaque", "trusted.overlay.redirect",
                                        "user.overlay.opaque", "user.overlay.redirect"};
    for (int i = 0; i < 4; i++)
        if (fgetxattr(upper_folder, names[i], NULL, 0) >= 0) return 1;
    return 0;
}

int mtor_clone_file(int to, int from) { return ioctl(to, FICLONE, from) ? -errno : 0; }

#define _GNU_SOURCE
#include "mtor_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
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

#ifndef MTOR_FILES_H
#define MTOR_FILES_H
#include <sys/types.h>

/// The file system calls that Swift's Glibc module does not show. Each returns a
/// descriptor or 0 on success and -errno on failure, so that nothing can come between the call
/// and the reading of errno.

/// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: the path is
/// resolved below `directory` or not at all. O_CLOEXEC is added.
int mtor_open_beneath(int directory, const char *_Nonnull path, int flags, mode_t mode);
/// The same with O_PATH | O_DIRECTORY: a folder to look up and rename in, not to read or sync.
int mtor_open_folder_beneath(int directory, const char *_Nonnull path);
/// renameat2(2) with RENAME_NOREPLACE: -EEXIST where something stands at the new name.
int mtor_rename_new(int from_directory, const char *_Nonnull from, int to_directory,
                    const char *_Nonnull to);
/// renameat2(2) with RENAME_EXCHANGE: both names must exist.
int mtor_rename_exchange(int from_directory, const char *_Nonnull from, int to_directory,
                         const char *_Nonnull to);
/// syncfs(2): makes the whole file system that holds `descriptor` durable.
int mtor_sync_file_system(int descriptor);
#endif

#ifndef MTOR_FILES_H
#define MTOR_FILES_H
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/// The file system calls that Swift's Glibc module does not show. Each returns a
/// descriptor or 0 on success and -errno on failure, so that nothing can come between the call
/// and the reading of errno.

/// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: the path is
/// resolved below `directory` or not at all. O_CLOEXEC is added.
int mtor_open_beneath(int directory, const char *_Nonnull path, int flags, mode_t mode);
/// The same with O_PATH | O_DIRECTORY: a folder to look up and rename in, not to read or sync.
int mtor_open_folder_beneath(int directory, const char *_Nonnull path);
/// Opens the folder above with O_PATH, which needs no permission to read it.
int mtor_open_parent(int directory);
/// renameat2(2) with RENAME_NOREPLACE: -EEXIST where something stands at the new name.
int mtor_rename_new(int from_directory, const char *_Nonnull from, int to_directory,
                    const char *_Nonnull to);
/// renameat2(2) with RENAME_EXCHANGE: both names must exist.
int mtor_rename_exchange(int from_directory, const char *_Nonnull from, int to_directory,
                         const char *_Nonnull to);
/// Creates `name` (O_EXCL, `mode` less the umask), writes all bytes, and fills in `status`.
/// What was begun is left there on failure.
int mtor_create_file(int directory, const char *_Nonnull name, mode_t mode,
                     const void *_Nullable bytes, size_t count, struct stat *_Nonnull status);
/// Gives the open file or folder `to` the owner, the group, the ACLs and the `user.` attributes of
/// `from`; neither mode nor times. A file system without extended attributes is no failure.
int mtor_copy_attributes(int from, int to);
/// The same without owner and group.
int mtor_copy_extended(int from, int to);
/// Where a file is, as far as renaming it there and away asks.
struct mtor_place {
    /// The file system and its mount: renames do not cross them.
    unsigned long long device, mount;
    /// Immutable, or for appending only: chattr(1).
    _Bool is_fixed;
};
/// Looks at a name in an open folder, at the folder itself for an empty name; no link is followed.
int mtor_place(int directory, const char *_Nonnull name, struct mtor_place *_Nonnull place);
/// Lets what is made in the open folder `to` inherit what it would in `folder` (its default ACL);
/// `may_have` says that `to` may have a default ACL of its own. 1 if there is one, else 0.
int mtor_inherit(int folder, int to, _Bool may_have);
/// Sets the modification time alone, in nanoseconds since 1970.
int mtor_set_modified(int file, long long time);
/// Copies all bytes of the open file `from` into the new, empty file `to`.
int mtor_copy_bytes(int from, int to);
/// CLOCK_REALTIME_COARSE in nanoseconds: the clock that the kernel stamps files by.
long long mtor_file_clock(void);
/// syncfs(2): makes the whole file system that holds `descriptor` durable.
int mtor_sync_file_system(int descriptor);
/// openat(2), which is variadic in C; a name in an open folder. Retried on EINTR.
int mtor_open_at(int directory, const char *_Nonnull name, int flags, mode_t mode);
/// True if an overlay's upper folder stands for the whole of the merged one, or for another lower
/// folder than the one of its name (its `opaque` or `redirect` attribute).
_Bool mtor_overlay_replaces(int upper_folder);
/// ioctl(2) with FICLONE: the file shares the blocks of another. 0 or -errno.
int mtor_clone_file(int to, int from);
#endif

#ifndef MTOR_SUPERVISOR_H
#define MTOR_SUPERVISOR_H
#include "mtor_process.h"

#include <stddef.h>

/// Shared between mtor's side (mtor_process.c) and the host's (mtor_supervisor.c).
#define MTOR_HOST_NAME "mtor: command host"
#define MTOR_HOST_SOCKET 3
/// The job's file, the lifeline, and the command's standard input, output and error.
#define MTOR_JOB_DESCRIPTORS 5
/// The first byte of a message to the host.
#define MTOR_MESSAGE_JOB 'j'
#define MTOR_MESSAGE_SHADOW 's'
#define MTOR_MESSAGE_RENEW 'r'

/// The standard descriptors, lifeline and job of one command, as they came from mtor.
struct mtor_received {
    int job, lifeline, standard[3];
};

/// Runs one command in this process's care and ends this process.
_Noreturn void mtor_supervise(struct mtor_received from);

/// Tells mtor that a command could not be started.
void mtor_report_not_started(int lifeline, int step, int code);

/// Enters the shadow that a file describes; the result's folders are open where it is ready.
/// `again`: it was entered before, and its overlays are mounted anew.
void mtor_enter_shadow(int description, _Bool again, struct mtor_shadow_result *result);

/// Confines this process, before exec, by Landlock of `landlock` at most (0: the kernel's). 0, or
/// the mtor_step that failed, with errno set.
int mtor_confine(unsigned confinement, int landlock, char *const *rules, unsigned rule_count);

/// In a wrapper: where this executable is found (MTOR_INNER_PATH), and where it says how the
/// command ended.
#define MTOR_INNER_STATUS 60
#define MTOR_INNER_EXECUTABLE 61

/// What comes from inside: how waitpid(2) saw the command end, or why it could not be started.
struct mtor_inner_report {
    int32_t status, code;
};

/// Makes namespaces (CLONE_NEW…), as root directly, else in a user namespace in which the
/// process keeps its ids. 0 with *user saying which it was, or -1 with errno.
int mtor_make_namespaces(int flags, int *user);

/// Takes texts, each ended by NUL, out of a mapped file.
char *mtor_next_string(char **at, char *end);
/// The same for many; NULL where one is missing.
char **mtor_next_strings(char **at, char *end, unsigned count);
/// Maps a file privately, at least `minimum` bytes; NULL with errno.
char *mtor_map(int file, size_t minimum, size_t *size);
#endif

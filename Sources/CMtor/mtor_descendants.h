#ifndef MTOR_DESCENDANTS_H
#define MTOR_DESCENDANTS_H
#include <sys/types.h>

/// Sends a signal to every living descendant of this process and returns how many there were.
/// Where `stop_first`, each is stopped as it is found, so that none can fork away from the rest.
/// `spared` gets none of it (0: nobody is spared); what it has started does.
int mtor_signal_descendants(int signal_number, _Bool stop_first, pid_t spared);

/// True if this process has more than `limit` descendants, threads counted like processes.
_Bool mtor_has_more_descendants(long limit);

/// Kills the children of this process that `keep` does not name, with all their descendants, and
/// returns how many there were, those included that have ended and wait to be reaped.
int mtor_kill_children_except(const pid_t *_Nullable keep, int count);
#endif

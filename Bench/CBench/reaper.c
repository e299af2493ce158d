#include "bench.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

int bench_fork(void) { return fork(); }

int bench_become_reaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) ? errno : 0; }

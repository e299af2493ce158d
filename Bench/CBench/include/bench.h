#ifndef BENCH_H
#define BENCH_H

/// Makes this process the parent of every descendant that loses its own; 0, or an error number.
int bench_become_reaper(void);

/// fork(2), which Swift does not offer: for a process of one thread.
int bench_fork(void);

#endif

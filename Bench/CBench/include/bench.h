#ifndef BENCH_H
#define BENCH_H

/// Makes this process the parent of every descendant that loses its own; 0, or an error number.
int bench_become_reaper(void);

#endif

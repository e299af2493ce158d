#ifndef MTOR_SIGNALS_H
#define MTOR_SIGNALS_H

/// Counts SIGINT, SIGTERM and SIGHUP instead of dying from them, and ignores SIGPIPE.
/// Returns 0, or -errno. Call once, from main.
int mtor_signals_watch(void);
/// How many such signals have come so far.
int mtor_signals_count(void);
/// The first signal that came, or 0.
int mtor_signals_first(void);
/// A descriptor that is readable from the first signal on, for poll; -1 before
/// mtor_signals_watch. It is never read, so that every waiter sees it.
int mtor_signals_descriptor(void);
#endif

#define _GNU_SOURCE
#include "mtor_signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_int count, first;
static int event = -1;

static void note(int signal_number) {
    int saved = errno, none = 0;
    atomic_compare_exchange_strong(&first, &none, signal_number);
    atomic_fetch_add(&count, 1);
    uint64_t one = 1;
    // An eventfd takes 2^64 - 2 additions before it blocks: this cannot fail.
    ssize_t ignored = write(event, &one, sizeof one);
    (void)ignored;
    errno = saved;
}

int mtor_signals_watch(void) {
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0) return -errno;
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    const int watched[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        struct sigaction old;
        if (sigaction(watched[i], NULL, &old)) return -errno;
        // What the parent ignored (nohup, a background job of a script) stays ignored.
        if (old.sa_handler == SIG_IGN) continue;
        if (sigaction(watched[i], &action, NULL)) return -errno;
    }
    // A parent with threads may hand down a mask that was only meant for one of them.
    sigset_t mask;
    sigemptyset(&mask);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) sigaddset(&mask, watched[i]);
    if (sigprocmask(SIG_UNBLOCK, &mask, NULL)) return -errno;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return sigaction(SIGPIPE, &ignore, NULL) ? -errno : 0;
}

int mtor_signals_count(void) { return atomic_load(&count); }
int mtor_signals_first(void) { return atomic_load(&first); }
int mtor_signals_descriptor(void) { return event; }

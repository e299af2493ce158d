#ifndef MTOR_HTTP_H
#define MTOR_HTTP_H
#include <stddef.h>

/// How an exchange ended.
enum mtor_http_end {
  MTOR_HTTP_DONE = 0,
  /// libcurl is not on this machine, or too old.
  MTOR_HTTP_NO_LIBRARY = 1,
  /// The address is none, or of another protocol than http and https.
  MTOR_HTTP_BAD_URL = 2,
  /// No connection: the name is unknown, or nobody listens.
  MTOR_HTTP_NO_CONNECTION = 3,
  /// The other side could not prove who it is.
  MTOR_HTTP_NO_TRUST = 4,
  /// The connection broke, or what came is no HTTP.
  MTOR_HTTP_BROKEN = 5,
  MTOR_HTTP_CONNECT_TIMEOUT = 6,
  /// Nothing that counts as content came in time.
  MTOR_HTTP_FIRST_TIMEOUT = 7,
  MTOR_HTTP_IDLE_TIMEOUT = 8,
  MTOR_HTTP_TOTAL_TIMEOUT = 9,
  /// More header or body bytes (after decoding) than the limits.
  MTOR_HTTP_TOO_LARGE = 10,
  /// The sink asked to stop.
  MTOR_HTTP_STOPPED = 11,
  /// The descriptor to watch became readable.
  MTOR_HTTP_INTERRUPTED = 12,
};

/// What the sink says after a piece of the body.
enum mtor_http_verdict {
  MTOR_HTTP_STOP = 0,
  /// Go on; the deadlines run on (a keep-alive comment).
  MTOR_HTTP_QUIET = 1,
  /// Go on; this was content, so the deadline for silence begins anew.
  MTOR_HTTP_CONTENT = 2,
};

struct mtor_http_request {
  const char *_Nonnull url;
  /// Whole lines, "Name: value".
  const char *_Nonnull const *_Nullable headers;
  size_t header_count;
  /// NULL: a GET.
  const char *_Nullable body;
  size_t body_count;
  /// Deadlines in milliseconds, by the monotonic clock.
  long connect_ms, first_ms, idle_ms, total_ms;
  /// In bytes, counted after decoding.
  size_t body_limit, header_limit;
  /// Ends the exchange when it becomes readable; -1: none. Never read.
  int interrupt;
  /// Whether to speak HTTP/2, whose trailers come to the sink as header lines.
  int http2;
  /// Files in PEM: who is trusted instead of the system's authorities, and what this side shows.
  const char *_Nullable ca, *_Nullable certificate, *_Nullable key;
  /// Where to connect instead, "HOST:PORT:HOST:PORT"; the address's own name is what the other side
  /// has to prove.
  const char *_Nullable connect_to;
};

/// Called on the thread that is inside mtor_http_perform.
struct mtor_http_sink {
  void *_Nullable context;
  /// One header line with its line end; a status line begins an answer anew.
  void (*_Nonnull header)(void *_Nullable context, const char *_Nonnull bytes, size_t count);
  enum mtor_http_verdict (*_Nonnull body)(
      void *_Nullable context, long status, const char *_Nonnull bytes, size_t count);
};

struct mtor_http_result {
  enum mtor_http_end end;
  /// 0 before a status line came.
  long status;
  /// What libcurl says of it; empty where nothing is to say.
  char message[256];
};

/// One request and its answer, by libcurl, which is opened when this is first called. Blocks.
///
/// No redirect is followed, nothing is kept for a later call: no connection, no cookie.
void mtor_http_perform(
    const struct mtor_http_request *_Nonnull request, const struct mtor_http_sink *_Nonnull sink,
    struct mtor_http_result *_Nonnull result);
#endif

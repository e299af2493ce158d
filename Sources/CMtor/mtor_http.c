#include "mtor_http.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// libcurl brings about thirty libraries, which costs every start more than the rest of mtor
// takes: it is opened when the first request is made. Its numbers below are its stable ABI
// (soname 4), so that its headers are not needed to build.
enum {
  OPT_WRITEDATA = 10001, OPT_URL = 10002, OPT_ERRORBUFFER = 10010, OPT_POSTFIELDS = 10015,
  OPT_USERAGENT = 10018, OPT_HTTPHEADER = 10023, OPT_SSLCERT = 10025, OPT_HEADERDATA = 10029,
  OPT_CAINFO = 10065, OPT_SSLKEY = 10087, OPT_ACCEPT_ENCODING = 10102, OPT_NOPROXY = 10177, OPT_CONNECT_TO = 10243,
  OPT_PROTOCOLS_STR = 10318, OPT_WRITEFUNCTION = 20011,
  OPT_HEADERFUNCTION = 20079, OPT_POSTFIELDSIZE_LARGE = 30120, OPT_HTTPGET = 80,
  OPT_HTTP_VERSION = 84, OPT_NOSIGNAL = 99, OPT_TIMEOUT_MS = 155, OPT_CONNECTTIMEOUT_MS = 156,
  OPT_QUICK_EXIT = 322,
  INFO_RESPONSE_CODE = 0x200002, INFO_PRETRANSFER_TIME_T = 0x600035,
  HTTP_VERSION_1_1 = 2, HTTP_VERSION_2TLS = 4, HTTP_VERSION_2_PRIOR_KNOWLEDGE = 5, MESSAGE_DONE = 1, WAIT_POLLIN = 1, ERROR_SIZE = 256,
};

struct wait_descriptor { int fd; short events, revents; };
struct message { int kind; void *easy; union { void *any; int result; } data; };

static struct {
  int (*curl_global_init)(long);
  void *(*curl_easy_init)(void);
  int (*curl_easy_setopt)(void *, int, ...);
  int (*curl_easy_getinfo)(void *, int, ...);
  const char *(*curl_easy_strerror)(int);
  void (*curl_easy_cleanup)(void *);
  void *(*curl_slist_append)(void *, const char *);
  void (*curl_slist_free_all)(void *);
  void *(*curl_multi_init)(void);
  int (*curl_multi_add_handle)(void *, void *);
  int (*curl_multi_remove_handle)(void *, void *);
  int (*curl_multi_perform)(void *, int *);
  int (*curl_multi_poll)(void *, struct wait_descriptor *, unsigned, int, int *);
  struct message *(*curl_multi_info_read)(void *, int *);
  int (*curl_multi_cleanup)(void *);
} curl;
static char open_error[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool find(void *library, const char *name, void *slot) {
  void *found = dlsym(library, name);
  if (!found) snprintf(open_error, sizeof open_error, "libcurl lacks %s", name);
  memcpy(slot, &found, sizeof found);
  return found != NULL;
}

static void open_library(void) {
  void *library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(open_error, sizeof open_error, "libcurl cannot be opened (libcurl.so.4)");
    return;
  }
#define FIND(name) find(library, #name, &curl.name)
  bool whole = FIND(curl_global_init) && FIND(curl_easy_init) && FIND(curl_easy_setopt)
      && FIND(curl_easy_getinfo) && FIND(curl_easy_strerror) && FIND(curl_easy_cleanup)
      && FIND(curl_slist_append) && FIND(curl_slist_free_all) && FIND(curl_multi_init)
      && FIND(curl_multi_add_handle) && FIND(curl_multi_remove_handle)
      && FIND(curl_multi_perform) && FIND(curl_multi_poll) && FIND(curl_multi_info_read)
      && FIND(curl_multi_cleanup);
#undef FIND
  if (whole && curl.curl_global_init(3)) snprintf(open_error, sizeof open_error, "curl_global_init");
}

struct exchange {
  const struct mtor_http_request *request;
  const struct mtor_http_sink *sink;
  void *easy;
  size_t header_bytes, body_bytes;
  int64_t started, connected, content;  // milliseconds; 0: not yet
  enum mtor_http_end stop;              // why a callback ended it
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user) {
  struct exchange *e = user;
  e->header_bytes += size * count;
  if (e->header_bytes > e->request->header_limit) {
    e->stop = MTOR_HTTP_TOO_LARGE;
    return 0;
  }
  e->sink->header(e->sink->context, bytes, size * count);
  return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user) {
  struct exchange *e = user;
  size_t room = e->request->body_limit - e->body_bytes, all = size * count;
  if (all > room) {
    e->stop = MTOR_HTTP_TOO_LARGE;
    return 0;
  }
  e->body_bytes += all;
  long status = 0;
  curl.curl_easy_getinfo(e->easy, INFO_RESPONSE_CODE, &status);
  enum mtor_http_verdict verdict = e->sink->body(e->sink->context, status, bytes, all);
  if (verdict == MTOR_HTTP_STOP) {
    e->stop = MTOR_HTTP_STOPPED;
    return 0;
  }
  if (verdict == MTOR_HTTP_CONTENT) e->content = now_ms();
  return all;
}

/// Whether the connection has ever stood. Asked again once the request is over, since all of it can
/// happen within one call of libcurl.
static bool was_connected(struct exchange *e) {
  int64_t sent = 0;
  if (!e->connected) curl.curl_easy_getinfo(e->easy, INFO_PRETRANSFER_TIME_T, &sent);
  if (sent > 0) e->connected = now_ms();
  return e->connected;
}

/// The end that a deadline which has passed makes, else DONE and in *left the time until the next.
static enum mtor_http_end overdue(struct exchange *e, int *left) {
  const struct mtor_http_request *r = e->request;
  bool connected = was_connected(e);
  int64_t now = now_ms(), nearest;
  enum mtor_http_end end;
  if (!connected) {
    nearest = e->started + r->connect_ms, end = MTOR_HTTP_CONNECT_TIMEOUT;
  } else if (!e->content) {
    nearest = e->connected + r->first_ms, end = MTOR_HTTP_FIRST_TIMEOUT;
  } else {
    nearest = e->content + r->idle_ms, end = MTOR_HTTP_IDLE_TIMEOUT;
  }
  if (now >= e->started + r->total_ms) return MTOR_HTTP_TOTAL_TIMEOUT;
  if (now >= nearest) return end;
  if (e->started + r->total_ms < nearest) nearest = e->started + r->total_ms;
  int64_t wait = nearest - now;
  // Before the connection stands nothing wakes us when it does, so look now and then.
  int64_t longest = e->connected ? 1000 : 100;
  *left = (int)(wait < longest ? wait : longest);
  return MTOR_HTTP_DONE;
}

/// The class of a CURLcode.
static enum mtor_http_end class_of(int code) {
  switch (code) {
    case 0: return MTOR_HTTP_DONE;
    case 1: case 3: return MTOR_HTTP_BAD_URL;
    case 5: case 6: case 7: case 45: case 97: return MTOR_HTTP_NO_CONNECTION;
    case 28: return MTOR_HTTP_CONNECT_TIMEOUT;
    case 51: case 53: case 54: case 58: case 59: case 60: case 64: case 66: case 77: case 80:
    case 82: case 83: case 90: case 91: case 98: return MTOR_HTTP_NO_TRUST;
    // The handshake itself failed: another protocol or no common cipher.
    case 35: return MTOR_HTTP_NO_TRUST;
    case 27: case 63: return MTOR_HTTP_TOO_LARGE;
    default: return MTOR_HTTP_BROKEN;
  }
}

/// HTTP/2 is agreed on within TLS; where there is none, both sides have to know it before.
static long version_of(const struct mtor_http_request *r) {
  if (!r->http2) return HTTP_VERSION_1_1;
  return strncmp(r->url, "https:", 6) ? HTTP_VERSION_2_PRIOR_KNOWLEDGE : HTTP_VERSION_2TLS;
}

/// Whether a text begins with this machine's own name or number.
static bool begins_with_loopback(const char *host) {
  size_t digits = strspn(host, "0123456789.");
  if (!strncmp(host, "127.", 4)) return !host[digits] || strchr(":/", host[digits]);
  if (!strncmp(host, "[::1]", 5)) return true;
  return !strncmp(host, "localhost", 9) && (!host[9] || strchr(":/", host[9]));
}

/// Whether a request stays on this machine: then no proxy of the environment may have it, which
/// would get in the clear what is sent so for that reason alone.
static bool stays_here(const struct mtor_http_request *r) {
  const char *host = strstr(r->url, "://"), *place = r->connect_to;
  // HOST:PORT:HOST:PORT
  for (int i = 0; place && i < 2; i++) {
    place = strchr(place, ':');
    if (place) place++;
  }
  return place ? begins_with_loopback(place) : host && begins_with_loopback(host + 3);
}

static void set_options(struct exchange *e, void *headers, void *place, char *error) {
  const struct mtor_http_request *r = e->request;
  void *c = e->easy;
  curl.curl_easy_setopt(c, OPT_ERRORBUFFER, error);
  curl.curl_easy_setopt(c, OPT_PROTOCOLS_STR, "http,https");
  curl.curl_easy_setopt(c, OPT_URL, r->url);
  curl.curl_easy_setopt(c, OPT_USERAGENT, "mtor");
  curl.curl_easy_setopt(c, OPT_HTTP_VERSION, version_of(r));
  if (stays_here(r)) curl.curl_easy_setopt(c, OPT_NOPROXY, "*");
  if (r->ca) curl.curl_easy_setopt(c, OPT_CAINFO, r->ca);
  if (r->certificate) curl.curl_easy_setopt(c, OPT_SSLCERT, r->certificate);
  if (r->key) curl.curl_easy_setopt(c, OPT_SSLKEY, r->key);
  if (place) curl.curl_easy_setopt(c, OPT_CONNECT_TO, place);
  curl.curl_easy_setopt(c, OPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold the end of the request.
  curl.curl_easy_setopt(c, OPT_QUICK_EXIT, 1L);
  curl.curl_easy_setopt(c, OPT_ACCEPT_ENCODING, "gzip");
  curl.curl_easy_setopt(c, OPT_HTTPHEADER, headers);
  curl.curl_easy_setopt(c, OPT_CONNECTTIMEOUT_MS, r->connect_ms);
  curl.curl_easy_setopt(c, OPT_TIMEOUT_MS, r->total_ms);
  if (r->body) {
    curl.curl_easy_setopt(c, OPT_POSTFIELDSIZE_LARGE, (int64_t)r->body_count);
    curl.curl_easy_setopt(c, OPT_POSTFIELDS, r->body);
  } else {
    curl.curl_easy_setopt(c, OPT_HTTPGET, 1L);
  }
  curl.curl_easy_setopt(c, OPT_HEADERFUNCTION, on_header);
  curl.curl_easy_setopt(c, OPT_HEADERDATA, e);
  curl.curl_easy_setopt(c, OPT_WRITEFUNCTION, on_body);
  curl.curl_easy_setopt(c, OPT_WRITEDATA, e);
}

static enum mtor_http_end run(struct exchange *e, void *multi, char *error) {
  int running = 1;
  while (true) {
    if (curl.curl_multi_perform(multi, &running)) return MTOR_HTTP_BROKEN;
    if (!running) break;
    int left = 0;
    enum mtor_http_end end = overdue(e, &left);
    if (end != MTOR_HTTP_DONE) return end;
    struct wait_descriptor signal = {e->request->interrupt, WAIT_POLLIN, 0};
    unsigned extra = signal.fd >= 0;
    if (curl.curl_multi_poll(multi, &signal, extra, left, NULL)) return MTOR_HTTP_BROKEN;
    if (extra && signal.revents) return MTOR_HTTP_INTERRUPTED;
  }
  int left;
  for (struct message *m; (m = curl.curl_multi_info_read(multi, &left));) {
    if (m->kind != MESSAGE_DONE || m->data.result == 0) continue;
    if (e->stop != MTOR_HTTP_DONE) return e->stop;
    if (!error[0]) snprintf(error, ERROR_SIZE, "%s", curl.curl_easy_strerror(m->data.result));
    // What a server says instead of HTTP is reported as a protocol that is not allowed.
    if (m->data.result == 1 && was_connected(e)) return MTOR_HTTP_BROKEN;
    if (m->data.result != 28) return class_of(m->data.result);
    // libcurl's own clock was first by a hair.
    return was_connected(e) ? MTOR_HTTP_TOTAL_TIMEOUT : MTOR_HTTP_CONNECT_TIMEOUT;
  }
  return e->stop;
}

void mtor_http_perform(
    const struct mtor_http_request *request, const struct mtor_http_sink *sink,
    struct mtor_http_result *result) {
  *result = (struct mtor_http_result){0};
  pthread_once(&once, open_library);
  result->end = MTOR_HTTP_NO_LIBRARY;
  if (open_error[0]) {
    snprintf(result->message, sizeof result->message, "%s", open_error);
    return;
  }
  struct exchange e = {.request = request, .sink = sink, .started = now_ms()};
  char error[ERROR_SIZE] = "";
  void *headers = NULL, *place = NULL, *multi = NULL;
  bool whole = (e.easy = curl.curl_easy_init()) && (multi = curl.curl_multi_init());
  for (size_t i = 0; whole && i < request->header_count; i++) {
    void *longer = curl.curl_slist_append(headers, request->headers[i]);
    if (longer) headers = longer;
    else whole = false;
  }
  if (whole && request->connect_to) {
    place = curl.curl_slist_append(NULL, request->connect_to);
    whole = place != NULL;
  }
  if (whole) {
    set_options(&e, headers, place, error);
    whole = curl.curl_multi_add_handle(multi, e.easy) == 0;
  }
  if (whole) {
    result->end = run(&e, multi, error);
    curl.curl_easy_getinfo(e.easy, INFO_RESPONSE_CODE, &result->status);
    curl.curl_multi_remove_handle(multi, e.easy);
    snprintf(result->message, sizeof result->message, "%s", error);
  } else {
    snprintf(result->message, sizeof result->message, "out of memory");
  }
  if (e.easy) curl.curl_easy_cleanup(e.easy);
  if (multi) curl.curl_multi_cleanup(multi);
  curl.curl_slist_free_all(headers);
  curl.curl_slist_free_all(place);
}

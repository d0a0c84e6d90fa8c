/*
 * A gRPC client for measuring in C, so that the server is the limit and not the client: one thread, HTTP/2 frames written and read by
 * hand, messages and answers prepared in files, no library but libc. Headers go out as most clients send them, in full once on each
 * connection and as indices then; what comes back is compared byte for byte with the answer that is due.
 *
 *   client ADDRESS PATH MESSAGES CONNECTIONS STREAMS WARM SECONDS compare ANSWERS
 *   client ADDRESS PATH MESSAGES CONNECTIONS STREAMS WARM SECONDS size
 *   client ADDRESS PATH MESSAGES 1 STREAMS 0 0 save ANSWERS
 *
 * ADDRESS is 127.0.0.1:PORT or unix:PATH. Both files hold records: length as four little-endian bytes, then so many bytes. `save` asks
 * every message once and writes their answers in order; `size` takes any answer that is whole. Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
#define FRAME_HEADER 9
#define DEFAULT_FRAME 16384
/* What the server would take beyond that is not used. */
#define MAX_FRAME (1 << 18)
#define PREFIX 5
#define OUT_SIZE (1 << 20)
#define IN_SIZE (1 << 19)
#define LARGE_WINDOW 0x7fffffff
#define DEFAULT_WINDOW 65535
#define MOST_LATENCIES 8000000

typedef struct { uint8_t *bytes; uint32_t length; } Record;

typedef struct {
  int32_t id;           /* 0: free */
  uint32_t message;     /* index */
  uint32_t sent;        /* bytes of the message, prefix included */
  int64_t window;
  uint64_t startedAt;
  uint32_t received;
  uint32_t expected;    /* bytes of the answer, prefix included; once the prefix is there */
  uint8_t prefix[PREFIX];
  int isWrong;
  uint8_t *kept;
} Stream;

typedef struct {
  int fd;
  uint8_t *out;
  size_t outLength, outAt;
  uint8_t *in;
  size_t inLength;
  Stream *streams;
  int32_t nextId;
  int64_t window;
  int64_t initialWindow;
  int64_t uncredited;
  uint32_t turn;        /* whose data comes next */
  uint32_t open;
  uint32_t mostStreams;
  int64_t mostFrame;
  int hasSettings, wantsOut, hasHeaders;
} Connection;

static Record *messages, *answers;
static uint32_t messageCount, answerCount, streamCount;
static const char *path, *authority;
static int epollFd, isSaving, isComparing, isMeasuring, isStopping;
static long issued, calls, failed, wrong, ended;
static uint64_t endsAt;
static uint32_t *latencies;
static long latencyCount;

static void fail(const char *what) {
  fprintf(stderr, "client: %s\n", what);
  exit(1);
}

static uint64_t nowNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static double processorSeconds(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void *allocated(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) fail("no memory");
  return memory;
}

/* Records of a file, each with the prefix that gRPC puts before a message. */
static Record *readRecords(const char *file, uint32_t *count) {
  FILE *f = fopen(file, "rb");
  if (f == NULL) fail(file);
  Record *records = NULL;
  uint32_t length, room = 0;
  *count = 0;
  while (fread(&length, 4, 1, f) == 1) {
    if (*count == room) {
      room = room == 0 ? 1024 : room * 2;
      records = realloc(records, room * sizeof *records);
      if (records == NULL) fail("no memory");
    }
    uint8_t *bytes = allocated(PREFIX + (size_t)length);
    uint32_t big = htonl(length);
    memcpy(bytes + 1, &big, 4);
    if (fread(bytes + PREFIX, 1, length, f) != length) fail("a record is cut off");
    records[(*count)++] = (Record){ bytes, PREFIX + length };
  }
  fclose(f);
  if (*count == 0) fail("no records");
  return records;
}

static uint8_t *frame(Connection *c, uint32_t length, uint8_t type, uint8_t flags, int32_t stream) {
  uint8_t *p = c->out + c->outLength;
  if (c->outLength + FRAME_HEADER + length > OUT_SIZE) fail("too much to send");
  p[0] = (uint8_t)(length >> 16);
  p[1] = (uint8_t)(length >> 8);
  p[2] = (uint8_t)length;
  p[3] = type;
  p[4] = flags;
  uint32_t id = htonl((uint32_t)stream);
  memcpy(p + 5, &id, 4);
  c->outLength += FRAME_HEADER + length;
  return p + FRAME_HEADER;
}

static void frameOfWord(Connection *c, uint8_t type, int32_t stream, uint32_t word) {
  uint32_t big = htonl(word);
  memcpy(frame(c, 4, type, 0, stream), &big, 4);
}

/* A header that the server keeps in its table: literal with incremental indexing, name by index or (0) as text. */
static uint8_t *keptHeader(uint8_t *p, uint8_t nameIndex, const char *name, const char *value) {
  *p++ = 0x40 | nameIndex;
  if (nameIndex == 0) {
    *p++ = (uint8_t)strlen(name);
    p = (uint8_t *)memcpy(p, name, strlen(name)) + strlen(name);
  }
  *p++ = (uint8_t)strlen(value);
  return (uint8_t *)memcpy(p, value, strlen(value)) + strlen(value);
}

static void sendHeaders(Connection *c, int32_t id) {
  uint8_t block[512], *p = block;
  *p++ = 0x83; /* :method POST */
  *p++ = 0x86; /* :scheme http */
  if (c->hasHeaders) {
    for (int index = 66; index >= 62; index--) *p++ = (uint8_t)(0x80 | index);
  } else {
    p = keptHeader(p, 4, NULL, path);
    p = keptHeader(p, 1, NULL, authority);
    p = keptHeader(p, 31, NULL, "application/grpc");
    p = keptHeader(p, 0, "te", "trailers");
    p = keptHeader(p, 58, NULL, "verdict-bench");
    c->hasHeaders = 1;
  }
  memcpy(frame(c, (uint32_t)(p - block), HEADERS, END_HEADERS, id), block, (size_t)(p - block));
}

static void begin(Connection *c, Stream *s) {
  s->id = 0;
  if (isStopping || (isSaving && issued >= (long)messageCount)) return;
  if (c->open >= c->mostStreams) fail("the server takes fewer calls at once");
  uint8_t *kept = s->kept;
  memset(s, 0, sizeof *s);
  s->kept = kept;
  s->id = c->nextId;
  c->nextId += 2;
  if (c->nextId < 0) fail("no stream numbers left");
  s->message = (uint32_t)(issued++ % messageCount);
  s->window = c->initialWindow;
  s->startedAt = nowNs();
  c->open++;
  sendHeaders(c, s->id);
}

/* Puts what windows and room let through into the output, one frame of each call in turn. */
static void fill(Connection *c) {
  uint32_t idle = 0;
  while (idle < streamCount && c->window > 0 && c->outLength + FRAME_HEADER + MAX_FRAME <= OUT_SIZE - 4096) {
    Stream *s = &c->streams[c->turn];
    c->turn = (c->turn + 1) % streamCount;
    Record *m = &messages[s->message];
    int64_t length = s->id == 0 ? 0 : (int64_t)m->length - s->sent;
    if (length > c->mostFrame) length = c->mostFrame;
    if (length > s->window) length = s->window;
    if (length > c->window) length = c->window;
    if (length <= 0) {
      idle++;
      continue;
    }
    idle = 0;
    int isLast = s->sent + length == m->length;
    memcpy(frame(c, (uint32_t)length, DATA, isLast ? END_STREAM : 0, s->id), m->bytes + s->sent, (size_t)length);
    s->sent += (uint32_t)length;
    s->window -= length;
    c->window -= length;
  }
}

static void wantOut(Connection *c, int wants) {
  if (c->wantsOut == wants) return;
  c->wantsOut = wants;
  struct epoll_event event = { .events = EPOLLIN | (wants ? EPOLLOUT : 0u), .data = { .ptr = c } };
  epoll_ctl(epollFd, EPOLL_CTL_MOD, c->fd, &event);
}

static void flush(Connection *c) {
  for (;;) {
    if (c->hasSettings) fill(c);
    if (c->outAt == c->outLength) break;
    ssize_t written = write(c->fd, c->out + c->outAt, c->outLength - c->outAt);
    if (written < 0 && errno != EAGAIN) fail("the server closed the connection");
    if (written > 0) c->outAt += (size_t)written;
    memmove(c->out, c->out + c->outAt, c->outLength - c->outAt);
    c->outLength -= c->outAt;
    c->outAt = 0;
    if (written < 0) {
      wantOut(c, 1);
      return;
    }
  }
  wantOut(c, 0);
}

static void end(Connection *c, Stream *s, int isWhole) {
  uint64_t now = nowNs();
  ended++;
  c->open--;
  if (!isWhole) failed++;
  else if (s->isWrong) wrong++;
  else if (isSaving) {
    answers[s->message] = (Record){ s->kept, s->received };
    s->kept = NULL;
  }
  if (isMeasuring && now <= endsAt && isWhole && !s->isWrong) {
    calls++;
    if (latencyCount < MOST_LATENCIES) latencies[latencyCount++] = (uint32_t)((now - s->startedAt) / 1000);
  }
  begin(c, s);
}

static void takeData(Stream *s, const uint8_t *bytes, uint32_t length) {
  for (uint32_t i = 0; s->received + i < PREFIX && i < length; i++) s->prefix[s->received + i] = bytes[i];
  if (isComparing) {
    Record *due = &answers[s->message % answerCount];
    if (s->received + length > due->length || memcmp(due->bytes + s->received, bytes, length) != 0) s->isWrong = 1;
  }
  if (isSaving) {
    s->kept = realloc(s->kept, (size_t)s->received + length);
    if (s->kept == NULL) fail("no memory");
    memcpy(s->kept + s->received, bytes, length);
  }
  s->received += length;
}

static int isWhole(const Stream *s) {
  uint32_t length;
  memcpy(&length, s->prefix + 1, 4);
  if (s->received < PREFIX || s->received != PREFIX + ntohl(length)) return 0;
  return !isComparing || s->isWrong || s->received == answers[s->message % answerCount].length;
}

static Stream *streamOf(Connection *c, int32_t id) {
  for (uint32_t i = 0; i < streamCount; i++)
    if (c->streams[i].id == id) return &c->streams[i];
  return NULL;
}

static void takeSettings(Connection *c, const uint8_t *p, uint32_t length) {
  for (uint32_t at = 0; at + 6 <= length; at += 6) {
    uint32_t value = (uint32_t)p[at + 2] << 24 | (uint32_t)p[at + 3] << 16 | (uint32_t)p[at + 4] << 8 | p[at + 5];
    int id = p[at] << 8 | p[at + 1];
    if (id == 3) c->mostStreams = value;
    if (id == 5) c->mostFrame = value < MAX_FRAME ? value : MAX_FRAME;
    if (id != 4) continue;
    for (uint32_t i = 0; i < streamCount; i++) c->streams[i].window += value - c->initialWindow;
    c->initialWindow = value;
  }
  frame(c, 0, SETTINGS, ACK, 0);
  if (c->hasSettings) return;
  c->hasSettings = 1;
  for (uint32_t i = 0; i < streamCount; i++) begin(c, &c->streams[i]);
}

static void take(Connection *c, uint8_t type, uint8_t flags, int32_t id, const uint8_t *p, uint32_t length) {
  Stream *s = id == 0 ? NULL : streamOf(c, id);
  if (type == DATA) {
    if (s != NULL) takeData(s, p, length);
    c->uncredited += length;
    if (c->uncredited > 1 << 29) {
      frameOfWord(c, WINDOW_UPDATE, 0, (uint32_t)c->uncredited);
      c->uncredited = 0;
    }
  } else if (type == SETTINGS) {
    if ((flags & ACK) == 0) takeSettings(c, p, length);
  } else if (type == PING) {
    if ((flags & ACK) == 0) memcpy(frame(c, 8, PING, ACK, 0), p, 8);
  } else if (type == WINDOW_UPDATE) {
    uint32_t more;
    memcpy(&more, p, 4);
    if (id == 0) c->window += ntohl(more);
    else if (s != NULL) s->window += ntohl(more);
  } else if (type == RST_STREAM) {
    if (s != NULL) end(c, s, 0);
    return;
  } else if (type == GOAWAY) fail("the server ended the connection");
  if (s != NULL && (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) end(c, s, isWhole(s));
}

static void receive(Connection *c) {
  for (;;) {
    ssize_t got = read(c->fd, c->in + c->inLength, IN_SIZE - c->inLength);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the server closed the connection");
    c->inLength += (size_t)got;
    size_t at = 0;
    while (c->inLength - at >= FRAME_HEADER) {
      const uint8_t *p = c->in + at;
      uint32_t length = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
      if (c->inLength - at < FRAME_HEADER + length) break;
      uint32_t id;
      memcpy(&id, p + 5, 4);
      take(c, p[3], p[4], (int32_t)(ntohl(id) & LARGE_WINDOW), p + FRAME_HEADER, length);
      at += FRAME_HEADER + length;
    }
    memmove(c->in, c->in + at, c->inLength - at);
    c->inLength -= at;
    if (c->inLength < IN_SIZE - (1 << 18)) return;
  }
}

static int opened(const char *address) {
  int fd;
  if (strncmp(address, "unix:", 5) == 0) {
    struct sockaddr_un unixAddress = { .sun_family = AF_UNIX };
    strncpy(unixAddress.sun_path, address + 5, sizeof unixAddress.sun_path - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&unixAddress, sizeof unixAddress) != 0) fail("cannot connect");
    return fd;
  }
  const char *port = strchr(address, ':');
  struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
  if (port == NULL || strncmp(address, "127.0.0.1:", 10) != 0) fail("loopback only");
  loopback.sin_port = htons((uint16_t)atoi(port + 1));
  fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&loopback, sizeof loopback) != 0) fail("cannot connect");
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static Connection *connected(const char *address) {
  Connection *c = allocated(sizeof *c);
  c->fd = opened(address);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  c->out = allocated(OUT_SIZE);
  c->in = allocated(IN_SIZE);
  c->streams = allocated(streamCount * sizeof *c->streams);
  c->nextId = 1;
  c->window = c->initialWindow = DEFAULT_WINDOW;
  c->mostStreams = UINT32_MAX;
  c->mostFrame = DEFAULT_FRAME;
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  memcpy(c->out, preface, sizeof preface - 1);
  c->outLength = sizeof preface - 1;
  static const uint8_t settings[] = { 0, 2, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff };
  memcpy(frame(c, sizeof settings, SETTINGS, 0, 0), settings, sizeof settings);
  frameOfWord(c, WINDOW_UPDATE, 0, LARGE_WINDOW - DEFAULT_WINDOW);
  struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = c } };
  epoll_ctl(epollFd, EPOLL_CTL_ADD, c->fd, &event);
  flush(c);
  return c;
}

static int ascending(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return (left > right) - (left < right);
}

static double latencyMs(double share) {
  return latencyCount == 0 ? 0 : latencies[(long)(share * (double)(latencyCount - 1))] / 1000.0;
}

static void saveAnswers(const char *file) {
  FILE *f = fopen(file, "wb");
  if (f == NULL) fail(file);
  for (uint32_t i = 0; i < messageCount; i++) {
    uint32_t length = answers[i].length - PREFIX;
    if (answers[i].bytes == NULL) fail("a message was not answered");
    fwrite(&length, 4, 1, f);
    fwrite(answers[i].bytes + PREFIX, 1, length, f);
  }
  if (fclose(f) != 0) fail(file);
}

int main(int argc, char **argv) {
  if (argc < 9) fail("ADDRESS PATH MESSAGES CONNECTIONS STREAMS WARM SECONDS compare|size|save [ANSWERS]");
  const char *address = argv[1], *mode = argv[8], *file = argc > 9 ? argv[9] : "";
  path = argv[2];
  authority = strncmp(address, "unix:", 5) == 0 ? "localhost" : address;
  if (strlen(path) > 120 || strlen(authority) > 120) fail("longer than a header of one byte of length");
  messages = readRecords(argv[3], &messageCount);
  uint32_t connections = (uint32_t)atoi(argv[4]);
  streamCount = (uint32_t)atoi(argv[5]);
  double warm = atof(argv[6]), seconds = atof(argv[7]);
  isSaving = strcmp(mode, "save") == 0;
  isComparing = strcmp(mode, "compare") == 0;
  if (isSaving) answers = allocated(messageCount * sizeof *answers);
  if (isComparing) answers = readRecords(file, &answerCount);
  latencies = allocated(MOST_LATENCIES * sizeof *latencies);
  epollFd = epoll_create1(0);
  Connection **all = allocated(connections * sizeof *all);
  for (uint32_t i = 0; i < connections; i++) all[i] = connected(address);
  uint64_t startsAt = nowNs() + (uint64_t)(warm * 1e9);
  double processorBefore = 0;
  struct epoll_event events[64];
  while (!isStopping) {
    int count = epoll_wait(epollFd, events, 64, 100);
    uint64_t now = nowNs();
    if (!isMeasuring && !isSaving && now >= startsAt) {
      isMeasuring = 1;
      startsAt = now;
      endsAt = now + (uint64_t)(seconds * 1e9);
      processorBefore = processorSeconds();
    }
    for (int i = 0; i < count; i++) {
      Connection *c = events[i].data.ptr;
      if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(c);
      flush(c);
    }
    isStopping = isSaving ? ended >= (long)messageCount : isMeasuring && nowNs() >= endsAt;
  }
  double used = processorSeconds() - processorBefore;
  if (isSaving) saveAnswers(file);
  qsort(latencies, (size_t)latencyCount, sizeof *latencies, ascending);
  printf("{\"calls\":%ld,\"ended\":%ld,\"seconds\":%.3f,\"failed\":%ld,\"wrong\":%ld,\"processorSeconds\":%.3f,\"p50\":%.3f,\"p99\":%.3f}\n",
         calls, ended, seconds, failed, wrong, used, latencyMs(0.5), latencyMs(0.99));
  return 0;
}

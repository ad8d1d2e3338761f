/* The key/value server. Its packets are described in src/guests/kv-protocol.ts. */
#include "guest.h"

#define CLIENTS 16
#define KEYS 128
#define KEY_BYTES 32
#define VALUE_BYTES 512
#define HEADER 16

enum operation { GET = 1, PUT, APPEND, CREATE };
enum status { OK, NONE, FULL, BAD };

struct header {
  u32 client;
  u32 number;
  u8 operation; /* of a request; of a reply the status */
  u8 key_length;
  u16 value_length;
  u32 ttl_ms;
};

struct entry {
  u8 is_used;
  u8 key_length;
  u16 value_length;
  u8 key[KEY_BYTES];
  u8 value[VALUE_BYTES];
  u64 expires; /* 0: never */
};

struct reply {
  struct header header;
  u8 bytes[KEY_BYTES + VALUE_BYTES];
};

static struct event event;
static struct entry entries[KEYS];
/* The last reply to each client: repeated requests are answered with it. */
static struct reply replies[CLIENTS];
/* Keys are looked for from a place that nobody can predict. */
static u32 hash_seed;

static u32 hash(const u8 *key, u32 length) {
  u32 value = hash_seed;
  for (u32 i = 0; i < length; i++) value = (value ^ key[i]) * 16777619u;
  return value ^ value >> 15;
}

static struct entry *find(const u8 *key, u32 length) {
  u32 start = hash(key, length);
  for (u32 i = 0; i < KEYS; i++) {
    struct entry *entry = &entries[(start + i) % KEYS];
    if (entry->is_used && entry->key_length == length && memcmp(entry->key, key, length) == 0) return entry;
  }
  return 0;
}

static struct entry *make(const u8 *key, u32 length) {
  u32 start = hash(key, length);
  for (u32 i = 0; i < KEYS; i++) {
    struct entry *entry = &entries[(start + i) % KEYS];
    if (entry->is_used) continue;
    entry->is_used = 1;
    entry->key_length = (u8)length;
    entry->value_length = 0;
    entry->expires = 0;
    memcpy(entry->key, key, length);
    return entry;
  }
  return 0;
}

/* Has the timer fire when the next key expires. */
static void plan_expiry(u64 now) {
  u64 first = 0;
  for (u32 i = 0; i < KEYS; i++) {
    if (!entries[i].is_used || entries[i].expires == 0) continue;
    if (first == 0 || entries[i].expires < first) first = entries[i].expires;
  }
  if (first == 0) arm_timer(0);
  else if (first <= now) arm_timer(1);
  else arm_timer(first - now > 0xffffffffull ? 0xffffffffu : (u32)(first - now));
}

static void expire(void) {
  u64 now = read_clock();
  for (u32 i = 0; i < KEYS; i++)
    if (entries[i].is_used && entries[i].expires != 0 && entries[i].expires <= now) entries[i].is_used = 0;
  plan_expiry(now);
}

static enum status write_value(struct entry *entry, const u8 *key, const struct header *request, const u8 *value) {
  u32 before = request->operation == APPEND && entry ? entry->value_length : 0;
  if (before + request->value_length > VALUE_BYTES) return FULL;
  if (!entry) entry = make(key, request->key_length);
  if (!entry) return FULL;
  memcpy(entry->value + before, value, request->value_length);
  entry->value_length = (u16)(before + request->value_length);
  if (request->operation == APPEND) return OK;
  if (request->ttl_ms == 0 && entry->expires == 0) return OK;
  u64 now = read_clock();
  entry->expires = request->ttl_ms == 0 ? 0 : now + (u64)request->ttl_ms * 1000;
  plan_expiry(now);
  return OK;
}

static enum status create(struct header *request, const u8 *value, struct reply *reply) {
  request->key_length = 8;
  do {
    u32 word = read_entropy();
    for (int i = 0; i < 8; i++) reply->bytes[i] = "0123456789abcdef"[word >> (28 - 4 * i) & 15];
  } while (find(reply->bytes, 8));
  enum status status = write_value(0, reply->bytes, request, value);
  if (status == OK) reply->header.key_length = 8;
  return status;
}

static enum status read_value(const struct entry *entry, struct reply *reply) {
  if (!entry) return NONE;
  reply->header.value_length = entry->value_length;
  memcpy(reply->bytes, entry->value, entry->value_length);
  return OK;
}

static enum status execute(struct header *request, const u8 *body, struct reply *reply) {
  const u8 *value = body + request->key_length;
  if (request->key_length > KEY_BYTES) return BAD;
  struct entry *entry = find(body, request->key_length);
  switch (request->operation) {
    case GET:
      return read_value(entry, reply);
    case PUT:
    case APPEND:
      return write_value(entry, body, request, value);
    case CREATE:
      return request->key_length == 0 ? create(request, value, reply) : BAD;
    default:
      return BAD;
  }
}

static void serve(void) {
  struct header request;
  if (event.length < HEADER) return;
  memcpy(&request, event.packet, HEADER);
  if (event.length != HEADER + (u32)request.key_length + request.value_length) return;
  if (request.client == 0 || request.client > CLIENTS) return;
  struct reply *reply = &replies[request.client - 1];
  /* Older than the last one: its answer has been received, and this is a packet that was late. */
  if (request.number < reply->header.number) return;
  if (request.number != reply->header.number || reply->header.client == 0) {
    reply->header = (struct header){.client = request.client, .number = request.number};
    reply->header.operation = (u8)execute(&request, event.packet + HEADER, reply);
  }
  send_packet(reply, HEADER + reply->header.key_length + reply->header.value_length);
}

int main(void) {
  hash_seed = read_entropy();
  for (;;) {
    next_event(&event);
    if (event.kind == EVENT_PACKET) serve();
    if (event.kind == EVENT_TIMER) expire();
  }
}

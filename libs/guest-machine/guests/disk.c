/*
 * For each packet (client:4 number:4): writes random patterns to the disk in requests that overlap in time, reads them
 * again, and answers (client:4 number:4 wrong:4 checksum:4). A request that fails is issued again.
 */
#include "guest.h"

#define REQUESTS 4
#define SECTORS_EACH 4
#define WORDS_EACH (SECTORS_EACH * SECTOR / 4)

static struct event event;
static u32 buffers[REQUESTS][WORDS_EACH];
static u32 requests[REQUESTS];
/* Packets that arrived while the disk was busy; the oldest are kept. */
static struct { u32 client; u32 number; } queue[16];
static u32 queue_in, queue_out;

static void enqueue(void) {
  if (event.length < 8 || queue_in - queue_out == 16) return;
  memcpy(&queue[queue_in % 16], event.packet, 8);
  queue_in++;
}

static void issue(enum disk_command command, u32 i, u32 first) {
  requests[i] = start_disk(command, first + i * SECTORS_EACH, SECTORS_EACH, buffers[i]);
  if (requests[i] == 0) power_off(2);
}

static void transfer(enum disk_command command, u32 first) {
  for (u32 i = 0; i < REQUESTS; i++) issue(command, i, first);
  for (u32 left = REQUESTS; left > 0;) {
    next_event(&event);
    if (event.kind == EVENT_PACKET) enqueue();
    if (event.kind != EVENT_DISK) continue;
    for (u32 i = 0; i < REQUESTS; i++) {
      if (requests[i] != event.request) continue;
      if (event.ok) left--;
      else issue(command, i, first);
    }
  }
}

static u32 next_word(u32 word) { return word * 1103515245u + 12345u; }

int main(void) {
  u32 pass = 0;
  for (;;) {
    while (queue_in == queue_out) {
      next_event(&event);
      if (event.kind == EVENT_PACKET) enqueue();
    }
    u32 reply[4] = {queue[queue_out % 16].client, queue[queue_out % 16].number, 0, 0};
    queue_out++;
    u32 area = REQUESTS * SECTORS_EACH;
    u32 first = (pass++ * area) % (disk_sectors() - area + 1);
    u32 seed = read_entropy();
    u32 word = seed;
    for (u32 i = 0; i < REQUESTS; i++)
      for (u32 j = 0; j < WORDS_EACH; j++) buffers[i][j] = word = next_word(word);
    transfer(DISK_WRITE, first);
    memset(buffers, 0, sizeof buffers);
    transfer(DISK_READ, first);
    word = seed;
    for (u32 i = 0; i < REQUESTS; i++)
      for (u32 j = 0; j < WORDS_EACH; j++) {
        word = next_word(word);
        if (buffers[i][j] != word) reply[2]++;
        reply[3] = (reply[3] << 5 | reply[3] >> 27) ^ buffers[i][j];
      }
    send_packet(reply, sizeof reply);
  }
}

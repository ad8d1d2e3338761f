/*
 * The same platform on Linux: events come from standard input as (kind, length, bytes), packets go to standard output
 * as (length, bytes), lines to standard error. Clock and entropy are formulas, and the disk is memory that is ready at
 * once, so that a run depends on its input alone.
 */
#include "../guest.h"

#define SYSTEM_READ 63
#define SYSTEM_WRITE 64
#define SYSTEM_EXIT 93

#define SECTORS 128
#define QUEUE 16

static u8 disk[SECTORS * SECTOR];
static u32 completions[QUEUE];
static u32 completions_in, completions_out;
static u32 packets_in;
static u64 now = 1700000000000000ull;
static u32 random_state = 1;

static long system_call(long number, long a, long b, long c) {
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

static int read_all(void *buffer, u32 length) {
  u8 *at = buffer;
  while (length > 0) {
    long got = system_call(SYSTEM_READ, 0, (long)at, (long)length);
    if (got <= 0) return 0;
    at += got;
    length -= (u32)got;
  }
  return 1;
}

static void write_all(int file, const void *buffer, u32 length) {
  const u8 *at = buffer;
  while (length > 0) {
    long put = system_call(SYSTEM_WRITE, file, (long)at, (long)length);
    if (put <= 0) power_off(99);
    at += put;
    length -= (u32)put;
  }
}

void next_event(struct event *event) {
  u32 header[2];
  if (completions_in != completions_out) {
    event->kind = EVENT_DISK;
    event->request = completions[completions_out++ % QUEUE];
    event->ok = 1;
    return;
  }
  if (!read_all(header, sizeof header)) power_off(0);
  event->kind = header[0] == 0 ? EVENT_PACKET : EVENT_TIMER;
  if (header[0] == 0) packets_in++;
  event->length = header[1];
  if (header[1] > MAX_PACKET || !read_all(event->packet, header[1])) power_off(98);
}

void send_packet(const void *packet, u32 length) {
  write_all(1, &length, sizeof length);
  write_all(1, packet, length);
}

u32 packets_arrived(void) { return packets_in; }

u64 read_clock(void) { return now += 1000; }

u32 read_entropy(void) { return random_state = random_state * 1664525u + 1013904223u; }

void arm_timer(u32 microseconds) { (void)microseconds; }

u32 start_disk(enum disk_command command, u32 sector, u32 sectors, void *buffer) {
  u8 *place = disk + sector * SECTOR;
  if (sectors == 0 || sectors > 8 || sector + sectors > SECTORS) return 0;
  if (command == DISK_WRITE) memcpy(place, buffer, sectors * SECTOR);
  else memcpy(buffer, place, sectors * SECTOR);
  completions[completions_in % QUEUE] = completions_in + 1;
  return ++completions_in;
}

u32 disk_sectors(void) { return SECTORS; }

void print(const char *line) {
  u32 length = 0;
  while (line[length] != 0) length++;
  write_all(2, line, length);
  write_all(2, "\n", 1);
}

void power_off(u32 code) {
  for (;;) system_call(SYSTEM_EXIT, (long)code, 0, 0);
}

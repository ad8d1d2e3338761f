/*
 * What a guest sees of its platform. machine/ implements it on the device registers, linux/ on system calls, so that
 * the same programs can be compared with another emulator.
 */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define MAX_PACKET 1500
#define SECTOR 512

enum event_kind { EVENT_PACKET, EVENT_TIMER, EVENT_DISK };

struct event {
  enum event_kind kind;
  /* EVENT_PACKET: bytes in `packet`. */
  u32 length;
  u8 packet[MAX_PACKET];
  /* EVENT_DISK: the request that completed, and whether it went well. */
  u32 request;
  u32 ok;
};

/* Waits for the next event. */
void next_event(struct event *event);

void send_packet(const void *packet, u32 length);

/* How many packets have arrived so far, those that no event has told of among them. */
u32 packets_arrived(void);

/* Microseconds since 1970. */
u64 read_clock(void);

/* 32 random bits. */
u32 read_entropy(void);

/* Has an EVENT_TIMER come after so many microseconds, in place of any that was armed; 0 disarms. */
void arm_timer(u32 microseconds);

enum disk_command { DISK_READ = 1, DISK_WRITE = 2 };

/* Begins a request of up to 8 sectors, and returns its number; 0 if it is refused. At most 8 at the same time. */
u32 start_disk(enum disk_command command, u32 sector, u32 sectors, void *buffer);

u32 disk_sectors(void);

/* Prints a line, for people. */
void print(const char *line);

void power_off(u32 code) __attribute__((noreturn));

void *memcpy(void *to, const void *from, __SIZE_TYPE__ length);
void *memset(void *to, int byte, __SIZE_TYPE__ length);
int memcmp(const void *a, const void *b, __SIZE_TYPE__ length);

#endif

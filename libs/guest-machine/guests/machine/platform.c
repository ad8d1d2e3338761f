#include "../guest.h"
#include "registers.h"

#define STATUS_MIE 8
#define TIMER_BIT (1u << 7)
#define EXTERNAL_BIT (1u << 11)
#define NETWORK_LINE 1
#define DISK_LINE 2
#define CAUSE_TIMER 0x80000007u
#define CAUSE_EXTERNAL 0x8000000bu

#define QUEUE 16

/* What the handler has taken from the devices, and the program not yet from here. */
static struct { u32 length; u8 bytes[MAX_PACKET]; } packets[QUEUE];
static struct { u32 request; u32 ok; } completions[QUEUE];
static volatile u32 packets_in, packets_out, completions_in, completions_out, has_fired;

static void take_packet(void) {
  u32 slot = packets_in % QUEUE;
  packets[slot].length = RECEIVE_LENGTH;
  RECEIVE_TAKE = (u32)packets[slot].bytes;
  packets_in++;
}

static void take_completion(void) {
  u32 slot = completions_in % QUEUE;
  completions[slot].request = DISK_DONE;
  completions[slot].ok = DISK_STATUS == 0;
  DISK_ACKNOWLEDGE = 1;
  completions_in++;
}

/* Interrupts are levels: a handler has to silence its device, or to mask it. */
__attribute__((interrupt("machine"), aligned(4))) void on_trap(void) {
  u32 cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  if (cause == CAUSE_TIMER) {
    has_fired = 1;
    __asm__ volatile("csrc mie, %0" : : "r"(TIMER_BIT));
  } else if (cause == CAUSE_EXTERNAL) {
    while ((INTERRUPTS & DISK_LINE) != 0) take_completion();
    while ((INTERRUPTS & NETWORK_LINE) != 0 && packets_in - packets_out < QUEUE) take_packet();
    /* No room: leave the rest with the card until the program has made some. */
    if ((INTERRUPTS & NETWORK_LINE) != 0) __asm__ volatile("csrc mie, %0" : : "r"(EXTERNAL_BIT));
  } else {
    power_off(1000 + cause);
  }
}

static int has_event(void) {
  return packets_in != packets_out || completions_in != completions_out || has_fired;
}

void next_event(struct event *event) {
  __asm__ volatile("csrs mie, %0" : : "r"(EXTERNAL_BIT));
  /* Looking and waiting are one step: nothing may come in between, so interrupts are off but for one moment. */
  while (!has_event()) __asm__ volatile("wfi; csrsi mstatus, 8; csrci mstatus, 8" : : : "memory");
  if (completions_in != completions_out) {
    u32 slot = completions_out % QUEUE;
    event->kind = EVENT_DISK;
    event->request = completions[slot].request;
    event->ok = completions[slot].ok;
    completions_out++;
  } else if (has_fired) {
    event->kind = EVENT_TIMER;
    has_fired = 0;
  } else {
    u32 slot = packets_out % QUEUE;
    event->kind = EVENT_PACKET;
    event->length = packets[slot].length;
    memcpy(event->packet, packets[slot].bytes, packets[slot].length);
    packets_out++;
  }
  __asm__ volatile("csrsi mstatus, 8" : : : "memory");
}

void send_packet(const void *packet, u32 length) {
  __asm__ volatile("" : : : "memory");
  SEND_ADDRESS = (u32)packet;
  SEND_LENGTH = length;
}

u32 packets_arrived(void) { return packets_in; }

u64 read_clock(void) {
  u32 low = CLOCK_LOW;
  return ((u64)CLOCK_HIGH << 32) | low;
}

u32 read_entropy(void) { return ENTROPY; }

void arm_timer(u32 microseconds) {
  TIMER = microseconds;
  has_fired = 0;
  __asm__ volatile("csrs mie, %0" : : "r"(TIMER_BIT) : "memory");
}

u32 start_disk(enum disk_command command, u32 sector, u32 sectors, void *buffer) {
  __asm__ volatile("" : : : "memory");
  DISK_SECTOR = sector;
  DISK_COUNT = sectors;
  DISK_ADDRESS = (u32)buffer;
  DISK_COMMAND = command;
  return DISK_REQUEST;
}

u32 disk_sectors(void) { return DISK_SECTORS; }

void print(const char *line) {
  for (; *line != 0; line++) CONSOLE = (u8)*line;
  CONSOLE = '\n';
}

void power_off(u32 code) {
  POWER = code;
  for (;;) {
  }
}

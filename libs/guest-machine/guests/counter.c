/* Answers each packet, of which the first eight bytes say from whom it is, with these and with how many there were. */
#include "guest.h"

static struct event event;

int main(void) {
  u32 reply[3] = {0, 0, 0};
  for (;;) {
    next_event(&event);
    if (event.kind != EVENT_PACKET || event.length < 8) continue;
    memcpy(reply, event.packet, 8);
    reply[2]++;
    send_packet(reply, sizeof reply);
  }
}

/*
 * Answers each packet of at least eight bytes, after some work, with the first eight and with how many packets have
 * arrived by then, those that still wait among them: what it says depends on the instruction at which it is
 * interrupted. Four further bytes say how much work: loops of about four instructions.
 */
#include "guest.h"

static struct event event;
static volatile u32 sink;

int main(void) {
  u32 request[3];
  u32 reply[3];
  for (;;) {
    next_event(&event);
    if (event.kind != EVENT_PACKET || event.length < 8) continue;
    request[2] = 0;
    memcpy(request, event.packet, event.length < sizeof request ? 8 : sizeof request);
    for (u32 i = 0; i < request[2]; i++) sink = i;
    reply[0] = request[0];
    reply[1] = request[1];
    reply[2] = packets_arrived();
    send_packet(reply, sizeof reply);
  }
}

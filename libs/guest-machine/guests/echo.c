/* Sends back each packet. */
#include "guest.h"

static struct event event;

int main(void) {
  for (;;) {
    next_event(&event);
    if (event.kind == EVENT_PACKET) send_packet(event.packet, event.length);
  }
}

/** Where memory begins. Its end is `MEMORY_BASE + memoryBytes`. */
export const MEMORY_BASE = 0x8000_0000;

/** Bytes of a page: the unit in which memory is hashed, saved and watched. */
export const PAGE_BYTES = 4096;

/** Addresses of the device registers, all of them words. See the README for what each does. */
export const REGISTER = {
  power: 0x1000_0000,
  console: 0x1000_0004,
  interrupts: 0x1000_0008,
  memoryBytes: 0x1000_000c,
  clockLow: 0x1000_1000,
  clockHigh: 0x1000_1004,
  entropy: 0x1000_1008,
  timer: 0x1000_2000,
  receiveLength: 0x1000_3000,
  receiveTake: 0x1000_3004,
  sendAddress: 0x1000_3008,
  sendLength: 0x1000_300c,
  diskSectors: 0x1000_4000,
  diskSector: 0x1000_4004,
  diskCount: 0x1000_4008,
  diskAddress: 0x1000_400c,
  diskCommand: 0x1000_4010,
  diskRequest: 0x1000_4014,
  diskDone: 0x1000_4018,
  diskStatus: 0x1000_401c,
  diskAcknowledge: 0x1000_4020,
} as const;

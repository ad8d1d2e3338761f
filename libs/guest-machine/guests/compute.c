/* Computes and prints checksums, some millions of instructions a round; for a packet's worth of rounds, then stops. */
#include "guest.h"

#define ROUNDS 20
#define PRIMES 20000
#define NUMBERS 3000
#define SIDE 24

static u8 sieve[PRIMES];
static u32 numbers[NUMBERS];
static int a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static u32 count_primes(void) {
  u32 count = 0;
  memset(sieve, 1, sizeof sieve);
  for (u32 i = 2; i < PRIMES; i++) {
    if (!sieve[i]) continue;
    count++;
    for (u32 j = i * 2; j < PRIMES; j += i) sieve[j] = 0;
  }
  return count;
}

static void sort(u32 *from, u32 *to) {
  while (to - from > 1) {
    u32 pivot = from[(to - from) / 2], *i = from, *j = to - 1;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        u32 swap = *i;
        *i++ = *j;
        *j-- = swap;
      }
    }
    sort(from, j + 1);
    from = i;
  }
}

static u32 crc(const u8 *bytes, u32 length) {
  u32 value = ~0u;
  for (u32 i = 0; i < length; i++) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (0xedb88320u & -(value & 1));
  }
  return ~value;
}

static void multiply(void) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      int sum = 0;
      for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum / 7 + sum % 13;
    }
}

static void print_hex(u32 word) {
  char line[9];
  for (int i = 0; i < 8; i++) line[i] = "0123456789abcdef"[word >> (28 - 4 * i) & 15];
  line[8] = 0;
  print(line);
}

int main(void) {
  u32 random = 1;
  u64 wide = 1;
  for (int round = 0; round < ROUNDS; round++) {
    for (u32 i = 0; i < NUMBERS; i++) numbers[i] = random = random * 1664525u + 1013904223u;
    sort(numbers, numbers + NUMBERS);
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++) {
        a[i][j] = (int)(numbers[i * SIDE + j] >> 8) - 0x7fffff;
        b[i][j] = c[j][i] - round;
      }
    multiply();
    wide = wide * 0x5851f42d4c957f2dull + count_primes();
    wide ^= wide / (numbers[7] | 1);
    print_hex(crc((const u8 *)numbers, sizeof numbers) ^ crc((const u8 *)c, sizeof c) ^ (u32)(wide >> 32));
  }
  return 0;
}

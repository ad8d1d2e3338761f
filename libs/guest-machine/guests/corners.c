/* Executes each instruction on pairs of words that machines get wrong, and prints a checksum of its results. */
#include "guest.h"

#define COUNT 18

static const u32 words[COUNT] = {0,          1,          2,          3,          7,          31,
                                 32,         33,         0x7ff,      0x800,      0xffff,     0x10000,
                                 0x12345678, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
static u32 sum;
static u8 memory[64] __attribute__((aligned(8)));

static void add(u32 word) { sum = (sum << 7 | sum >> 25) * 0x9e3779b1u + word; }

static void report(const char *name) {
  char line[24];
  u32 at = 0;
  for (; name[at] != 0; at++) line[at] = name[at];
  line[at++] = ' ';
  for (int i = 0; i < 8; i++) line[at++] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
  line[at] = 0;
  print(line);
  sum = 0;
}

#define PAIRS(body)                 \
  for (u32 i = 0; i < COUNT; i++)   \
    for (u32 j = 0; j < COUNT; j++) { \
      u32 a = words[i], b = words[j], d = 0; \
      body;                         \
      add(d);                       \
    }

#define REGISTER_FORM(name)                                                   \
  PAIRS(__asm__ volatile(#name " %0, %1, %2" : "=r"(d) : "r"(a), "r"(b)))     \
  report(#name);

/* The destination is a source, too. */
#define SAME_FORM(name)                                                       \
  PAIRS(d = a; __asm__ volatile(#name " %0, %0, %1" : "+r"(d) : "r"(b)))      \
  report(#name);

#define ONE(name, immediate) \
  PAIRS(__asm__ volatile(#name " %0, %1, " #immediate : "=r"(d) : "r"(a + b)))
#define IMMEDIATE_FORM(name) \
  ONE(name, -2048) ONE(name, -1) ONE(name, 0) ONE(name, 1) ONE(name, 0x555) ONE(name, 2047) report(#name);
#define SHIFT_FORM(name) ONE(name, 0) ONE(name, 1) ONE(name, 13) ONE(name, 31) report(#name);

#define BRANCH_FORM(name)                                                                            \
  PAIRS(__asm__ volatile("li %0, 1\n " #name " %1, %2, 1f\n li %0, 2\n1:" : "=&r"(d) : "r"(a), "r"(b))) \
  report(#name);

/* Loads of every alignment, of bytes with and without the upper bit. */
#define LOAD_FORM(name)                                                                     \
  for (u32 i = 0; i < 60; i++) {                                                            \
    u32 d;                                                                                  \
    __asm__ volatile(#name " %0, 0(%1)" : "=r"(d) : "r"(memory + i) : "memory");            \
    add(d);                                                                                 \
  }                                                                                         \
  report(#name);

#define STORE_FORM(name)                                                                    \
  for (u32 i = 0; i < 60; i += 3) {                                                         \
    __asm__ volatile(#name " %0, 0(%1)" : : "r"(words[i % COUNT] ^ i << 9), "r"(memory + i) : "memory"); \
    for (u32 j = 0; j < 64; j++) add(memory[j]);                                            \
  }                                                                                         \
  report(#name);

static void compute(void) {
  REGISTER_FORM(add) REGISTER_FORM(sub) REGISTER_FORM(sll) REGISTER_FORM(slt) REGISTER_FORM(sltu)
  REGISTER_FORM(xor) REGISTER_FORM(srl) REGISTER_FORM(sra) REGISTER_FORM(or) REGISTER_FORM(and)
  REGISTER_FORM(mul) REGISTER_FORM(mulh) REGISTER_FORM(mulhsu) REGISTER_FORM(mulhu)
  REGISTER_FORM(div) REGISTER_FORM(divu) REGISTER_FORM(rem) REGISTER_FORM(remu)
  SAME_FORM(sub) SAME_FORM(mulhsu) SAME_FORM(rem)
  IMMEDIATE_FORM(addi) IMMEDIATE_FORM(slti) IMMEDIATE_FORM(sltiu)
  IMMEDIATE_FORM(xori) IMMEDIATE_FORM(ori) IMMEDIATE_FORM(andi)
  SHIFT_FORM(slli) SHIFT_FORM(srli) SHIFT_FORM(srai)
}

int main(void) {
  compute();
  BRANCH_FORM(beq) BRANCH_FORM(bne) BRANCH_FORM(blt) BRANCH_FORM(bge) BRANCH_FORM(bltu) BRANCH_FORM(bgeu)
  for (u32 i = 0; i < 64; i++) memory[i] = (u8)(i * 37 + 101);
  LOAD_FORM(lb) LOAD_FORM(lh) LOAD_FORM(lw) LOAD_FORM(lbu) LOAD_FORM(lhu)
  STORE_FORM(sb) STORE_FORM(sh) STORE_FORM(sw)
  return 0;
}

# Where the machine begins: all registers are zero, and interrupts are off.
  .section .text.start
  .globl _start
_start:
  la sp, stack_top
  la t0, on_trap
  csrw mtvec, t0
  call main
  j power_off

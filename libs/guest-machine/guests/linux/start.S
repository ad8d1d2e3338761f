  .section .text.start
  .globl _start
_start:
  call main
  j power_off

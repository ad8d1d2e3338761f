  .section .text.start
  .globl _start
_start:
  # The linker addresses small data from here.
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  call main
  j power_off

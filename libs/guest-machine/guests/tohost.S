# Ends as the official instruction tests do: it leaves for the mode in which programs run, makes an environment call with
# the number of the failed test in gp, or 1 if all went well, and its trap handler stores that to the word `tohost`.
# Built twice: with FAIL it reports that test 5 failed.
  .section .text.start
  .globl _start
_start:
  # Registers that a processor need not have: the handler of their trap goes on behind them.
  la t0, 1f
  csrw mtvec, t0
  csrwi pmpaddr0, 0
  .align 2
1:
  la t0, 2f
  csrw mtvec, t0
  csrwi satp, 0
  .align 2
2:
  la t0, on_trap
  csrw mtvec, t0
  csrwi mstatus, 0
  la t0, 3f
  csrw mepc, t0
  csrr a0, mhartid
  mret
3:
  bnez a0, fail
  # Words at odd addresses, code that is written before it runs, and the corners of division.
  li gp, 2
  la t0, data + 1
  lw t1, 0(t0)
  li t2, 0x55443322
  bne t1, t2, fail
  li gp, 3
  la t0, 4f
  lw t1, 5f
  sw t1, 0(t0)
  fence.i
4:
  j fail
  li gp, 4
  li t0, -1
  li t1, 0x80000000
  div t2, t1, t0
  bne t2, t1, fail
  div t2, t1, zero
  bne t2, t0, fail
#ifdef FAIL
  li gp, 5
  j fail
#endif
  li gp, 1
  ecall
fail:
  slli gp, gp, 1
  ori gp, gp, 1
  ecall
5:
  nop

  .align 2
on_trap:
  la t0, tohost
  sw gp, 0(t0)
6:
  j 6b

  .data
data:
  .word 0x44332211, 0x88776655

  .section .tohost, "aw", @progbits
  .align 6
  .globl tohost
tohost:
  .dword 0

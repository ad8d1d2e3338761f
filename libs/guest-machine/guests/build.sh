#!/bin/sh
# Builds the guests, for the machine and for Linux, into guests/build and src/guests/images.generated.ts.
# Needs gcc-riscv64-unknown-elf; the results are committed, so nobody else does.
set -eu
cd "$(dirname "$0")"

cc() { riscv64-unknown-elf-gcc "$@"; }
flags='-mabi=ilp32 -O2 -std=c17 -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdlib -Wl,--build-id=none -Wl,-s'
# No padding of segments to pages in the file; the machine has no page protection to warn of either.
gcc_library=$(cc -march=rv32im -mabi=ilp32 -print-libgcc-file-name)

for guest in echo counter kv disk compute; do
  # Only the platform needs the instructions for control registers.
  cc -march=rv32im $flags -c "$guest.c" -o build/guest.o
  cc -march=rv32im $flags -c bytes.c -o build/bytes.o
  for platform in machine linux; do
    script=''
    [ "$platform" = linux ] || script='-Wl,-T,machine/link.ld -Wl,-n -Wl,--no-warn-rwx-segments'
    cc -march=rv32im_zicsr $flags $script "$platform/start.S" "$platform/platform.c" \
      build/guest.o build/bytes.o "$gcc_library" -o "build/$guest.$platform.elf"
    chmod 644 "build/$guest.$platform.elf"
  done
done
rm -f build/*.o
node write-images.mjs

#!/bin/sh
# Builds the guests, for the machine and for Linux, into guests/build and src/guests/images.generated.ts.
# Needs gcc-riscv64-unknown-elf; the results are committed, so nobody else does.
set -eu
cd "$(dirname "$0")"

cc() { riscv64-unknown-elf-gcc "$@"; }
flags='-mabi=ilp32 -O2 -std=c17 -Wall -Wextra -Werror -ffreestanding -fno-builtin -nostdlib -Wl,--build-id=none -Wl,-s'
# No padding of segments to pages in the file; the machine has no page protection to warn of either.
guests='echo counter gauge kv disk compute corners'
gcc_library=$(cc -march=rv32im -mabi=ilp32 -print-libgcc-file-name)

for guest in $guests; do
  # Only the platform needs the instructions for control registers.
  cc -march=rv32im $flags -c "$guest.c" -o build/guest.o
  cc -march=rv32im $flags -c bytes.c -o build/bytes.o
  for platform in machine linux; do
    script=''
    [ "$platform" = linux ] || script='-Wl,-T,machine/link.ld -Wl,-n -Wl,--no-warn-rwx-segments'
    cc -march=rv32im_zicsr $flags $script "$platform/start.S" "$platform/platform.c" \
      build/guest.o build/bytes.o "$gcc_library" -o "build/$guest.$platform.elf"
    # The emulator of Linux programs refuses a file that may not be executed.
    chmod 755 "build/$guest.$platform.elf"
  done
done

# Not stripped: the machine looks for the symbol `tohost`.
for outcome in pass fail; do
  define=''
  [ "$outcome" = pass ] || define='-DFAIL'
  cc -march=rv32im_zicsr_zifencei -mabi=ilp32 $define -c tohost.S -o build/tohost.o
  cc -mabi=ilp32 -march=rv32im -nostdlib -Wl,--build-id=none,-n,-Ttext=0x80000000 \
    -Wl,--section-start=.tohost=0x80001000,-Tdata=0x80002000 build/tohost.o -o "build/tohost-$outcome.elf"
done
rm -f build/*.o

# The guests for the machine as a module, for code that may not read files.
{
  echo '// Written by guests/build.sh from guests/build. Not for editing.'
  echo
  echo '/** The executables in base64. */'
  echo 'export const IMAGES = {'
  for guest in $guests; do
    echo "  $guest: ["
    base64 -w 100 "build/$guest.machine.elf" | sed "s/.*/    '&',/"
    echo "  ].join(''),"
  done
  echo '} as const;'
} > ../src/guests/images.generated.ts

/** Cores that the kernels are counted on: compiler, machine in QEMU, memory. */

/** One core. */
export interface Board {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly emulator: string;
  readonly machine: readonly string[];
  /** Origin and length of flash and RAM. */
  readonly flash: readonly [number, number];
  readonly ram: readonly [number, number];
  /** C file with start-up and clock. */
  readonly start: string;
  /** Clock of the counter in MHz; null where it counts instructions. */
  readonly clock: number | null;
}

const ARM = {
  compiler: "arm-none-eabi-gcc",
  emulator: "qemu-system-arm",
  start: "machine_arm.c",
};
const MIB = 2 ** 20;

/** Arm's FPGA images hold a Cortex-M4, M7 or M55; the M0+ code runs on the M3 of another. */
export const BOARDS: Record<string, Board> = {
  "cortex-m4": {
    ...ARM,
    flags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    machine: ["-M", "mps2-an386"],
    flash: [0, 4 * MIB],
    ram: [0x20000000, 4 * MIB],
    clock: 25,
  },
  "cortex-m4 without FPU": {
    ...ARM,
    flags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"],
    machine: ["-M", "mps2-an386"],
    flash: [0, 4 * MIB],
    ram: [0x20000000, 4 * MIB],
    clock: 25,
  },
  "cortex-m7": {
    ...ARM,
    flags: ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"],
    machine: ["-M", "mps2-an500"],
    flash: [0, 4 * MIB],
    ram: [0x20000000, 4 * MIB],
    clock: 25,
  },
  "cortex-m55": {
    ...ARM,
    flags: ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
    machine: ["-M", "mps3-an547"],
    flash: [0, MIB / 2],
    ram: [0x20000000, MIB / 2],
    clock: 32,
  },
  "cortex-m0plus": {
    ...ARM,
    flags: ["-mcpu=cortex-m0plus", "-mthumb"],
    machine: ["-M", "mps2-an385"],
    flash: [0, 4 * MIB],
    ram: [0x20000000, 4 * MIB],
    clock: 25,
  },
  "rv32imac": {
    compiler: "riscv64-unknown-elf-gcc",
    flags: ["-march=rv32imac", "-mabi=ilp32", "-ffreestanding", "-mno-relax"],
    emulator: "qemu-system-riscv32",
    machine: ["-M", "virt", "-bios", "none"],
    flash: [0x80000000, 8 * MIB],
    ram: [0x80800000, 8 * MIB],
    start: "machine_riscv.c",
    clock: null,
  },
};

/** Linker script of a board. */
export function linkerScript({ flash, ram }: Board): string {
  return `ENTRY(start)
MEMORY {
  FLASH (rx) : ORIGIN = ${flash[0]}, LENGTH = ${flash[1]}
  RAM (rwx) : ORIGIN = ${ram[0]}, LENGTH = ${ram[1]}
}
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) *(.srodata*) } >FLASH
  .ARM.exidx : { *(.ARM.exidx*) } >FLASH
  .data : { *(.data*) *(.sdata*) } >RAM
  .bss : { *(.bss*) *(.sbss*) *(COMMON) } >RAM
  stack_top = ORIGIN(RAM) + LENGTH(RAM);
}
`;
}

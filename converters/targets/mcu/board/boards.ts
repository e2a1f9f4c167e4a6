/**
 * The boards that target `mcu` knows: what they have, how to compile for them, and which emulated
 * machine stands for them in a check.
 * @module
 */

/** One emulated machine. */
export interface Machine {
  /** QEMU's program and machine name. */
  readonly program: "qemu-system-arm" | "qemu-system-riscv32";
  readonly name: string;
  /** Memory regions of the machine that firmware is linked to. */
  readonly flash: { readonly origin: number; readonly bytes: number };
  readonly ram: { readonly origin: number; readonly bytes: number };
  /** Where the vector table has to lie if not at the start of flash. */
  readonly vectors?: number;
  /** Registers of the UART, and which one it is. */
  readonly uart: { readonly address: number; readonly kind: "cmsdk" | "ns16550" };
  /** Instructions that one tick of the counter stands for with `-icount shift=0`. */
  readonly instructionsPerTick: number;
  /** What the machine has that the board has not, or null where they agree. */
  readonly standIn: string | null;
}

/** One board. */
export interface Board {
  readonly name: BoardName;
  /** For people: core and a chip that has it. */
  readonly title: string;
  /** Bytes of flash and RAM of that chip. */
  readonly flash: number;
  readonly ram: number;
  /** Whether single precision is done in hardware. */
  readonly fpu: boolean;
  /** Prefix of the cross compiler and its flags. */
  readonly compiler: "arm-none-eabi-" | "riscv64-unknown-elf-";
  readonly flags: readonly string[];
  /** The same for clang. */
  readonly clang: readonly string[];
  readonly machine: Machine;
}

const KB = 1024;
const MB = 1024 * KB;

/** Cortex-M4 and M7 boards of Arm's MPS2: 25 MHz, so a tick of SysTick is 40 ns. */
const mps2 = (name: string, standIn: string | null): Machine => ({
  program: "qemu-system-arm",
  name,
  flash: { origin: 0, bytes: 4 * MB },
  ram: { origin: 0x20000000, bytes: 4 * MB },
  uart: { address: 0x40004000, kind: "cmsdk" },
  instructionsPerTick: 40,
  standIn,
});

const thumb = (cpu: string, ...more: string[]) => [`-mcpu=${cpu}`, "-mthumb", ...more];
const arm = (flags: readonly string[]) => ["--target=arm-none-eabi", ...flags];

const M4 = thumb("cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16");
const M7 = thumb("cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16");
const M55 = thumb("cortex-m55", "-mfloat-abi=hard");
const M0PLUS = thumb("cortex-m0plus", "-mfloat-abi=soft");
// Relaxation undoes the alignment that semihosting calls need.
const RV32 = ["-march=rv32imac", "-mabi=ilp32", "-mno-relax"];

/** All boards by name. */
export const BOARDS = {
  "cortex-m4": {
    name: "cortex-m4",
    title: "Cortex-M4 with FPU (nRF52840)",
    flash: 1 * MB,
    ram: 256 * KB,
    fpu: true,
    compiler: "arm-none-eabi-",
    flags: M4,
    clang: arm(M4),
    machine: mps2("mps2-an386", null),
  },
  "cortex-m7": {
    name: "cortex-m7",
    title: "Cortex-M7 (STM32H743)",
    flash: 2 * MB,
    ram: 512 * KB,
    fpu: true,
    compiler: "arm-none-eabi-",
    flags: M7,
    clang: arm(M7),
    machine: mps2("mps2-an500", null),
  },
  "cortex-m55": {
    name: "cortex-m55",
    title: "Cortex-M55 with Helium (Arm Corstone-300)",
    flash: 2 * MB,
    ram: 512 * KB,
    fpu: true,
    compiler: "arm-none-eabi-",
    flags: M55,
    clang: arm(M55),
    machine: {
      program: "qemu-system-arm",
      name: "mps3-an547",
      flash: { origin: 0x01000000, bytes: 2 * MB },
      ram: { origin: 0x20000000, bytes: 512 * KB },
      vectors: 0,
      uart: { address: 0x49303000, kind: "cmsdk" },
      instructionsPerTick: 31.25, // SysTick at 32 MHz
      standIn: null,
    },
  },
  "cortex-m0plus": {
    name: "cortex-m0plus",
    title: "Cortex-M0+ (RP2040)",
    flash: 2 * MB,
    ram: 264 * KB,
    fpu: false,
    compiler: "arm-none-eabi-",
    flags: M0PLUS,
    clang: arm(M0PLUS),
    machine: mps2("mps2-an385", "Cortex-M3 that runs Cortex-M0+ code, unaligned access trapped"),
  },
  "esp32c3": {
    name: "esp32c3",
    title: "RISC-V RV32IMC (ESP32-C3)",
    flash: 4 * MB,
    ram: 320 * KB,
    fpu: false,
    compiler: "riscv64-unknown-elf-",
    flags: RV32,
    clang: ["--target=riscv32-unknown-elf", "-march=rv32imac", "-mabi=ilp32"],
    machine: {
      program: "qemu-system-riscv32",
      name: "virt",
      flash: { origin: 0x80000000, bytes: 8 * MB },
      ram: { origin: 0x80800000, bytes: 8 * MB },
      uart: { address: 0x10000000, kind: "ns16550" },
      instructionsPerTick: 1,
      standIn: 'RV32IMAC on "virt", as QEMU has no ESP32-C3',
    },
  },
} as const satisfies Record<BoardName, Board>;

/** Name of a board. */
export type BoardName = "cortex-m4" | "cortex-m7" | "cortex-m55" | "cortex-m0plus" | "esp32c3";

/** Names for `--board`. */
export const BOARD_NAMES = Object.keys(BOARDS) as BoardName[];

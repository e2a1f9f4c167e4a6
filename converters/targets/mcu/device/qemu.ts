/**
 * How an emulated board is started.
 * @module
 */
import type { Machine } from "../board/boards.ts";

/**
 * QEMU's arguments.
 * @param serial where the UART goes; "null" where the check talks over semihosting.
 */
export function qemuArguments({ program, name }: Machine, elf: string, serial = "null"): string[] {
  return [
    "-M",
    name,
    ...(program === "qemu-system-riscv32" ? ["-bios", "none"] : []),
    ...["-display", "none", "-monitor", "none", "-serial", serial],
    ...["-semihosting-config", "enable=on,target=native"],
    // One instruction a nanosecond: counters of time count instructions.
    ...["-icount", "shift=0"],
    ...["-kernel", elf],
  ];
}

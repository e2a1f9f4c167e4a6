/**
 * The linker script of an emulated board.
 * @module
 */
import type { Machine } from "./boards.ts";

/** Code, weights and the vector table in flash, everything else in RAM, the stack at its end. */
export function linkerScript({ flash, ram, vectors }: Machine): string {
  const table = vectors ?? flash.origin;
  return `ENTRY(kedge_entry)
MEMORY {
  VECTORS (rx) : ORIGIN = ${hex(table)}, LENGTH = 256
  FLASH (rx) : ORIGIN = ${
    hex(vectors === undefined ? flash.origin + 256 : flash.origin)
  }, LENGTH = ${flash.bytes - 256}
  RAM (rwx) : ORIGIN = ${hex(ram.origin)}, LENGTH = ${ram.bytes}
}
SECTIONS {
  .vectors : { KEEP(*(.start)) KEEP(*(.vectors)) } >VECTORS
  .text : { *(.text*) } >FLASH
  .rodata : { *(.rodata*) *(.srodata*) . = ALIGN(4); } >FLASH
  .data : {
    kedge_data_start = .;
    *(.data*) *(.sdata*)
    . = ALIGN(4);
    kedge_data_end = .;
  } >RAM AT>FLASH
  kedge_data_load = LOADADDR(.data);
  PROVIDE(__global_pointer$ = ADDR(.data) + 0x800);
  .bss (NOLOAD) : {
    . = ALIGN(16);
    kedge_bss_start = .;
    *(.bss*) *(.sbss*) *(COMMON)
    . = ALIGN(16);
    kedge_bss_end = .;
  } >RAM
  kedge_stack_bottom = .;
  kedge_stack_top = ORIGIN(RAM) + LENGTH(RAM);
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.eh_frame*) }
}
`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/* Firmware for an emulated board: start, memory, counters, and the check over semihosting or, with
 * KEDGE_UART, over the board's UART. KEDGE_UART_ADDRESS and KEDGE_UART_NS16550 say which. */
#include "check.h"
#include <string.h>

extern uint32_t kedge_stack_bottom[], kedge_stack_top[];
extern uint32_t kedge_bss_start[], kedge_bss_end[];
extern uint32_t kedge_data_start[], kedge_data_end[], kedge_data_load[];
void kedge_start(void);

/* --- the libc that a freestanding compiler expects ------------------------------------------- */

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0) {
    for (; bytes >= 4; bytes -= 4, out += 4, in += 4) {
      *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
    }
  }
  while (bytes--) *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if (out <= in) while (bytes--) *out++ = *in++;
  else while (bytes--) out[bytes] = in[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *out = to;
  while (bytes--) *out++ = (uint8_t)value;
  return to;
}

/* --- semihosting ----------------------------------------------------------------------------- */

enum { SYS_OPEN = 1, SYS_WRITE = 5, SYS_READ = 6, SYS_EXIT_EXTENDED = 0x20 };

static intptr_t semihost(intptr_t operation, const void *arguments) {
#if defined(__riscv)
  register intptr_t result __asm("a0") = operation;
  register const void *block __asm("a1") = arguments;
  __asm volatile(
      ".option push\n.option norvc\n.balign 16\nslli x0,x0,0x1f\nebreak\nsrai x0,x0,7\n.option pop"
      : "+r"(result) : "r"(block) : "memory");
#else
  register intptr_t result __asm("r0") = operation;
  register const void *block __asm("r1") = arguments;
  __asm volatile("bkpt 0xab" : "+r"(result) : "r"(block) : "memory");
#endif
  return result;
}

static void leave(int code) {
  intptr_t arguments[2] = {0x20026, code};
  semihost(SYS_EXIT_EXTENDED, arguments);
  for (;;) {
  }
}

/* --- bytes in and out ------------------------------------------------------------------------ */

#if defined(KEDGE_UART)
#if defined(KEDGE_UART_NS16550)
#define UART ((volatile uint8_t *)KEDGE_UART_ADDRESS)
static void uart_open(void) {}
static uint8_t uart_get(void) {
  while (!(UART[5] & 1)) {
  }
  return UART[0];
}
static void uart_put(uint8_t byte) {
  while (!(UART[5] & 0x20)) {
  }
  UART[0] = byte;
}
#else /* CMSDK APB UART: data, state, control, interrupt, baud divider */
#define UART ((volatile uint32_t *)KEDGE_UART_ADDRESS)
static void uart_open(void) {
  UART[4] = 16;
  UART[2] = 3;
}
static uint8_t uart_get(void) {
  while (!(UART[1] & 2)) {
  }
  return (uint8_t)UART[0];
}
static void uart_put(uint8_t byte) {
  while (UART[1] & 1) {
  }
  UART[0] = byte;
}
#endif
static void port_open(void) { uart_open(); }
static int port_read(void *to, uint32_t bytes) {
  for (uint8_t *at = to; bytes; bytes--) *at++ = uart_get();
  return 1;
}
static void port_write(const void *from, uint32_t bytes) {
  for (const uint8_t *at = from; bytes; bytes--) uart_put(*at++);
}
#else
static intptr_t input_file, output_file;
static intptr_t open_file(const char *name, int mode) {
  intptr_t arguments[3] = {(intptr_t)name, mode, (intptr_t)0};
  while (name[arguments[2]]) arguments[2]++;
  return semihost(SYS_OPEN, arguments);
}
static void port_open(void) {
  input_file = open_file("/dev/stdin", 1);
  output_file = open_file("/dev/stdout", 5);
}
static int port_read(void *to, uint32_t bytes) {
  uint8_t *at = to;
  while (bytes) {
    intptr_t arguments[3] = {input_file, (intptr_t)at, (intptr_t)bytes};
    intptr_t left = semihost(SYS_READ, arguments);
    if (left < 0 || (uint32_t)left >= bytes) return 0;
    at += bytes - (uint32_t)left;
    bytes = (uint32_t)left;
  }
  return 1;
}
static void port_write(const void *from, uint32_t bytes) {
  intptr_t arguments[3] = {output_file, (intptr_t)from, (intptr_t)bytes};
  if (bytes) semihost(SYS_WRITE, arguments);
}
#endif

/* --- counters: SysTick, or the instructions that a RISC-V core has retired --------------------- */

#if defined(__riscv)
static void ticks_open(void) {}
static uint32_t ticks(void) {
  uint32_t count;
  __asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop" : "=r"(count));
  return count;
}
#define TICKS_MASK 0xffffffffu
#else
#define SYSTICK ((volatile uint32_t *)0xE000E010)
static void ticks_open(void) {
  SYSTICK[1] = 0xffffff;
  SYSTICK[2] = 0;
  SYSTICK[0] = 5; /* on, core clock, no interrupt */
}
static uint32_t ticks(void) { return 0u - SYSTICK[2]; }
#define TICKS_MASK 0xffffffu
#endif

/* --- stack: painted at the start, looked at later ---------------------------------------------- */

#define PAINT 0xC5C5C5C5u

static void paint_stack(void) {
  uint32_t *here = (uint32_t *)__builtin_frame_address(0);
  for (uint32_t *at = kedge_stack_bottom; at < here - 64; at++) *(volatile uint32_t *)at = PAINT;
}

static uint32_t stack_used(void) {
  const uint32_t *at = kedge_stack_bottom;
  while (*at == PAINT) at++;
  return (uint32_t)((const uint8_t *)kedge_stack_top - (const uint8_t *)at);
}

static const kedge_port port = {port_read, port_write, ticks, TICKS_MASK, stack_used};

static void serve(void) {
  paint_stack();
  ticks_open();
  port_open();
  kedge_check(&port);
  leave(0);
}

/* --- start ------------------------------------------------------------------------------------- */

void kedge_start(void) {
  memcpy(kedge_data_start, kedge_data_load,
         (size_t)((uint8_t *)kedge_data_end - (uint8_t *)kedge_data_start));
  memset(kedge_bss_start, 0, (size_t)((uint8_t *)kedge_bss_end - (uint8_t *)kedge_bss_start));
  serve();
}

#if defined(__riscv)
__attribute__((naked, section(".start"), used)) void kedge_entry(void) {
  __asm volatile(
      ".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
      "la sp, kedge_stack_top\ncall kedge_start");
}
#else
static void fault(void) { leave(99); }
void kedge_entry(void) {
  *(volatile uint32_t *)0xE000ED14 |= 1u << 3; /* trap unaligned access where the board would */
#if defined(__ARM_FEATURE_UNALIGNED)
  *(volatile uint32_t *)0xE000ED14 &= ~(1u << 3);
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm volatile("dsb\nisb");
#endif
  kedge_start();
}
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} kedge_vectors = {kedge_stack_top, {kedge_entry, fault, fault, fault, fault, fault}};
#endif

/* RV32 on QEMU without libc: start, semihosting, minstret as a clock of instructions. */
int main(void);

static uint32_t semihost(uint32_t operation, const void *argument) {
  register uint32_t a0 __asm__("a0") = operation;
  register const void *a1 __asm__("a1") = argument;
  __asm__ volatile(
      ".option push\n.option norvc\n.balign 16\n"
      "slli x0, x0, 0x1f\nebreak\nsrai x0, x0, 7\n.option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}

static void write_text(const char *text) { semihost(4, text); }

static void stop(void) {
  static const uint32_t done[2] = {0x20026, 0};
  semihost(0x20, done);
}

__attribute__((used)) static void run(void) {
  main();
  stop();
}

__attribute__((naked, section(".vectors"), used)) void start(void) {
  __asm__ volatile("la sp, stack_top\n call run");
}

static uint32_t ticks(void) {
  static uint32_t last;
  register uint32_t now __asm__("a0");
  __asm__ volatile(".word 0xb0202573" : "=r"(now)); /* csrr a0, minstret: Zicsr has no multilib */
  const uint32_t passed = now - last;
  last = now;
  return passed;
}

void *memcpy(void *to, const void *from, size_t count) {
  uint8_t *out = (uint8_t *)to;
  const uint8_t *in = (const uint8_t *)from;
  while (count--) *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *out = (uint8_t *)to;
  while (count--) *out++ = (uint8_t)value;
  return to;
}

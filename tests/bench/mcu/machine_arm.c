/* Cortex-M on QEMU without libc: vectors, semihosting, SysTick as a clock of instructions. */
#define SYSTICK ((volatile uint32_t *)0xE000E010u)

extern uint32_t stack_top;
int main(void);

static uint32_t semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void write_text(const char *text) { semihost(4, text); }

static void stop(void) { semihost(0x18, (const void *)0x20026); }

static void fault(void) {
  write_text("fault\n");
  stop();
}

static void start(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  *(volatile uint32_t *)0xE000ED88 |= 0xF << 20;
  __asm__ volatile("dsb\n isb");
#endif
  SYSTICK[1] = 0xffffff; /* reload */
  SYSTICK[2] = 0;
  SYSTICK[0] = 5; /* on, processor clock */
  main();
  stop();
}

__attribute__((section(".vectors"), used)) static const struct {
  const uint32_t *stack;
  void (*handlers[6])(void);
} vectors = {&stack_top, {start, fault, fault, fault, fault, fault}};

/* Ticks since the last call; one tick is 10⁹ ÷ clock instructions with -icount shift=0. */
static uint32_t ticks(void) {
  static uint32_t last;
  const uint32_t now = SYSTICK[2], passed = (last - now) & 0xffffff;
  last = now;
  return passed;
}

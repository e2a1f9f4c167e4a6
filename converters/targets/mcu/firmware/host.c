/* The check over standard input and output, for tests of the emitted C on the machine that made it. */
#include "check.h"
#include <stdio.h>

static int host_read(void *to, uint32_t bytes) { return fread(to, 1, bytes, stdin) == bytes; }

static void host_write(const void *from, uint32_t bytes) {
  fwrite(from, 1, bytes, stdout);
  fflush(stdout);
}

static uint32_t host_nothing(void) { return 0; }

int main(void) {
  static const kedge_port port = {host_read, host_write, host_nothing, 0, host_nothing};
  kedge_check(&port);
  return 0;
}

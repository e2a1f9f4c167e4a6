/* Answers a check of kedge: samples in, results out, over any two functions that move bytes.
 * On a board of your own: compile model.c and check.c, set up a serial port, and call
 *   kedge_check(&port);
 * then on the computer: deno task kedge check BUNDLE --port /dev/ttyACM0 --data D */
#ifndef KEDGE_CHECK_H
#define KEDGE_CHECK_H
#include <stdint.h>

/* How bytes and time come. */
typedef struct {
  /* Reads exactly `bytes` bytes; gives 0 at the end of the stream, else 1. */
  int (*read)(void *to, uint32_t bytes);
  void (*write)(const void *from, uint32_t bytes);
  /* A counter of instructions or cycles that counts up, and the bits that it has. */
  uint32_t (*ticks)(void);
  uint32_t ticks_mask;
  /* Most bytes of stack that were in use so far; 0 where nobody knows. */
  uint32_t (*stack_used)(void);
} kedge_port;

/* Serves requests until "quit" or the end of the stream. */
void kedge_check(const kedge_port *port);
#endif

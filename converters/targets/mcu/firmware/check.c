/* The device's side of a check. Numbers are little-endian 32-bit.
 *
 *   request  'K' command length payload hash      (hash: FNV-1a of the payload)
 *   answer   'k' status  length payload hash      (status: 0 good, 1 bad length, 2 bad hash, 3 no such command)
 *
 * | command | payload | answer |
 * |---|---|---|
 * | 'I' | – | layers, input bytes, output bytes, arena bytes, self-test, SHA-256 of the .kedge file (64 letters) |
 * | 'R' | inputs | outputs |
 * | 'T' | inputs | hash and ticks of every layer, then outputs |
 * | 'L' | layer, inputs | bytes of that layer's output |
 * | 'S' | – | most bytes of stack in use so far |
 * | 'Q' | – | – ; ends */
#include "check.h"
#include "model.h"

static const kedge_port *port;
static uint32_t layer_words[KEDGE_LAYERS][2];
static uint32_t last_ticks;
static int wanted_layer;

static uint32_t fnv(uint32_t hash, const void *bytes, uint32_t count) {
  const uint8_t *at = (const uint8_t *)bytes;
  while (count--) hash = (hash ^ *at++) * 0x01000193u;
  return hash;
}

#define FNV_START 0x811c9dc5u

static void put_word(uint32_t value) {
  uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                      (uint8_t)(value >> 24)};
  port->write(bytes, 4);
}

static int get_word(uint32_t *value) {
  uint8_t b[4];
  if (!port->read(b, 4)) return 0;
  *value = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
  return 1;
}

static void begin(uint8_t status, uint32_t length) {
  uint8_t head[2] = {'k', status};
  port->write(head, 2);
  put_word(length);
}

static uint32_t put(uint32_t hash, const void *bytes, uint32_t count) {
  port->write(bytes, count);
  return fnv(hash, bytes, count);
}

static void refuse(uint8_t status) {
  begin(status, 0);
  put_word(FNV_START);
}

static uint32_t put_outputs(uint32_t hash) {
  for (int i = 0; i < KEDGE_OUTPUTS; i++) {
    hash = put(hash, kedge_output(i), kedge_output_bytes(i));
  }
  return hash;
}

static uint32_t sum_bytes(int count, uint32_t (*bytes)(int)) {
  uint32_t sum = 0;
  for (int i = 0; i < count; i++) sum += bytes(i);
  return sum;
}

/* Keeps hash and ticks of every layer; the hashing itself does not count. */
static void trace(int layer, const void *output, uint32_t bytes) {
  uint32_t now = port->ticks();
  layer_words[layer][0] = fnv(FNV_START, output, bytes);
  layer_words[layer][1] = (now - last_ticks) & port->ticks_mask;
  last_ticks = port->ticks();
}

static void send_layer(int layer, const void *output, uint32_t bytes) {
  if (layer != wanted_layer) return;
  begin(0, bytes);
  put_word(put(FNV_START, output, bytes));
}

static void info(void) {
  uint32_t words[5] = {KEDGE_LAYERS, sum_bytes(KEDGE_INPUTS, kedge_input_bytes),
                       sum_bytes(KEDGE_OUTPUTS, kedge_output_bytes), KEDGE_ARENA_BYTES,
                       (uint32_t)kedge_self_test()};
  begin(0, sizeof words + 64);
  put_word(put(put(FNV_START, words, sizeof words), KEDGE_MODEL_SHA256, 64));
}

static void run(char command) {
  for (int i = 0; i < KEDGE_LAYERS; i++) layer_words[i][0] = layer_words[i][1] = 0;
  kedge_on_layer(command == 'T' ? trace : command == 'L' ? send_layer : 0);
  last_ticks = port->ticks();
  kedge_invoke();
  kedge_on_layer(0);
  if (command == 'L') return;
  uint32_t outputs = sum_bytes(KEDGE_OUTPUTS, kedge_output_bytes);
  uint32_t traced = command == 'T' ? (uint32_t)sizeof layer_words : 0;
  begin(0, traced + outputs);
  put_word(put_outputs(put(FNV_START, layer_words, traced)));
}

/* Reads a payload into the places where the model wants it; gives its hash. */
static int read_payload(char command, uint32_t *hash) {
  if (command == 'L') {
    uint32_t layer;
    if (!port->read(&layer, 4)) return 0;
    *hash = fnv(*hash, &layer, 4);
    wanted_layer = (int)layer;
  }
  for (int i = 0; i < KEDGE_INPUTS; i++) {
    if (!port->read(kedge_input(i), kedge_input_bytes(i))) return 0;
    *hash = fnv(*hash, kedge_input(i), kedge_input_bytes(i));
  }
  return 1;
}

/* Serves one request; gives 0 when there are no more. */
static int serve(void) {
  uint8_t command = 0;
  uint32_t length, wanted, hash = FNV_START;
  do {
    if (!port->read(&command, 1)) return 0;
  } while (command != 'K');
  if (!port->read(&command, 1) || !get_word(&length)) return 0;
  int runs = command == 'R' || command == 'T' || command == 'L';
  uint32_t inputs = runs ? sum_bytes(KEDGE_INPUTS, kedge_input_bytes) : 0;
  if (length != inputs + (command == 'L' ? 4u : 0u)) {
    refuse(1);
    return 1;
  }
  if (runs && !read_payload((char)command, &hash)) return 0;
  if (!get_word(&wanted)) return 0;
  if (hash != wanted) {
    refuse(2);
  } else if (runs) {
    run((char)command);
  } else if (command == 'I') {
    info();
  } else if (command == 'S') {
    uint32_t used = port->stack_used();
    begin(0, 4);
    put_word(put(FNV_START, &used, 4));
  } else if (command == 'Q') {
    begin(0, 0);
    put_word(FNV_START);
    return 0;
  } else {
    refuse(3);
  }
  return 1;
}

void kedge_check(const kedge_port *given) {
  port = given;
  while (serve()) {
  }
}

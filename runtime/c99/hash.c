/* Hash of a layer's output bytes: FNV-1a, as runtime/format/hash.ts. */

/* @section kedge_hash32: */
static uint32_t kedge_hash32(const void *bytes, uint32_t count) {
  const uint8_t *at = (const uint8_t *)bytes;
  uint32_t hash = 0x811c9dc5u;
  while (count--) hash = (hash ^ *at++) * 0x01000193u;
  return hash;
}

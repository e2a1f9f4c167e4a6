/**
 * 32-bit hash of a tensor's bytes: FNV-1a (Fowler, Noll, Vo; IETF draft-eastlake-fnv, §2). Small
 * enough for a microcontroller, and any single changed byte changes it.
 * @module
 */

/** FNV-1a over bytes; gives an unsigned 32-bit integer. */
export function hash32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash ^ bytes[i], 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Numbers for people.
 * @module
 */

/** "76.5 KB": 1 KB is 1000 bytes. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`;
  return `${(count / 1e6).toFixed(2)} MB`;
}

/** "85.5%". */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** "0.54 ms". */
export function milliseconds(time: number): string {
  return `${time < 10 ? time.toFixed(2) : time.toFixed(1)} ms`;
}

/** "29.9 dB"; what is exact has no noise. */
export function decibels(ratio: number | null): string {
  return ratio === null ? "exact" : `${ratio.toFixed(1)} dB`;
}

/** "12.5 M". */
export function count(value: number): string {
  if (value < 1000) return String(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(1)} k`;
  return `${(value / 1e6).toFixed(1)} M`;
}

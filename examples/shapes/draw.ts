/**
 * Draws the pictures of the example: one shape of ten, somewhere, at some angle, on a busy ground.
 * @module
 */

/** Width and height of a picture in pixels; it has three channels, RGB. */
export const SIZE = 24;

/** A source of numbers in 0…1. */
export type Random = () => number;

/** Whether a point of the plane belongs to a shape of radius 1 around the origin. */
type Inside = (x: number, y: number) => boolean;

/** A regular polygon of `n` corners, one at the top, with inner radius `inner` between corners. */
function star(n: number, inner: number): Inside {
  return (x, y) => {
    const step = Math.PI / n;
    const angle = Math.abs(((Math.atan2(x, y) % (2 * step)) + 3 * step) % (2 * step) - step);
    const radius = Math.hypot(x, y);
    // In a sector the edge runs from (1, 0) to inner·(cos step, sin step).
    const [ex, ey] = [inner * Math.cos(step) - 1, inner * Math.sin(step)];
    const [px, py] = [radius * Math.cos(angle) - 1, radius * Math.sin(angle)];
    return ex * py - ey * px >= 0;
  };
}

const polygon = (n: number) => star(n, Math.cos(Math.PI / n));

const SHAPES: readonly (readonly [name: string, inside: Inside])[] = [
  ["circle", (x, y) => Math.hypot(x, y) < 0.9],
  ["ring", (x, y) => Math.abs(Math.hypot(x, y) - 0.75) < 0.22],
  ["crescent", (x, y) => Math.hypot(x, y) < 0.95 && Math.hypot(x - 0.45, y) > 0.75],
  ["triangle", polygon(3)],
  ["square", polygon(4)],
  ["pentagon", polygon(5)],
  ["star", star(5, 0.42)],
  ["plus", (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(x, y, -x, -y) < 0.9],
  ["bar", (x, y) => Math.abs(x) < 0.3 && Math.abs(y) < 0.95],
  ["arrow", (x, y) => y > 0 ? Math.abs(x) < 0.8 * (1 - y) : Math.abs(x) < 0.25 && y > -0.95],
];

/** Class names by class number. */
export const CLASSES: readonly string[] = SHAPES.map(([name]) => name);

/** Points a pixel is sampled at along each axis. */
const SUBPIXELS = 3;

/** Draws one picture of a class: `SIZE`·`SIZE`·3 bytes, row by row. */
export function draw(label: number, random: Random): Uint8Array {
  const between = (low: number, high: number) => low + (high - low) * random();
  const [, inside] = SHAPES[label];
  const radius = between(7, 10.5);
  const [cx, cy] = [between(10, SIZE - 10), between(10, SIZE - 10)];
  const angle = between(0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const ground = Array.from({ length: 3 }, () => between(30, 225));
  const slope = Array.from({ length: 2 }, () => between(-2.5, 2.5));
  const shade = Array.from({ length: 3 }, () => between(70, 130) * (random() < 0.5 ? -1 : 1));
  const line = { angle: between(0, Math.PI), at: between(-8, 8), shade: between(-60, 60) };
  const pixels = new Uint8Array(SIZE * SIZE * 3);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      let covered = 0;
      for (let i = 0; i < SUBPIXELS ** 2; i++) {
        const x = column + ((i % SUBPIXELS) + 0.5) / SUBPIXELS - cx;
        const y = row + (Math.floor(i / SUBPIXELS) + 0.5) / SUBPIXELS - cy;
        covered += Number(inside(x * cos + y * sin, y * cos - x * sin)) / SUBPIXELS ** 2;
      }
      const [dx, dy] = [column - SIZE / 2, row - SIZE / 2];
      const far = Math.abs(dx * Math.cos(line.angle) + dy * Math.sin(line.angle) - line.at);
      const common = dx * slope[0] + dy * slope[1] + (far < 0.8 ? line.shade : 0) +
        between(-10, 10);
      for (let channel = 0; channel < 3; channel++) {
        const value = ground[channel] + common + covered * shade[channel];
        // Few levels: the picture compresses, and nothing of the shape is lost.
        const level = Math.round(value / 8) * 8;
        pixels[(row * SIZE + column) * 3 + channel] = Math.min(255, Math.max(0, level));
      }
    }
  }
  return pixels;
}

/** Pictures with labels. */
export interface Pictures {
  pixels: Uint8Array[];
  labels: number[];
}

/** Draws `count` pictures, classes in turn. */
export function drawAll(count: number, random: Random): Pictures {
  const labels = Array.from({ length: count }, (_, i) => i % SHAPES.length);
  return { labels, pixels: labels.map((label) => draw(label, random)) };
}

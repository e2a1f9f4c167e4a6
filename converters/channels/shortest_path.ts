/**
 * A short path through all of some points.
 * @module
 */

/** Points that paths are begun at. */
const STARTS = 16;

/**
 * Points in the order of a path that no turning round of a stretch makes shorter: the shortest of those
 * that begin as "always to the nearest one left" (2-opt; Croes 1958, "A Method for Solving
 * Traveling-Salesman Problems", doi:10.1287/opre.6.6.791).
 * @param distances symmetric, one row a point.
 */
export function shortestPath(distances: readonly Float64Array[]): number[] {
  const size = distances.length;
  const step = Math.ceil(size / STARTS);
  const paths = Array.from(
    { length: Math.ceil(size / step) },
    (_, k) => untangle(nearestNext(distances, k * step), distances),
  );
  const lengths = paths.map((path) => lengthOf(path, distances));
  return paths[lengths.indexOf(Math.min(...lengths))];
}

function nearestNext(distances: readonly Float64Array[], first: number): number[] {
  const left = new Set(distances.keys());
  const path: number[] = [];
  for (let at = first; left.size;) {
    path.push(at);
    left.delete(at);
    const from = distances[at];
    let nearest = -1;
    for (const point of left) if (nearest < 0 || from[point] < from[nearest]) nearest = point;
    at = nearest;
  }
  return path;
}

/** Turns stretches round for as long as that makes the path shorter. */
function untangle(path: number[], distances: readonly Float64Array[]): number[] {
  const last = path.length - 1;
  for (let better = true; better;) {
    better = false;
    for (let i = 0; i < last; i++) {
      for (let j = i + 1; j <= last; j++) {
        const before = i ? distances[path[i - 1]] : null;
        const behind = j < last ? distances[path[j + 1]] : null;
        const gain = (before ? before[path[i]] - before[path[j]] : 0) +
          (behind ? behind[path[j]] - behind[path[i]] : 0);
        // More than what rounding could make of nothing.
        if (gain <= 1e-9) continue;
        for (let a = i, b = j; a < b; a++, b--) [path[a], path[b]] = [path[b], path[a]];
        better = true;
      }
    }
  }
  return path;
}

function lengthOf(path: readonly number[], distances: readonly Float64Array[]): number {
  return path.reduce((sum, point, k) => k ? sum + distances[path[k - 1]][point] : 0, 0);
}

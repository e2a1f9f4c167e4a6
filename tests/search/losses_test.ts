/** What layers lose by choices, worked by hand. */
import assert from "node:assert/strict";
import { leastLosses, lossCurve, pricedLosses } from "../../converters/search/mod.ts";
import { assertNear } from "../helpers/assert_near.ts";
import { BY_HAND } from "../helpers/tolerances.ts";

const CURVES: [
  name: string,
  points: [error: number, loss: number, deviation: number][],
  at2: number,
][] = [
  ["one point: a = 3 / 1", [[1, 3, 1]], 6],
  ["a line: a = 2", [[1, 2, 1], [2, 4, 1], [0, 9, 1]], 4],
  ["a parabola: b = 1", [[1, 1, 1], [3, 9, 1]], 4],
  ["both: 1 + 1 and 3 + 9", [[1, 2, 1], [3, 12, 1]], 6],
  // By a and b: −1 and 2, 2·1 + 12·4 over 1 + 16 of b alone, (1·1 + 6·4) / 17 = 25 / 17.
  ["no negative a", [[1, 1, 1], [2, 6, 1]], 4 * 25 / 17],
  // By both: 3 and −1; by a alone (2·1 + 2·2) / 5.
  ["no negative b", [[1, 2, 1], [2, 2, 1]], 2 * 6 / 5],
  ["noise below nothing", [[1, -1, 1], [2, -1, 1]], 0],
  ["what is sure counts more: (2·1·4 + 4·2) / (4 + 4)", [[1, 2, 0.5], [2, 0, 1], [1, 0, 0]], 2],
  ["nothing", [], 0],
];

for (const [name, points, at2] of CURVES) {
  Deno.test(`loss by error: ${name}`, () => {
    const curve = lossCurve(
      points.map(([error, loss, deviation]) => ({ error, loss, deviation })),
    );
    assert(Math.abs(curve(2) - at2) < BY_HAND, String(curve(2)));
    assert.equal(curve(0), 0);
  });
}

Deno.test("priced losses: bytes at the mean λ between two", () => {
  const list = [{ lambda: 2, bytes: 100 }, { lambda: 4, bytes: 90 }, { lambda: 8, bytes: 95 }];
  assertNear(pricedLosses(list), [0, 10 * 2 / Math.LN2, 10 * 2 / Math.LN2], BY_HAND, "losses");
  // Plain steps have λ = ln 2 / 6.
  const [, first] = pricedLosses([{ lambda: 0, bytes: 7 }, { lambda: 1, bytes: 6 }]);
  assertNear([first], [(1 - Math.LN2 / 6) / -Math.log(Math.LN2 / 6)], BY_HAND, "losses");
});

Deno.test("least losses: a quarter of the priced ones, in the geometric mean's unit", () => {
  const layers = [
    { losses: [0, 20, 0], priced: [0, 10, 30] },
    { losses: [0, 10], priced: [0, 20] },
  ];
  // √(20 / 10 · 10 / 20) = 1.
  const [first, second] = leastLosses(layers);
  assertNear(first, [0, 10 / 4, 30 / 4], BY_HAND, "first");
  assertNear(second, [0, 20 / 4], BY_HAND, "second");
  assert.deepEqual(leastLosses([{ losses: [0, 0], priced: [0, 5] }]), [[0, 0]]);
});

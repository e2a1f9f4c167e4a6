/** Random transforms, samplings and sums of products. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";

/** DFT of real and complex values, one-sided, inverse, padded and cut. */
export const dft: CaseMaker = (random) => {
  const shape = [...ints(random, 2, 1, 7), random.int(1, 2)];
  const opset = random.pick([17, 20]);
  const axis = random.pick([0, 1, -2]);
  const attributes: Record<string, AttributeValue> = {};
  const kind = random.pick(["plain", "inverse", "onesided"]);
  if (kind === "inverse") attributes.inverse = 1;
  if (kind === "onesided") {
    attributes.onesided = 1;
    shape[2] = 1;
  }
  if (opset === 17) attributes.axis = axis === -2 ? 1 : axis;
  const length = random.next() < 0.5 ? "length" : "";
  return {
    op: "DFT",
    opset,
    shapes: [shape],
    inputs: opset === 17 ? ["x0", length] : ["x0", length, "axis"],
    constants: [
      onnxTensor("length", [], [random.int(1, 9)], "int64"),
      onnxTensor("axis", [], [axis], "int64"),
    ],
    attributes,
  };
};

/** STFT of real signals with windows, all of them one-sided or not. */
export const stft: CaseMaker = (random) => {
  const length = random.int(2, 8);
  const attributes: Record<string, AttributeValue> = {};
  maybe(random, attributes, "onesided", () => random.int(0, 1));
  return {
    op: "STFT",
    opset: 17,
    shapes: [[random.int(1, 2), random.int(length, 24), 1]],
    inputs: ["x0", "step", random.pick(["window", ""]), "length"],
    constants: [
      onnxTensor("step", [], [random.int(1, 4)], "int64"),
      onnxTensor("window", [length], floats(random, length)),
      onnxTensor("length", [], [length], "int64"),
    ],
    attributes,
  };
};

/** GridSample in all its modes. */
export const gridSample: CaseMaker = (random) => {
  const depth = random.pick([2, 2, 3]);
  const opset = depth === 3 ? 20 : random.pick([16, 20]);
  const cubic = depth === 2 ? ["cubic"] : [];
  const mode = random.pick(["nearest", "linear", ...cubic]);
  const [batch, channels] = ints(random, 2, 1, 3);
  const attributes: Record<string, AttributeValue> = {
    mode: opset < 20 && mode !== "nearest" ? `bi${mode}` : mode,
    padding_mode: random.pick(["zeros", "border", "reflection"]),
    align_corners: random.int(0, 1),
  };
  return {
    op: "GridSample",
    opset,
    shapes: [
      [batch, channels, ...ints(random, depth, 2, 5)],
      [batch, ...ints(random, depth, 1, 4), depth],
    ],
    inputs: ["x0", "x1"],
    constants: [],
    attributes,
  };
};

const EQUATIONS = [
  "ij,jk->ik",
  "ij,jk",
  "bij,bjk->bik",
  "bhid,bhjd->bhij",
  "bsd,dhk->bshk",
  "i,j->ij",
  "i,i->",
  "i,i",
  "ij->ji",
  "ij->i",
  "bij->b",
  "ij,ij->ij",
  "...ij,...jk->...ik",
  "...i->...",
  "bi,ij,bj->b",
  "b...d,de->b...e",
  "ba",
];

/** Einsum with one to three inputs, the second a constant now and then. */
export const einsum: CaseMaker = (random) => {
  const equation = random.pick(EQUATIONS);
  const sizes = new Map<string, number>();
  const size = (letter: string) => {
    if (!sizes.has(letter)) sizes.set(letter, random.int(1, 4));
    return sizes.get(letter)!;
  };
  const rest = ints(random, random.int(0, 2), 2, 3);
  const shapes = equation.split("->")[0].split(",").map((term) => {
    const [before, after] = term.split("...");
    const beside = (letters: string) => [...letters].map(size);
    return [...beside(before), ...(after === undefined ? [] : [...rest, ...beside(after)])];
  });
  const constant = shapes.length === 2 && random.next() < 0.5;
  const names = shapes.map((_, i) => i === 1 && constant ? "c" : `x${i}`);
  const count = product(shapes[1] ?? []);
  return {
    op: "Einsum",
    opset: 12,
    shapes: constant ? shapes.slice(0, 1) : shapes,
    inputs: names,
    constants: constant ? [onnxTensor("c", shapes[1], floats(random, count))] : [],
    attributes: { equation },
  };
};

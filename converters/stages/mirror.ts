/**
 * A model of pictures that looks twice: at a picture and at its mirror image.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { REDUCE_KINDS } from "../../runtime/format/operators.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";

/** Views of a picture. */
const VIEWS = 2;
/** Operators that make each sample of a batch what it would be alone, as long as that stays first. */
const BY_SAMPLE: readonly CoreNode["op"][] = [
  ...["Conv2D", "DepthwiseConv2D", "FullyConnected", "MaxPool2D", "AveragePool2D"] as const,
  ...["Add", "Mul", "Div", "Maximum", "Minimum", "Pow", "Unary", "Softmax"] as const,
  ...["Reduce", "Concat", "Slice", "Pad", "Reshape", "Transpose"] as const,
];

/**
 * The graph on a batch of two, the input and its mirror image, with the mean of both outputs
 * (Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", §4.1,
 * average so over views). As the log loss −ln p of a class is convex in probabilities and, behind
 * softmax, in logits, that of the mean is not above the mean of both (Jensen); where mirror images are
 * as likely as pictures, that is the loss of the model as it was. It takes twice the operations and
 * activations, and no further weights.
 * @param core float graph before it is simplified.
 * @throws KedgeError `usage/mirror` where the input is no picture, outputs are no scores, or an operator
 *   takes several samples together.
 */
export function mirrored(core: CoreGraph): CoreGraph {
  const [input] = core.inputs;
  const { shape } = core.tensors.get(input)!;
  const axis = widthOf(shape!);
  if (core.inputs.length !== 1 || axis === null) {
    throw refused("the input is no picture", `${shape!.join("×")}`, "one input 1×C×H×W or 1×H×W×C");
  }
  for (const name of core.outputs) {
    const scores = core.tensors.get(name)!.shape!;
    if (scores.length === VIEWS && scores[0] === 1 && !core.inputs.includes(name)) continue;
    throw refused(`the output "${name}" gives no scores`, scores.join("×"), "1×classes");
  }
  core.nodes.forEach((node) => assertBySample(core, node));
  const flipped = `${input}/mirrored`;
  const renamed = new Map([[input, `${input}/views`]]);
  for (const name of core.outputs) renamed.set(name, `${name}/views`);
  const nameOf = (name: string) => renamed.get(name) ?? name;
  const tensors = new Map<string, Tensor>([[input, core.tensors.get(input)!]]);
  const add = (name: string, shape: number[]) =>
    tensors.set(name, { name, dtype: "float32", shape });
  add(flipped, shape!);
  for (const [name, tensor] of core.tensors) {
    if (tensor.data) tensors.set(name, tensor);
    else add(nameOf(name), tensor.shape!.with(0, VIEWS));
  }
  const made = (op: CoreNode["op"], inputs: string[], output: string, more: Partial<CoreNode>) => ({
    ...{ name: `${output}/${op}`, op, inputs, output, params: {}, list: [] },
    ...more,
  });
  const begin = shape!.map((size, i) => i === axis ? size - 1 : 0);
  const step = shape!.map((_, i) => i === axis ? -1 : 1);
  const nodes: CoreNode[] = [
    made("Slice", [input], flipped, { list: [...begin, ...step] }),
    made("Concat", [input, flipped], nameOf(input), { params: { axis: 0 } }),
    ...core.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(nameOf),
      output: nameOf(node.output),
    })),
  ];
  const kind = REDUCE_KINDS.indexOf("mean");
  for (const name of core.outputs) {
    tensors.set(name, core.tensors.get(name)!);
    nodes.push(made("Reduce", [nameOf(name)], name, { params: { kind }, list: [0] }));
  }
  return { ...core, nodes, tensors };
}

/** The axis along which a picture's columns lie; null where it is none. */
function widthOf([batch, ...shape]: readonly number[]): number | null {
  if (batch !== 1 || shape.length !== 3) return null;
  const isDepth = (size: number) => size === 1 || size === 3;
  return isDepth(shape[0]) ? 3 : isDepth(shape[2]) ? 2 : null;
}

function assertBySample(core: CoreGraph, node: CoreNode): void {
  const { op, list, params, output } = node;
  const shapes = [...node.inputs, output].map((name) => core.tensors.get(name)!)
    .filter(({ data }) => !data).map(({ shape }) => shape!);
  const rank = shapes[0].length;
  const aligned = op === "Reshape" || op === "Reduce" ||
    shapes.every((shape) => shape.length === rank);
  const stays: Partial<Record<CoreNode["op"], boolean>> = {
    Reduce: !list.includes(0),
    Concat: params.axis !== 0,
    Slice: list[0] === 0 && list[rank] === 1,
    Pad: list[0] === 0,
    Transpose: list[0] === 0,
    Softmax: rank > 1,
  };
  const weighted = op === "Conv2D" || op === "DepthwiseConv2D" || op === "FullyConnected";
  const fixed = !weighted || node.inputs.slice(1).every((name) => core.tensors.get(name)!.data);
  const first = shapes.every(([batch]) => batch === 1);
  if (BY_SAMPLE.includes(op) && aligned && first && fixed && (stays[op] ?? true)) return;
  throw refused(`the operator "${op}" takes samples together`, node.name, "samples side by side");
}

function refused(why: string, got: string, wanted: string): KedgeError {
  return new KedgeError({
    code: "usage/mirror",
    message: `Mirroring: ${why}`,
    ...{ got, wanted },
    hint: "leave out --mirror",
  });
}

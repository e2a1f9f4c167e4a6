/** Random float networks with channels that are dead, constant, or unused: what elimination is for. */
import type { CoreGraph, CoreNode, Tensor } from "../../converters/graph/graph.ts";
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import { float32, OPEN } from "./float_graphs.ts";
import type { Random } from "./random.ts";
import { graphOf, node } from "./small_models.ts";

/** Adds operators one behind the other; `x` is the latest tensor. */
class Builder {
  readonly nodes: CoreNode[] = [];
  readonly tensors: Tensor[] = [];
  x = "x";
  shape: number[];

  constructor(readonly random: Random) {
    this.shape = [1, random.int(3, 6), random.int(3, 6), random.int(1, 4)];
    this.tensors.push(float32("x", this.shape));
  }

  push(op: CoreNode["op"], extra: string[], shape: number[], params = {}, list: number[] = []) {
    const output = `t${this.nodes.length}`;
    const operands = op === "Concat" && extra.length ? [this.x, ...extra] : [this.x, ...extra];
    this.nodes.push(node(op, operands, output, { ...OPEN, ...params }, list));
    this.tensors.push(float32(output, shape));
    [this.x, this.shape] = [output, shape];
  }

  constant(shape: number[], values: (i: number) => number): string {
    const name = `k${this.tensors.length}`;
    const size = shape.reduce((a, b) => a * b, 1);
    this.tensors.push(float32(name, shape, Array.from({ length: size }, (_, i) => values(i))));
    return name;
  }

  /** Weights of which whole rows and columns are 0 or tiny. */
  weights(shape: number[], axis: number): string {
    const { random } = this;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const size = () => random.pick([0, 1e-9, 1, 1, 1]);
    const rows = Array.from({ length: shape[axis] }, size);
    const last = shape[shape.length - 1];
    const columns = Array.from({ length: axis === shape.length - 1 ? 1 : last }, size);
    return this.constant(shape, (i) => {
      const scale = rows[Math.floor(i / inner) % shape[axis]] * columns[i % last % columns.length];
      return (random.next() * 2 - 1) * scale;
    });
  }

  bias(channels: number): string {
    return this.constant([channels], () => this.random.pick([0, 0, 0.3, -0.5, -9, 2]));
  }

  /** Bounds of no activation, relu, relu6. */
  bounds(): { min: number; max: number } {
    return this.random.pick([
      { min: -Infinity, max: Infinity },
      { min: 0, max: Infinity },
      { min: 0, max: 1 },
    ]);
  }

  step(): void {
    const { random, shape: [batch, height, width, channels] } = this;
    const channelsOut = random.int(1, 6);
    const kernel = random.pick([1, 1, 3]);
    const pad = kernel === 3 ? random.pick([0, 1]) : 0;
    const window = { padTop: pad, padLeft: pad, padBottom: pad, padRight: pad };
    const [h, w] = [height + 2 * pad - kernel + 1, width + 2 * pad - kernel + 1];
    const half = { kernelH: 2, kernelW: 2, strideH: 2, strideW: 2 };
    const halved = [batch, Math.floor(height / 2), Math.floor(width / 2), channels];
    const fits = h >= 1 && w >= 1;
    const moves: (() => void)[] = [
      () =>
        fits && this.push(
          "Conv2D",
          [
            this.weights([channelsOut, kernel, kernel, channels], 0),
            this.bias(channelsOut),
          ],
          [batch, h, w, channelsOut],
          { ...window, ...this.bounds() },
        ),
      () =>
        fits && this.push(
          "DepthwiseConv2D",
          [
            this.weights([kernel, kernel, channels], 2),
            this.bias(channels),
          ],
          [batch, h, w, channels],
          { ...window, ...this.bounds() },
        ),
      () =>
        fits && channels % 2 === 0 && this.push(
          "Conv2D",
          [
            this.weights([2 * channelsOut, kernel, kernel, channels / 2], 0),
          ],
          [batch, h, w, 2 * channelsOut],
          { ...window, groups: 2, ...this.bounds() },
        ),
      () => this.withBranch("Add", { factorA: 1, factorB: 0.5, ...this.bounds() }),
      () => this.withBranch("Concat", { axis: 3 }),
      () =>
        this.push(
          random.pick(["Mul", "Add"] as const),
          [
            this.constant([channels], () => random.pick([0, 0, 1, -0.5])),
          ],
          this.shape,
          { factorA: 1, factorB: 1, ...this.bounds() },
        ),
      () => halved[1] * halved[2] > 0 && this.push("MaxPool2D", [], halved, half),
      () => halved[1] * halved[2] > 0 && this.push("AveragePool2D", [], halved, half),
      () => this.push("Pad", [], [batch, height, width, channels + 2], { value: 0 }, [0, 0, 0, 1]),
      () =>
        channels > 2 &&
        this.push("Slice", [], [batch, height, width, channels - 1], {}, [
          ...[0, 0, 0, random.int(0, 1)],
          ...[1, 1, 1, 1],
        ]),
      () =>
        this.push("Unary", [], this.shape, {
          ...{ kind: UNARY_KINDS.indexOf("sigmoid"), alpha: 0, beta: 0 },
        }),
    ];
    random.pick([moves[0], moves[1], moves[0], moves[1], ...moves])();
  }

  /** A 1×1 convolution of the latest tensor, joined with it. */
  withBranch(op: "Add" | "Concat", params: Record<string, number>): void {
    const { x, shape } = this;
    const [batch, height, width, channels] = shape;
    const out = op === "Add" ? channels : this.random.int(1, 4);
    this.push(
      "Conv2D",
      [this.weights([out, 1, 1, channels], 0), this.bias(out)],
      [batch, height, width, out],
      this.bounds(),
    );
    this.push(op, [x], [batch, height, width, op === "Add" ? channels : out + channels], params);
  }

  /** Flatten and a dense layer. */
  finish(): CoreGraph {
    const size = this.shape.reduce((a, b) => a * b, 1);
    this.push("Reshape", [], [1, size]);
    this.push("FullyConnected", [this.weights([3, size], 0), this.bias(3)], [1, 3]);
    return graphOf(this.nodes, this.tensors, [this.x]);
  }
}

/** A network of up to `most` operators on a small picture, with a flattened dense layer at its end. */
export function randomNetwork(random: Random, most: number): CoreGraph {
  const builder = new Builder(random);
  for (let i = random.int(2, most); i > 0; i--) builder.step();
  return builder.finish();
}

/**
 * DepthToSpace and SpaceToDepth.
 * @module
 */
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";

function blockOf(context: NodeContext): number {
  const size = context.number("blocksize", 0);
  return Number.isInteger(size) && size >= 1 ? size : context.fail(
    "its block size is not possible",
    `${size}`,
    "a whole number of at least 1",
  );
}

function checkDivides(context: NodeContext, dims: readonly number[], by: number): void {
  if (dims.every((dim) => dim % by === 0)) return;
  context.fail("its block does not divide its input", dims.join(" × "), `multiples of ${by}`);
}

/** [N, C·b², H, W] to [N, C, H·b, W·b]. */
export const depthToSpace: Operator = {
  names: ["DepthToSpace"],
  takesIntegers: true,
  infer(context) {
    const [n, c, h, w] = context.shapeOfRank(0, 4);
    const block = blockOf(context);
    checkDivides(context, [c], block * block);
    const { dtype } = context.input(0);
    return [{ dtype, shape: [n, c / block ** 2, h * block, w * block] }];
  },
  lower(context) {
    const [n, c, h, w] = context.shape(0);
    const block = blockOf(context);
    const depth = c / block ** 2;
    const columnsFirst = context.string("mode", "DCR") === "DCR";
    const split = columnsFirst ? [n, block, block, depth, h, w] : [n, depth, block, block, h, w];
    const list = columnsFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
    const parts = context.emit("Reshape", [context.value(0)], { shape: split });
    const moved = context.emit("Transpose", [parts], {
      shape: list.map((axis) => split[axis]),
      list,
    });
    context.finish(context.emit("Reshape", [moved], { shape: context.outputShape() }));
  },
};

/** [N, C, H·b, W·b] to [N, C·b², H, W]. */
export const spaceToDepth: Operator = {
  names: ["SpaceToDepth"],
  takesIntegers: true,
  infer(context) {
    const [n, c, h, w] = context.shapeOfRank(0, 4);
    const block = blockOf(context);
    checkDivides(context, [h, w], block);
    const { dtype } = context.input(0);
    return [{ dtype, shape: [n, c * block ** 2, h / block, w / block] }];
  },
  lower(context) {
    const [n, c, h, w] = context.shape(0);
    const block = blockOf(context);
    const split = [n, c, h / block, block, w / block, block];
    const list = [0, 3, 5, 1, 2, 4];
    const parts = context.emit("Reshape", [context.value(0)], { shape: split });
    const moved = context.emit("Transpose", [parts], {
      shape: list.map((axis) => split[axis]),
      list,
    });
    context.finish(context.emit("Reshape", [moved], { shape: context.outputShape() }));
  },
};

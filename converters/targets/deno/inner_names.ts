/**
 * Names of properties that nobody outside of a bundle's module sees. They are shortened there.
 * @module
 */

/**
 * No result, option or error of the runtime, nothing that the emitted server reads, and no coding, which
 * files name (`groups`), has one of these.
 */
export const INNER_NAMES: readonly string[] = [
  // Preparation (runtime/engine/step.ts) and Parts (runtime/hosts/open.ts)
  ...["operator", "address", "allocate", "borrow", "scratch", "kernel", "spread", "toWeights"],
  ...["toPixels", "added"],
  ...["simd", "relaxed", "steps", "unpacking", "expand", "crew"],
  // Geometry, BlockParts, Band, Packing (runtime/engine/steps/convolution_block.ts)
  ...[
    "batch",
    "outH",
    "outW",
    "kernelH",
    "kernelW",
    "strideH",
    "strideW",
    "dilationH",
    "dilationW",
  ],
  ...["padTop", "padLeft", "padBottom", "padRight", "perGroup", "products", "runs"],
  ...[
    "weights",
    "bias",
    "multiplier",
    "segments",
    "copies",
    "sums",
    "ownBytes",
    "padded",
    "gathers",
  ],
  ...["offsets", "block", "work", "skipX", "skipY", "tile"],
  // Other parameters of operators (runtime/format/operators.ts)
  ...["params", "factor", "factorA", "factorB", "countIncludePad"],
  // KnownOperator, ModelTensor, Table (runtime/format/)
  ...["ints", "floats", "rule", "encoding", "scales", "number", "numbers", "position", "tables"],
  ...["table", "texts", "planar"],
];

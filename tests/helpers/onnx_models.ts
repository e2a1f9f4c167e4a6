/** Small ONNX models that several tests use. */
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "./onnx_builder.ts";
import { Random } from "./random.ts";

/** Convolution, batch normalization, Relu, pooling, Flatten, Gemm and Softmax on x[1,2,6,6]. */
export function smallCnn(): Uint8Array<ArrayBuffer> {
  const random = new Random(7);
  const values = (count: number, low = -1) =>
    Array.from({ length: count }, () => Math.fround(low + random.next()));
  return onnxModel({
    name: "small_cnn",
    opset: 13,
    inputs: [onnxInput("x", [1, 2, 6, 6])],
    outputs: ["y"],
    initializers: [
      onnxTensor("conv_w", [4, 2, 3, 3], values(72)),
      onnxTensor("scale", [4], values(4, 0.5)),
      onnxTensor("shift", [4], values(4)),
      onnxTensor("mean", [4], values(4)),
      onnxTensor("variance", [4], values(4, 0.5)),
      onnxTensor("fc_w", [3, 36], values(108)),
      onnxTensor("fc_b", [3], values(3)),
    ],
    nodes: [
      onnxNode("Conv", ["x", "conv_w"], ["c"], { pads: [1, 1, 1, 1] }),
      onnxNode("BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["n"]),
      onnxNode("Relu", ["n"], ["r"]),
      onnxNode("MaxPool", ["r"], ["p"], { kernel_shape: [2, 2], strides: [2, 2] }),
      onnxNode("Flatten", ["p"], ["f"]),
      onnxNode("Gemm", ["f", "fc_w", "fc_b"], ["g"], { transB: 1 }),
      onnxNode("Softmax", ["g"], ["y"]),
    ],
  });
}

/** Windows, outputs of integer layers and pooling as C. */
import { type Call, cArray, cFloat, type Parts } from "./c_text.ts";

/** Dimensions of a window as `kedge_window`. */
export function windowOf(
  { prefix, x, output }: Parts,
  kernelH: number,
  kernelW: number,
  p: Record<string, number>,
): string {
  const dims = [...x.shape, ...output.shape.slice(1), kernelH, kernelW, p.strideH, p.strideW]
    .concat([p.padTop, p.padLeft, p.dilationH ?? 1, p.dilationW ?? 1, p.groups ?? 1]);
  return `static const kedge_window ${prefix}_d = {${dims.join(", ")}};\n`;
}

/** `kedge_layer` of an integer layer. */
export function layerOf({ prefix, x, output, operator }: Parts, fixed = "0"): string {
  const params: Record<string, number> = operator.params;
  const integer = output.dtype === "int8";
  const bounds = integer ? [output.zeroPoint, params.min, params.max] : [0, 0, 0];
  const floats = integer ? [0, 0] : [params.min, params.max];
  return `static const kedge_layer ${prefix}_q = {${prefix}_b, ${prefix}_m, ${x.zeroPoint}, ${
    bounds.join(", ")
  }, ${floats.map(cFloat).join(", ")}, ${fixed}};\n`;
}

/** MaxPool2D or AveragePool2D. */
export function pool(parts: Parts): Call {
  const { operator, prefix, x, output, from: [from], to } = parts;
  const p: Record<string, number> = operator.params;
  const window = windowOf(parts, p.kernelH, p.kernelW, p);
  const bounds = `${cFloat(p.min)}, ${cFloat(p.max)}`;
  if (operator.op === "MaxPool2D") {
    const kernel = x.dtype === "int8" ? "kedge_maxpool_s8" : "kedge_maxpool_f32";
    return {
      kernels: [kernel],
      constants: window,
      body: `${kernel}(${from}, ${to}, &${prefix}_d, ${
        x.dtype === "int8" ? `${p.min}, ${p.max}` : bounds
      });`,
    };
  }
  const average = `static const kedge_average ${prefix}_a = {${
    [p.padBottom, p.padRight, p.countIncludePad].join(", ")
  }};\n`;
  if (x.dtype === "float32") {
    return {
      kernels: ["kedge_average_f32"],
      constants: window + average,
      body: `kedge_average_f32(${from}, ${to}, &${prefix}_d, &${prefix}_a, ${bounds});`,
    };
  }
  const kernel = output.dtype === "int8" ? "kedge_average_s8" : "kedge_average_s8_f32";
  const factors = Float32Array.from(
    { length: p.kernelH * p.kernelW + 1 },
    (_, n) => n ? Math.fround(p.factor / n) : 0,
  );
  return {
    kernels: [kernel],
    constants: window + average + `#define ${prefix}_b 0\n` +
      cArray(`${prefix}_m`, "float", factors) + layerOf(parts),
    body: `${kernel}(${from}, &${prefix}_q, ${to}, &${prefix}_d, &${prefix}_a);`,
  };
}

/**
 * Writes `model.c`: kernels, weights and the program in one file.
 * @module
 */
import { kernelSource } from "../kernel_source.ts";
import type { Program } from "../program.ts";
import { floatLiteral } from "./constants.ts";
import { outputScale } from "./output_scale.ts";
import { makeSelfTest } from "./self_test.ts";
import { callText, invokeText } from "./write_invoke.ts";
import { commentText, takesIntegers } from "./write_header.ts";

/** The text of `model.c`. */
export async function writeModel(program: Program): Promise<string> {
  const ports = portFunctions(program);
  const test = selfTest(program);
  const used = new Set([...usedSections(program), ...ports.sections, "kedge_hash32"]);
  return `${title(program)}
#include "model.h"
#include <string.h>

${PREAMBLE}
/* ==== Kernels ==== */

${await kernelSource([...used])}
/* ==== Weights and parameters ==== */

${program.constants.text}
/* ==== Memory ==== */

static union {
  int8_t bytes[KEDGE_ARENA_BYTES];
  float words[KEDGE_ARENA_BYTES / 4];
} kedge_arena KEDGE_ALIGNED;
typedef char kedge_arena_is_whole[KEDGE_ARENA_BYTES == ${program.arena.bytes} &&
                                  sizeof(kedge_arena) == KEDGE_ARENA_BYTES ? 1 : -1];
#define AT(offset) (kedge_arena.bytes + (offset))
#define FLOAT_AT(offset) ((float *)(void *)AT(offset))

static kedge_layer_hook kedge_hook;
void kedge_on_layer(kedge_layer_hook hook) { kedge_hook = hook; }
#define DONE(layer, output, size) \\
  do { \\
    if (kedge_hook) kedge_hook(layer, output, size); \\
  } while (0)

/* ==== The model ==== */

${ports.text}
${invokeText(program)}
${ports.runs}
${test}`;
}

const PREAMBLE =
  `/* Multiply and add are rounded one by one, so that every target computes the same bits. */
#if defined(__FAST_MATH__)
#error "compile model.c without -ffast-math"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__) && defined(__FP_FAST_FMAF)
#pragma GCC optimize("-ffp-contract=off")
#endif
#if defined(__GNUC__)
#define KEDGE_ALIGNED __attribute__((aligned(16)))
#else
#define KEDGE_ALIGNED
#endif
`;

function title({ model, arena, steps, constants }: Program): string {
  const { name, kedge } = model.provenance;
  const bands = arena.bands
    ? `\n * The first ${arena.bands.chain.length} layers run in bands of ${arena.bands.height} rows.`
    : "";
  return `/* ${
    commentText(name)
  }, made for microcontrollers by kedge ${kedge}. Generated: do not edit.
 *
 * From top to bottom: the kernels that this model uses, its weights, its memory, the model.
 * ${steps.length} calls, ${constants.bytes} bytes of constants, ${arena.bytes} bytes of arena.${bands}
 * Compile it as C99 with -O2; nothing but memcpy and memset is needed beside it. */`;
}

function usedSections({ steps }: Program): string[] {
  return steps.flatMap(({ calls }) =>
    calls.flatMap(({ kernel, sections }) => [kernel, ...sections ?? []])
  );
}

/** The functions that hand inputs and outputs over, and the sections they use. */
function portFunctions(program: Program): { text: string; runs: string; sections: string[] } {
  const { model, inputs, outputs } = program;
  const table = (name: string, values: readonly number[]) =>
    `static const uint32_t ${name}[${values.length}] = {${values.join(", ")}};\n`;
  const text = table("kedge_input_places", inputs.map(({ offset }) => offset)) +
    table("kedge_input_sizes", inputs.map(({ bytes }) => bytes)) +
    table("kedge_output_places", outputs.map(({ offset }) => offset)) +
    table("kedge_output_sizes", outputs.map(({ bytes }) => bytes)) + `
void *kedge_input(int index) { return AT(kedge_input_places[index]); }
const void *kedge_output(int index) { return AT(kedge_output_places[index]); }
uint32_t kedge_input_bytes(int index) { return kedge_input_sizes[index]; }
uint32_t kedge_output_bytes(int index) { return kedge_output_sizes[index]; }
`;
  const sections = new Set<string>();
  const use = (kernel: string, ...parts: (string | number)[]) => {
    sections.add(kernel);
    return `  ${callText(kernel, parts)}`;
  };
  const copy = (to: string, from: string, bytes: number) => `  memcpy(${to}, ${from}, ${bytes});\n`;
  const plus = (name: string, at: number) => at ? `${name} + ${at}` : name;
  let at = 0;
  const eachOf = (ports: Program["inputs"], write: (i: number, at: number) => string) => {
    at = 0;
    return ports.map(({ tensor }, i) => {
      const lines = write(i, at);
      at += model.tensors[tensor].size;
      return lines;
    }).join("");
  };
  const place = ({ offset, tensor }: Program["inputs"][number]) =>
    model.tensors[tensor].dtype === "int8" ? `AT(${offset})` : `FLOAT_AT(${offset})`;
  const integersOut = eachOf(outputs, (i, at) => {
    const { tensor, bytes } = outputs[i];
    const { scale, zeroPoint } = outputScale(model, i);
    if (model.tensors[tensor].dtype === "int8") {
      return copy(plus("out", at), place(outputs[i]), bytes);
    }
    const factor = floatLiteral(Math.fround(1 / scale));
    const rule = [factor, zeroPoint, -128, 127];
    return use(
      "kedge_quantize",
      place(outputs[i]),
      plus("out", at),
      model.tensors[tensor].size,
      ...rule,
    );
  });
  const integersIn = eachOf(
    inputs,
    (i, at) => copy(place(inputs[i]), plus("in", at), inputs[i].bytes),
  );
  const run = takesIntegers(program)
    ? `void kedge_run(const int8_t *in, int8_t *out) {
${integersIn}  kedge_invoke();
${integersOut}}

`
    : "";
  if (!run) sections.clear();
  const floatsIn = eachOf(inputs, (i, at) => {
    const { tensor, bytes } = inputs[i];
    const { dtype, size } = model.tensors[tensor];
    if (dtype !== "int8") return copy(place(inputs[i]), plus("in", at), bytes);
    const rule = quantizeRule(program, tensor);
    return use("kedge_quantize", plus("in", at), place(inputs[i]), size, ...rule);
  });
  const floatsOut = eachOf(outputs, (i, at) => {
    const { tensor, bytes } = outputs[i];
    const { dtype, size, scale, zeroPoint } = model.tensors[tensor];
    if (dtype !== "int8") return copy(plus("out", at), place(outputs[i]), bytes);
    const rule = [floatLiteral(scale), zeroPoint];
    return use("kedge_dequantize", place(outputs[i]), plus("out", at), size, ...rule);
  });
  const runs = `${run}void kedge_run_float(const float *in, float *out) {
${floatsIn}  kedge_invoke();
${floatsOut}}
`;
  return { text, runs, sections: [...sections] };
}

/** Arguments of kedge_quantize for an int8 input: those of the model's own Quantize where it has one. */
function quantizeRule({ model }: Program, tensor: number): (string | number)[] {
  const { scale, zeroPoint } = model.tensors[tensor];
  const made = model.operators.find(({ op, output }) => op === "Quantize" && output === tensor);
  const { factor, min, max } = made
    ? made.params as Readonly<Record<string, number>>
    : { factor: Math.fround(1 / scale), min: -128, max: 127 };
  return [floatLiteral(factor), zeroPoint, min, max];
}

/** The self-test: inputs of a generator, hashes of the layers. */
function selfTest(program: Program): string {
  const { every, hashes } = makeSelfTest(program);
  const words = [...hashes].map((hash) => `0x${hash.toString(16).padStart(8, "0")}u`);
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += 8) lines.push(`  ${words.slice(i, i + 8).join(", ")},\n`);
  const float = !takesIntegers(program);
  const fill = float
    ? `    float *to = (float *)kedge_input(i);
    for (uint32_t n = kedge_input_bytes(i) / 4; n; n--) {
      state = state * 1664525u + 1013904223u;
      *to++ = (float)(int8_t)(state >> 24) / 32.0f;
    }
`
    : `    uint8_t *to = (uint8_t *)kedge_input(i);
    for (uint32_t n = kedge_input_bytes(i); n; n--) {
      state = state * 1664525u + 1013904223u;
      *to++ = (uint8_t)(state >> 24);
    }
`;
  const compared = every === 1 ? "" : `layer % ${every} == 0 && `;
  const index = every === 1 ? "layer" : `layer / ${every}`;
  return `/* ==== Self-test: hashes of the layers on inputs of a generator, by the reference ==== */

static const uint32_t kedge_expected[${Math.max(hashes.length, 1)}] = {
${lines.join("") || "  0,\n"}};
static int kedge_differs;

static void kedge_compare(int layer, const void *output, uint32_t bytes) {
  if (!kedge_differs && ${compared}kedge_hash32(output, bytes) != kedge_expected[${index}]) {
    kedge_differs = layer + 1;
  }
}

int kedge_self_test(void) {
  const kedge_layer_hook before = kedge_hook;
  uint32_t state = 1;
  for (int i = 0; i < KEDGE_INPUTS; i++) {
${fill}  }
  kedge_differs = 0;
  kedge_hook = kedge_compare;
  kedge_invoke();
  kedge_hook = before;
  return kedge_differs;
}
`;
}

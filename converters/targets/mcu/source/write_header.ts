/**
 * Writes `model.h`: what the emitted C offers.
 * @module
 */
import { quantizedPixels } from "../../../../runtime/engine/pixels.ts";
import { quantizedInput } from "../../../../runtime/engine/self_check.ts";
import type { Model } from "../../../../runtime/format/model.ts";
import type { Program } from "../program.ts";
import { floatLiteral } from "./constants.ts";
import { outputScale } from "./output_scale.ts";

/** Numbers of a packed model that stand in the header. */
export interface HeaderFacts {
  /** SHA-256 of the .kedge file, lower-case hex. */
  readonly sha256: string;
}

/** Whether every input is int8, so that `kedge_run` is offered. */
export function takesIntegers({ model, inputs }: Program): boolean {
  return inputs.every(({ tensor }) => model.tensors[tensor].dtype === "int8");
}

/** The text of `model.h`. */
export function writeHeader(program: Program, { sha256 }: HeaderFacts): string {
  const { model, arena, inputs, outputs, layers } = program;
  const { name, kedge, sha256: original } = model.provenance;
  const sizes = (ports: Program["inputs"]) =>
    ports.reduce((sum, { tensor }) => sum + model.tensors[tensor].size, 0);
  const integer = takesIntegers(program);
  const run = `/* Runs the model: KEDGE_INPUT_SIZE quantized values in, KEDGE_OUTPUT_SIZE out.
 * real = SCALE * (q - ZERO_POINT), with the numbers above. */
void kedge_run(const int8_t *in, int8_t *out);
`;
  return `/* ${
    commentText(name)
  }, made for microcontrollers by kedge ${kedge}. Generated: do not edit. */
#ifndef KEDGE_MODEL_H
#define KEDGE_MODEL_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define KEDGE_VERSION "${kedge}"
#define KEDGE_MODEL_NAME ${JSON.stringify(commentText(name))}
/* SHA-256 of the .kedge file, and of the original model. */
#define KEDGE_MODEL_SHA256 "${sha256}"
#define KEDGE_ORIGINAL_SHA256 "${original}"

/* Bytes of RAM for all activations, inputs and outputs among them. */
#define KEDGE_ARENA_BYTES ${arena.bytes}
/* How many layers a hook sees. */
#define KEDGE_LAYERS ${layers.length}
#define KEDGE_INPUTS ${inputs.length}
#define KEDGE_OUTPUTS ${outputs.length}
/* Values of all inputs and of all outputs. */
#define KEDGE_INPUT_SIZE ${sizes(inputs)}
#define KEDGE_OUTPUT_SIZE ${sizes(outputs)}
${inputFacts(program)}${outputFacts(program)}
${
    integer
      ? run
      : ""
  }/* The same with real values: quantizes what has to be, and gives outputs as the model has them. */
void kedge_run_float(const float *in, float *out);

/* Without copies: fill the places of the inputs, invoke, read the places of the outputs. They lie in
 * the arena: inputs are gone after kedge_invoke, outputs after the next one. */
void *kedge_input(int index);
const void *kedge_output(int index);
uint32_t kedge_input_bytes(int index);
uint32_t kedge_output_bytes(int index);
void kedge_invoke(void);

/* Runs the model on inputs of its own and compares the layers with the reference.
 * Gives 0 when all agree, else the number of the first layer that differs, from 1. */
int kedge_self_test(void);

/* Called after each layer with its number, from 0, and its output; 0 for none. */
typedef void (*kedge_layer_hook)(int layer, const void *output, uint32_t bytes);
void kedge_on_layer(kedge_layer_hook hook);

#ifdef __cplusplus
}
#endif
#endif
`;
}

function inputFacts({ model, inputs }: Program): string {
  return inputs.map(({ tensor }, i) => {
    const { name, shape, dtype } = model.tensors[model.inputs[i]];
    const quantized = quantizedInput(model, model.inputs[i]);
    const about = `/* Input ${i}: ${commentText(name)} [${shape}], ${
      quantized ? "int8" : dtype
    } */\n#define KEDGE_INPUT${i}_SIZE ${model.tensors[tensor].size}\n`;
    if (!quantized) return about;
    return `${about}#define KEDGE_INPUT${i}_SCALE ${floatLiteral(quantized.scale)}
#define KEDGE_INPUT${i}_ZERO_POINT (${quantized.zeroPoint})
${i === 0 ? pixelFacts(model) : ""}`;
  }).join("");
}

/** How pixels become the first input where that takes no table: preprocessing stands in its scale. */
function pixelFacts(model: Model): string {
  const tables = quantizedPixels(model);
  if (!tables?.every((table) => table.every((q, value) => q === value - 128))) return "";
  const { color, layout } = model.preprocess!;
  return `/* A value of an 8-bit picture (${color}, ${layout}) as this input. */
#define KEDGE_INPUT0_PIXEL(value) ((int8_t)((value) - 128))
`;
}

function outputFacts({ model, outputs }: Program): string {
  return outputs.map(({ tensor }, i) => {
    const { name, shape, dtype, size } = model.tensors[tensor];
    const { scale, zeroPoint } = outputScale(model, i);
    const made = dtype === "int8" ? "int8" : "float32, and as int8 with this scale";
    return `/* Output ${i}: ${commentText(name)} [${shape}], ${made} */
#define KEDGE_OUTPUT${i}_SIZE ${size}
#define KEDGE_OUTPUT${i}_SCALE ${floatLiteral(scale)}
#define KEDGE_OUTPUT${i}_ZERO_POINT (${zeroPoint})
`;
  }).join("");
}

/** A name as it may stand in a comment or string of C: printable ASCII, and no end of comment. */
export function commentText(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?").replace(/\*\/|\/\*|\?\?|\\/g, "__").slice(0, 120);
}

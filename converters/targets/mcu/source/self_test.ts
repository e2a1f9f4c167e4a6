/**
 * The self-test that an emitted model carries: inputs made by a generator, so that none are stored,
 * and the hash that each layer's output must have.
 * @module
 */
import { goldenInputs } from "../../../../runtime/engine/self_check.ts";
import { hash32, runReference } from "../../../../runtime/reference/mod.ts";
import type { Program } from "../program.ts";

/** Most hashes that are stored: 240 × 4 bytes stay below a kilobyte. */
const MOST_HASHES = 240;

/** What the self-test compares. */
export interface SelfTest {
  /** Only layers whose number is a multiple of this are compared. */
  readonly every: number;
  /** Expected hashes of those layers. */
  readonly hashes: Uint32Array;
}

/** The bytes of all inputs, one after the other: as `kedge_self_test` in the emitted C makes them. */
export function generatedInputs(program: Program): Uint8Array[] {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return program.inputs.map(({ tensor, bytes }) => {
    const { dtype, size } = program.model.tensors[tensor];
    if (dtype === "int8") return Uint8Array.from({ length: bytes }, next);
    const values = Float32Array.from({ length: size }, () => (next() << 24 >> 24) / 32);
    return new Uint8Array(values.buffer);
  });
}

/** Runs the reference on the generated inputs. */
export function makeSelfTest(program: Program): SelfTest {
  const { model, layers } = program;
  const inputs = generatedInputs(program);
  const hashes = new Uint32Array(model.operators.length);
  const feed = goldenInputs(model, { inputs, outputs: [], hashes });
  runReference(model, feed, (index, bytes) => hashes[index] = hash32(bytes));
  const every = Math.max(1, Math.ceil(layers.length / MOST_HASHES));
  return {
    every,
    hashes: Uint32Array.from(layers.filter((_, i) => i % every === 0), (i) => hashes[i]),
  };
}

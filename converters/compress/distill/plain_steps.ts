/**
 * Add, Mul, relu, clip and moves forwards and backwards.
 * @module
 */
import { UNARY_KINDS } from "../../../runtime/format/operators.ts";
import { clampBackward, clampForward, type Node, type Step, type StepInput } from "./step.ts";

/** Whether an operand is as the output is, or repeats along its leading axes. */
export function repeats({ shape, values }: Node, output: Node): boolean {
  const tail = output.shape.slice(output.shape.length - shape.length);
  const from = shape.findIndex((dim) => dim !== 1);
  const whole = from < 0 || shape.slice(from).every((dim, i) => dim === tail[from + i]);
  return whole && output.values.length % values.length === 0;
}

/** αa + βb. */
export function addStep(input: StepInput): Step {
  const { node: { params }, inputs: [a, b], output } = input;
  const { factorA, factorB } = params;
  return {
    forward() {
      const [lengthA, lengthB] = [a.values.length, b.values.length];
      for (let i = 0; i < output.values.length; i++) {
        output.values[i] = factorA * a.values[i % lengthA] + factorB * b.values[i % lengthB];
      }
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      for (const [{ gradient }, factor] of [[a, factorA], [b, factorB]] as const) {
        if (!gradient) continue;
        for (let i = 0; i < output.gradient.length; i++) {
          gradient[i % gradient.length] += factor * output.gradient[i];
        }
      }
    },
  };
}

/** a·b. */
export function mulStep(input: StepInput): Step {
  const { inputs: [a, b], output } = input;
  return {
    forward() {
      const [lengthA, lengthB] = [a.values.length, b.values.length];
      for (let i = 0; i < output.values.length; i++) {
        output.values[i] = a.values[i % lengthA] * b.values[i % lengthB];
      }
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      for (const [{ gradient }, { values }] of [[a, b], [b, a]] as const) {
        if (!gradient) continue;
        for (let i = 0; i < output.gradient.length; i++) {
          gradient[i % gradient.length] += output.gradient[i] * values[i % values.length];
        }
      }
    },
  };
}

/** relu and clip as bounds; null for other functions. */
export function clipStep(input: StepInput): Step | null {
  const { node, inputs: [x], output } = input;
  const { kind, alpha, beta } = node.params;
  const name = UNARY_KINDS[kind];
  if (name !== "relu" && name !== "clip") return null;
  const bounds = name === "relu" ? { min: 0, max: Infinity } : { min: alpha, max: beta };
  const bounded = { ...input, node: { ...node, params: bounds } };
  return {
    forward() {
      output.values.set(x.values);
      clampForward(bounded);
    },
    backward() {
      clampBackward(bounded);
      output.gradient.forEach((g, i) => x.gradient && (x.gradient[i] += g));
    },
  };
}

/**
 * Operators that only move values.
 * @param sources for each element of the output its input and place there; input −1 is a constant
 *   that the output's values hold already.
 */
export function moveStep(
  { inputs, output }: StepInput,
  sources: { input: Int32Array; place: Int32Array },
): Step {
  const { input, place } = sources;
  return {
    forward() {
      for (let i = 0; i < input.length; i++) {
        if (input[i] >= 0) output.values[i] = inputs[input[i]].values[place[i]];
      }
    },
    backward() {
      for (let i = 0; i < input.length; i++) {
        const gradient = input[i] < 0 ? null : inputs[input[i]].gradient;
        if (gradient) gradient[place[i]] += output.gradient[i];
      }
    },
  };
}

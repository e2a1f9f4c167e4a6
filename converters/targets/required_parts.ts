/**
 * Which parts of the runtime a model needs.
 * @module
 */
import { createEngine } from "../../runtime/engine/engine.ts";
import type { Step } from "../../runtime/engine/step.ts";
import { isElementwise } from "../../runtime/engine/steps/elementwise.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import type { Model, ModelOperator } from "../../runtime/format/model.ts";
import type { OperatorName } from "../../runtime/format/operators.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { gainsByRelaxed, usesDotProducts } from "./compile_kernels.ts";
import { copiesForFirstRun, type Work } from "./first_run.ts";
import { macsOf } from "./macs.ts";

/** Names of the parts of the runtime that a model needs. */
export interface RequiredParts {
  /** Steps by operator: of each the smallest that serves all of its uses. */
  steps: ReadonlyMap<OperatorName, keyof typeof steps>;
  /** Kernels that these ask for where there is no relaxed SIMD. */
  plain: readonly string[];
  /** And with it; null where nothing gains by it, so that one module serves all. */
  relaxed: readonly string[] | null;
  /** And for its dot products of bytes; null where there are none. */
  dot: readonly string[] | null;
  /** Copies of the kernels for the first run, where the platform has most. */
  copies: number;
}

/** What a platform has. */
interface Platform {
  relaxed: boolean;
  dot: number | null;
}

const PLAIN: Platform = { relaxed: false, dot: null };
const RELAXED_SIMD: Platform = { relaxed: true, dot: null };
/** The layout is the same for those that take bytes for signed. */
const DOT: Platform = { relaxed: true, dot: 128 };
const PLATFORMS = [PLAIN, RELAXED_SIMD, DOT];

/** Finds out by laying the model out. */
export function requiredParts(model: Model): RequiredParts {
  const [plain, relaxed, dot] = PLATFORMS.map((platform) => layOut(model, platform, (op) => op));
  const gains = gainsByRelaxed(namesOf(relaxed));
  const dots = usesDotProducts(namesOf(dot));
  const shipped = [plain, ...(gains ? [relaxed] : []), ...(dots ? [dot] : [])];
  const names = new Map(model.operators.map(({ op }) => {
    const operators = model.operators.filter((other) => other.op === op);
    const kernels = new Set(shipped.flatMap((asked) => [...asked.get(op)!]));
    const uses = { operators, model, relaxed: gains, kernels };
    return [op, LESSER[op]?.find(({ serves }) => serves(uses))?.step ?? op];
  }));
  const copies: number[] = [];
  const kernels = (platform: Platform) => {
    const layers = new Map<string, Work[]>();
    const asked = layOut(model, platform, (op) => names.get(op)!, (kernel, operator) => {
      layers.set(kernel, [...layers.get(kernel) ?? [], workOf(kernel, model, operator)]);
    });
    copies.push(copiesForFirstRun(layers));
    return namesOf(asked);
  };
  return {
    steps: names,
    dot: dots ? kernels(DOT) : null,
    relaxed: gains ? kernels(RELAXED_SIMD) : null,
    plain: kernels(PLAIN),
    copies: copies[0],
  };
}

/** What a kernel does for an operator; for one that lays weights out, these are what it multiplies. */
function workOf(kernel: string, model: Model, operator: ModelOperator): Work {
  const { inputs: [, w], output } = operator;
  return kernel.startsWith("pack_")
    ? { macs: model.tensors[w].size, values: 0 }
    : { macs: macsOf(model, operator), values: model.tensors[output].size };
}

function namesOf(asked: ReadonlyMap<OperatorName, ReadonlySet<string>>): string[] {
  return [...new Set([...asked.values()].flatMap((names) => [...names]))];
}

/**
 * Lays a model out and looks which kernels are asked for, by operator.
 * @param see is told of what runs on a kernel.
 */
function layOut(
  model: Model,
  { relaxed, dot }: Platform,
  nameOf: (op: OperatorName) => keyof typeof steps,
  see: (kernel: string, operator: ModelOperator) => void = () => {},
): Map<OperatorName, Set<string>> {
  const kernelsOf = new Map<OperatorName, Set<string>>();
  const recorded = (op: OperatorName, asked: Set<string>): Step => (preparation) =>
    steps[nameOf(op)]({
      ...preparation,
      kernel: (name) => (asked.add(name), preparation.kernel(name)),
      spread(name, blocks) {
        asked.add(name);
        see(name, preparation.operator);
        return preparation.spread(name, blocks);
      },
    });
  const recording = { ...steps } as Record<OperatorName, Step>;
  for (const { op } of model.operators) {
    if (kernelsOf.has(op)) continue;
    kernelsOf.set(op, new Set());
    recording[op] = recorded(op, kernelsOf.get(op)!);
  }
  createEngine(model, {
    steps: recording,
    kernels: new WebAssembly.Module(Uint8Array.fromBase64(relaxed ? RELAXED : SIMD)),
    ...{ relaxed, dot },
  });
  return kernelsOf;
}

/** All uses of an operator in a model. */
interface Uses {
  operators: readonly ModelOperator[];
  model: Model;
  /** Whether kernels with relaxed SIMD are shipped. */
  relaxed: boolean;
  /** Kernels that they ask for. */
  kernels: ReadonlySet<string>;
}

/** A step for less than all that an operator can be, and for which uses it will do. */
interface Lesser {
  step: keyof typeof steps;
  serves(uses: Uses): boolean;
}

const isDense = ({ kernels }: Uses) => !kernels.has("conv2d_sparse_int8");

/** Lesser steps, the smallest first. */
const LESSER: Partial<Record<OperatorName, readonly Lesser[]>> = {
  Add: [{
    step: "ElementwiseAdd",
    serves: ({ operators, model: { tensors } }) =>
      operators.every(({ inputs: [a, b], output }) =>
        isElementwise(tensors[a], tensors[b], tensors[output])
      ),
  }],
  Conv2D: [
    { step: "PlainConv2D", serves: (uses) => isDense(uses) && !uses.relaxed },
    { step: "DenseConv2D", serves: isDense },
  ],
  FullyConnected: [
    { step: "PlainFullyConnected", serves: (uses) => isDense(uses) && !uses.relaxed },
    { step: "DenseFullyConnected", serves: isDense },
  ],
  Softmax: [{
    step: "PlainSoftmax",
    serves: ({ operators }) =>
      operators.every(({ params }) => !(params as ModelOperator<"Softmax">["params"]).log),
  }],
};

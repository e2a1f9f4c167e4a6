/**
 * Static shape inference with constant folding, and the check that the runtime can take a graph.
 * @module
 */
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";
import { MAX_RANK } from "../../runtime/format/operators.ts";
import {
  type DType,
  sizeOf,
  type SourceGraph,
  type SourceNode,
  type Tensor,
  type TensorData,
} from "../graph/graph.ts";
import { takenBranch } from "./branch.ts";
import { NodeContext, Refusal, text } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { prune } from "./prune.ts";
import { findOperator } from "./registry.ts";
import { fromNumbers, isFloat } from "./values.ts";

/** No tensor may have more elements than this: more is a damaged model. */
const MOST_ELEMENTS = 2 ** 29;

/**
 * Works out the shape of every tensor, and replaces nodes whose inputs are all constant (or that ask
 * only for shapes) by constants. Nodes that no output needs are dropped.
 * @throws KedgeError `model/shape` for the first node whose inputs do not fit, `model/unsupported`
 * that lists in `details` every node that the runtime cannot take.
 */
export function inferShapes(graph: SourceGraph): SourceGraph {
  const { graph: inferred, problems } = analyze(graph);
  throwProblems(graph, problems);
  return inferred;
}

/**
 * Checks that the runtime can take every node of the graph.
 * @throws KedgeError `model/unsupported` that lists in `details` every node that it cannot take;
 * `model/shape` as `inferShapes`.
 */
export function assertSupported(graph: SourceGraph): void {
  throwProblems(graph, analyze(graph).problems);
}

function throwProblems(graph: SourceGraph, problems: ErrorData[]): void {
  if (problems.length === 0) return;
  const ops = new Set(
    problems.map(({ where, got }) => where?.op ?? got),
  );
  const nodes = problems.every(({ where }) => where?.op) ? "node" : "part";
  throw new KedgeError({
    code: "model/unsupported",
    message: `Converting the model "${graph.name}": ${problems.length} ${nodes}${
      problems.length > 1 ? "s" : ""
    } cannot run on kedge's runtime (${[...ops].join(", ")})`,
    got: problems.map(({ got }) => got).join("; "),
    wanted: "operators that kedge supports, with constant weights",
    hint: "replace these operators in the model and export it again",
    details: problems,
  });
}

function analyze(
  given: SourceGraph,
): { graph: SourceGraph; problems: ErrorData[] } {
  const graph = prune(given);
  const tensors = new Map(graph.tensors);
  const problems = inputProblems(graph);
  const uses = usedNames(graph);
  const nodes: SourceNode[] = [];
  const waiting = graph.nodes.toReversed();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const context = new NodeContext(node, graph.opset, tensors);
    const branch = isKnownIf(context) ? takenBranch(context, tensors) : null;
    if (branch) {
      branch.forEach(({ inputs }) => inputs.forEach((name) => uses.add(name)));
      waiting.push(...branch.reverse());
      continue;
    }
    const reason = inferNode(context, tensors, uses);
    if (reason === "folded") continue;
    nodes.push(node);
    if (reason !== null) problems.push(problem(node, reason.refused));
  }
  const inferred = prune({ ...graph, nodes, tensors });
  problems.push(...outputProblems(inferred));
  return { graph: inferred, problems };
}

/** Whether the node is an If whose condition is constant. */
function isKnownIf(context: NodeContext): boolean {
  return context.node.op === "If" && context.isConstant(0);
}

/**
 * Sets the types of the node's outputs. Tells whether it was folded into constants or refused; null
 * when it stays, or stands behind a refused node, so that nothing is known of it.
 */
function inferNode(
  context: NodeContext,
  tensors: Map<string, Tensor>,
  uses: ReadonlySet<string>,
): "folded" | { refused: string } | null {
  const { node } = context;
  const operator = findOperator(node);
  if (!operator) return { refused: whyUnknown(node) };
  const behindRefused = node.inputs.some((name) =>
    name !== "" && tensors.get(name)?.shape === null
  );
  if (behindRefused) return null;
  try {
    return setTypes(context, operator, tensors, uses) ? "folded" : null;
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

/** Sets the types of the node's outputs; true when it was folded into constants. */
function setTypes(
  context: NodeContext,
  operator: Operator,
  tensors: Map<string, Tensor>,
  uses: ReadonlySet<string>,
): boolean {
  const { node } = context;
  const types = operator.infer(context).map((type) => {
    checkType(context, type);
    const empty = !type.data && sizeOf(type.shape) === 0;
    return empty ? { ...type, data: fromNumbers(type.dtype, []) } : type;
  });
  node.outputs.forEach((name, i) => {
    if (i >= types.length && uses.has(name)) {
      context.refuse(`its output ${i} ("${name}") is not computed`);
    }
  });
  const values = fold(context, operator, types);
  if (!values) checkRunnable(context, operator, types);
  types.forEach((type, i) => {
    const name = node.outputs[i];
    if (name) tensors.set(name, { name, ...type, ...(values && { data: values[i] }) });
  });
  return values !== null;
}

/** Values of all outputs where they can be known, else null. */
function fold(
  context: NodeContext,
  operator: Operator,
  types: readonly TensorType[],
): TensorData[] | null {
  if (types.every(({ data }, i) => data || !context.node.outputs[i])) {
    return types.map(({ data, dtype }) => data ?? fromNumbers(dtype, []));
  }
  if (!operator.evaluate) return null;
  const constant = operator.shapesOnly ||
    context.node.inputs.every((name, i) => !name || context.isConstant(i));
  return constant ? operator.evaluate(context, types) : null;
}

/** Refuses what has no runtime operator, and tensors that the runtime cannot hold. */
function checkRunnable(
  context: NodeContext,
  operator: Operator,
  types: readonly TensorType[],
): void {
  if (!operator.lower) {
    context.refuse("it is supported only where its inputs are constant");
  }
  const inputs = context.node.inputs.flatMap((name, i) => name ? [context.input(i)] : []);
  for (const { dtype, shape, data } of [...inputs, ...types]) {
    if (data) continue;
    if (!isFloat(dtype) && !operator.takesIntegers) {
      context.refuse(`it computes ${dtype}, and the runtime float32`);
    }
    if (shape && shape.length > MAX_RANK) {
      context.refuse(`it has rank ${shape.length}, more than ${MAX_RANK}`);
    }
  }
}

function checkType(context: NodeContext, { shape }: TensorType): void {
  const sound = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (sound && sizeOf(shape) <= MOST_ELEMENTS) return;
  context.fail(
    "its output has an impossible shape",
    text(shape),
    `whole dimensions, at most ${MOST_ELEMENTS} elements`,
  );
}

function whyUnknown({ domain, op }: SourceNode): string {
  if (op === "If" && domain === "") return "its condition is computed from the model's input";
  return domain === ""
    ? "kedge does not know this operator"
    : `kedge does not know the operators of domain "${domain}"`;
}

function problem(node: SourceNode, reason: string): ErrorData {
  const domain = node.domain === "" ? "" : `${node.domain}.`;
  return {
    code: "model/unsupported",
    message: `${domain}${node.op} "${node.name}": ${reason}`,
    where: { node: node.name, op: node.op },
    got: `${domain}${node.op} "${node.name}"`,
  };
}

function inputProblems(graph: SourceGraph): ErrorData[] {
  if (graph.inputs.length === 0) {
    return [{
      code: "model/unsupported",
      message: `Model "${graph.name}": it has no inputs, so that its outputs are constant`,
      got: "no inputs",
    }];
  }
  return graph.inputs.flatMap((name) => {
    const { dtype = "string", shape } = graph.tensors.get(name) ?? {};
    if (dtype === "string") return tensorProblem("Input", name, "it has element type string");
    if (WIDE.has(dtype) && !isSmall(graph, name)) {
      return tensorProblem("Input", name, `it has element type ${dtype}, and the runtime float32`);
    }
    return shape && shape.length > MAX_RANK
      ? tensorProblem("Input", name, `it has rank ${shape.length}, more than ${MAX_RANK}`)
      : [];
  });
}

function outputProblems(graph: SourceGraph): ErrorData[] {
  return graph.outputs.flatMap((name) => {
    const { shape } = graph.tensors.get(name) ?? {};
    return shape && sizeOf(shape) === 0
      ? tensorProblem("Output", name, `it is an empty tensor of shape ${text(shape)}`)
      : [];
  });
}

function tensorProblem(what: "Input" | "Output", name: string, reason: string): ErrorData[] {
  return [{
    code: "model/unsupported",
    message: `${what} "${name}": ${reason}`,
    where: { tensor: name },
    got: `${what.toLowerCase()} "${name}"`,
  }];
}

/** Element types with values that float32 cannot hold exactly. */
const WIDE: ReadonlySet<DType> = new Set(["int32", "uint32", "int64", "uint64"]);

/**
 * Whether a tensor of wide integers is only ever cast to a floating-point type, asked for its shape,
 * or an index, perhaps after it was moved.
 */
function isSmall(graph: SourceGraph, name: string): boolean {
  return !graph.outputs.includes(name) && graph.nodes.every((node) => {
    if (!node.inputs.includes(name)) return true;
    const operator = findOperator(node);
    return operator?.shapesOnly ||
      node.op === "Cast" && [1, 10, 11].includes(Number(node.attributes.to)) ||
      node.inputs.every((input, i) => input !== name || operator?.indices?.includes(i)) ||
      (operator?.moves || node.op === "Cast") &&
        node.outputs.every((output) => isSmall(graph, output));
  });
}

/** Names of all tensors that a node or the graph's outputs take. */
function usedNames(graph: SourceGraph): Set<string> {
  return new Set([
    ...graph.nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs,
  ]);
}

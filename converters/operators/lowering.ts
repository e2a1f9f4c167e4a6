/**
 * What an operator sees of one node while it is lowered, and how it emits runtime operators.
 * @module
 */
import { OPERATORS } from "../../runtime/format/operators.ts";
import type { OperatorName, ParameterName } from "../../runtime/format/operators.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type {
  CoreGraph,
  CoreNode,
  DType,
  SourceGraph,
  SourceNode,
  TensorData,
} from "../graph/graph.ts";
import { NodeContext } from "./node_context.ts";
import { isExact, isFloat, toFloat32 } from "./values.ts";

/** What an emitted operator takes besides its inputs. */
export interface Emission<Op extends OperatorName> {
  /** Shape of the output. */
  shape: readonly number[];
  /** Parameters; those left out are 0, or neutral (DEFAULTS). */
  params?: Partial<Record<ParameterName<Op>, number>>;
  list?: readonly number[];
}

/** Neutral values of the parameters whose neutral value is not 0. */
const DEFAULTS: Readonly<Record<string, number>> = {
  factor: 1,
  factorA: 1,
  factorB: 1,
  min: -Infinity,
  max: Infinity,
  dilationH: 1,
  dilationW: 1,
  groups: 1,
};

/** Operators that only move values: a node is named after another of its operators, if it has one. */
const MOVES: ReadonlySet<OperatorName> = new Set(["Transpose", "Reshape"]);

/** The core graph while it grows. */
export class CoreBuilder {
  /** What has been lowered so far. */
  readonly graph: CoreGraph;
  readonly source: SourceGraph;
  /** Source tensors that stand under another name in the core graph. */
  readonly #aliases = new Map<string, string>();
  /** Constants that are there already, by what they were made from. */
  readonly #constants = new Map<string, string>();
  readonly #nodeNames = new Set<string>();

  /** Starts with the inputs of `source`. */
  constructor(source: SourceGraph) {
    this.source = source;
    this.graph = {
      name: source.name,
      nodes: [],
      tensors: new Map(),
      inputs: [...source.inputs],
      outputs: [...source.outputs],
    };
    for (const name of source.inputs) {
      this.addTensor(name, source.tensors.get(name)?.shape ?? []);
    }
  }

  /** Name in the core graph of a source tensor; a constant is put there at its first use. */
  value(name: string): string {
    const known = this.#aliases.get(name) ?? name;
    if (this.graph.tensors.has(known)) return known;
    const { data, shape, dtype } = this.source.tensors.get(name) ?? {};
    if (!data || !shape) throw new Error(`no tensor "${name}" to lower`);
    checkConstant(name, dtype, data);
    // A model output that is constant leaves its own name to the operator that copies it.
    const core = this.graph.outputs.includes(name) ? this.freeName(`${name}/constant`) : name;
    this.#aliases.set(name, core);
    this.graph.tensors.set(core, {
      name: core,
      dtype: "float32",
      shape: [...shape],
      data: toFloat32(data),
      ...(dtype === "float16" && { encoding: "float16" }),
    });
    return core;
  }

  /** A constant named after `name`; `key` tells apart what is made from the same tensor. */
  constant(
    name: string,
    key: string,
    shape: readonly number[],
    make: () => Float32Array,
  ): string {
    const id = `${name}\n${key}`;
    let known = this.#constants.get(id);
    if (known === undefined) {
      known = this.freeName(name);
      const half = this.source.tensors.get(name)?.dtype === "float16";
      this.graph.tensors.set(known, {
        name: known,
        dtype: "float32",
        shape: [...shape],
        data: make(),
        ...(half && { encoding: "float16" }),
      });
      this.#constants.set(id, known);
    }
    return known;
  }

  /** Makes sure that a model output is there: a constant one is copied by an operator. */
  output(name: string): void {
    const { data, shape } = this.source.tensors.get(name) ?? {};
    if (!data || !shape) return;
    const core = this.value(name);
    this.addTensor(name, shape);
    this.graph.nodes.push({
      name: this.freeNodeName(name),
      op: "Reshape",
      inputs: [core],
      output: name,
      params: {} as CoreNode["params"],
      list: [],
    });
  }

  /** Lets a source tensor stand under the name of a core tensor. */
  alias(name: string, core: string): void {
    this.#aliases.set(name, core);
  }

  /** Adds an activation. */
  addTensor(name: string, shape: readonly number[]): void {
    this.graph.tensors.set(name, { name, dtype: "float32", shape: [...shape] });
  }

  /** `name`, or it with a number behind it when another tensor has it. */
  freeName(name: string): string {
    let free = name;
    for (let n = 1; this.#taken(free); n++) free = `${name}/${n}`;
    return free;
  }

  /** A name for a node that no other node has. */
  freeNodeName(name: string): string {
    let free = name;
    for (let n = 1; this.#nodeNames.has(free); n++) free = `${name}/${n}`;
    this.#nodeNames.add(free);
    return free;
  }

  #taken(name: string): boolean {
    const source = this.source.tensors.get(name);
    // The name of a source constant is free until something uses the constant itself.
    return this.graph.tensors.has(name) ||
      (source !== undefined && source.data === undefined);
  }
}

/** One node to lower. */
export class Lowering extends NodeContext {
  readonly #builder: CoreBuilder;
  readonly #emitted: CoreNode[] = [];

  /** Emits into `builder`. */
  constructor(node: SourceNode, builder: CoreBuilder) {
    super(node, builder.source.opset, builder.source.tensors);
    this.#builder = builder;
  }

  /** Core name of input `index`. */
  value(index: number): string {
    return this.#builder.value(this.node.inputs[index]);
  }

  /** Shape of output `index`. */
  outputShape(index = 0): number[] {
    return this.#builder.source.tensors.get(this.node.outputs[index])?.shape ??
      [];
  }

  /** Shape of a core tensor. */
  shapeOf(value: string): number[] {
    return this.#builder.graph.tensors.get(value)?.shape ?? [];
  }

  /** A constant made here; it is named after the node's output. */
  newConstant(shape: readonly number[], values: ArrayLike<number>): string {
    const name = `${this.node.outputs[0]}/constant`;
    const free = this.#builder.freeName(name);
    return this.#builder.constant(
      free,
      "",
      shape,
      () => Float32Array.from(values),
    );
  }

  /** A constant made from constant input `index`; `key` names what is made of it. */
  constantFrom(
    index: number,
    key: string,
    shape: readonly number[],
    make: (data: Float32Array) => Float32Array,
  ): string {
    const data = this.data(index);
    return this.#builder.constant(
      this.node.inputs[index],
      key,
      shape,
      () => make(toFloat32(data)),
    );
  }

  /** Emits one runtime operator and gives the name of its output. */
  emit<Op extends OperatorName>(
    op: Op,
    inputs: readonly string[],
    { shape, params = {}, list = [] }: Emission<Op>,
  ): string {
    const output = this.#builder.freeName(`${this.node.outputs[0]}/${op}`);
    this.#builder.addTensor(output, shape);
    const { ints, floats } = OPERATORS[op];
    const given = params as Readonly<Record<string, number>>;
    const all = Object.fromEntries(
      [...ints, ...floats].map((
        name,
      ) => [name, given[name] ?? DEFAULTS[name] ?? 0]),
    ) as Record<ParameterName, number>;
    const node: CoreNode = {
      name: this.node.name,
      op,
      inputs: [...inputs],
      output,
      params: all,
      list: [...list],
    };
    this.#emitted.push(node);
    this.#builder.graph.nodes.push(node);
    return output;
  }

  /** Makes core tensor `value` the node's output `index`. */
  finish(value: string, index = 0): void {
    const name = this.node.outputs[index];
    const { graph } = this.#builder;
    const producer = this.#emitted.find(({ output }) => output === value);
    if (producer) {
      for (const node of this.#emitted) {
        node.inputs = node.inputs.map((input) => input === value ? name : input);
      }
      producer.output = name;
      graph.tensors.delete(value);
      this.#builder.addTensor(name, this.outputShape(index));
    } else if (graph.outputs.includes(name)) {
      // An output of the model keeps its own name, so here a copy is needed.
      const shape = this.outputShape(index);
      this.finish(this.emit("Reshape", [value], { shape }), index);
    } else {
      this.#builder.alias(name, value);
    }
  }

  /** Names the emitted nodes, once all are there. */
  nameNodes(): void {
    const main = this.#emitted.find(({ op }) => !MOVES.has(op)) ??
      this.#emitted.at(-1);
    for (const node of this.#emitted) {
      node.name = this.#builder.freeNodeName(
        node === main ? this.node.name : `${this.node.name}/${node.op}`,
      );
    }
  }
}

/** Refuses a constant operand that the runtime cannot hold as it is. */
function checkConstant(name: string, dtype: DType | undefined, data: TensorData): void {
  const reason = data.length === 0
    ? "it is empty"
    : isFloat(dtype ?? "float32") || isExact(data)
    ? null
    : `it holds ${dtype} values that float32 cannot`;
  if (reason === null) return;
  throw new KedgeError({
    code: "model/unsupported",
    message: `Lowering the constant "${name}": ${reason}`,
    where: { tensor: name },
    got: `${data.length} values of ${dtype}`,
    wanted: "values that float32 holds exactly",
    hint: "replace what uses it in the model and export it again",
  });
}

/**
 * A packed model as a C program: its kernel calls, constants and memory.
 * @module
 */
import type { Model } from "../../../runtime/format/model.ts";
import { type GraphView, viewGraph } from "./arena/graph_view.ts";
import { type ArenaPlan, planArena, type PlanOptions } from "./arena/plan_arena.ts";
import { mostBytes, packedBlocks } from "./arena/packed_blocks.ts";
import { bytesOf } from "./arena/rows.ts";
import { blockOf, type Task } from "./arena/tasks.ts";
import { type Call, type CallEmitter, EMITTERS } from "./calls/mod.ts";
import { Constants } from "./source/constants.ts";

/** A place in the arena that the caller fills or reads. */
export interface Port {
  /** Place in `model.tensors`. */
  readonly tensor: number;
  readonly offset: number;
  readonly bytes: number;
}

/** The calls of one task, with what they were made from. */
export interface Step {
  readonly task: Task;
  readonly calls: readonly Call[];
  /** Number of the layer that is whole after this step, or null. */
  readonly layer: number | null;
  readonly outputOffset: number;
}

/** A model ready to be written as C. */
export interface Program {
  readonly model: Model;
  readonly view: GraphView;
  readonly arena: ArenaPlan;
  readonly steps: readonly Step[];
  readonly constants: Constants;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Place in `model.operators` of every layer: the operators whose output is seen whole. */
  readonly layers: readonly number[];
}

const emitterOf = ({ layer }: Task) => EMITTERS[layer.operator.op] as CallEmitter;

/**
 * Plans the memory; weights that are narrow stay packed where unpacking them, some channels at a time
 * or all of a layer, needs hardly a larger arena.
 */
function planMemory(
  view: GraphView,
  options?: PlanOptions,
): { view: GraphView; arena: ArenaPlan } {
  const plan = (view: GraphView) =>
    planArena(view, (task) => emitterOf(task).scratch(task.layer), options);
  const arena = plan(view);
  let tried = "";
  for (const blocks of packedBlocks(arena)) {
    if (!blocks.size || tried === String([...blocks])) continue;
    tried = String([...blocks]);
    const packed = { ...view, blocks };
    const tighter = plan(packed);
    if (tighter.bytes <= mostBytes(arena)) return { view: packed, arena: tighter };
  }
  return { view, arena };
}

/** Plans the memory and makes the calls. */
export function makeProgram(model: Model, options?: PlanOptions): Program {
  const { view, arena } = planMemory(viewGraph(model), options);
  const constants = new Constants();
  const layers: number[] = [];
  const at = (block: string) => arena.offsets.get(block) ?? 0;
  const steps = arena.tasks.map((task, i): Step => {
    const { layer, inputs, output } = task;
    const pointer = (offset: number, dtype: string) =>
      dtype === "int8" ? `AT(${offset})` : `FLOAT_AT(${offset})`;
    const outputOffset = at(output.block) + output.shift;
    const calls = emitterOf(task).emit(layer, {
      constants,
      input: (index) => {
        const place = inputs[index]!;
        return pointer(at(place.block) + place.shift, layer.inputs[index].dtype);
      },
      output: pointer(outputOffset, layer.output.dtype),
      scratch: arena.scratch[i] < 0 ? "0" : `AT(${arena.scratch[i]})`,
    });
    if (task.completes) layers.push(task.operator);
    return { task, calls, layer: task.completes ? layers.length - 1 : null, outputOffset };
  });
  const port = (tensor: number): Port => ({
    tensor,
    offset: at(blockOf(view.sharedWith(tensor))),
    bytes: bytesOf(model.tensors[tensor]),
  });
  return {
    model,
    view,
    arena,
    steps,
    constants,
    inputs: view.inputs.map(port),
    outputs: view.outputs.map(port),
    layers,
  };
}

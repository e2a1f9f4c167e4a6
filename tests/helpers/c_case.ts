/** Operator cases made ready for C: the packed model, its inputs, the reference's answer. */
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "./backends.ts";
import type { Run } from "./c_compiler.ts";
import { packCase } from "./one_operator.ts";
import * as cases from "./operator_cases.ts";
import { Random } from "./random.ts";

/** A case with what it has to give. */
export interface PreparedCase {
  readonly run: Run;
  readonly wanted: Uint8Array;
  readonly message: string;
}

/** A case maker's cases with weights of few values: they stay packed where there are enough. */
export const fewValues = (make: cases.CaseMaker): cases.CaseMaker => (random) => {
  const tested = make(random);
  const [, weights] = tested.inputs;
  const lists = random.pick([[[-1, 1]], [[-3, 0, 3]], [[-8, -5, -1, 0, 2, 7]], [
    [-128, 127, 5, 6, 9],
    [1, 2, 3, 4, 5],
    [-7, 12],
  ]]);
  const perChannel = weights.data!.length / weights.shape![0];
  weights.data = Int8Array.from({ length: weights.data!.length }, (_, i) => {
    return random.pick(lists[Math.floor(i / perChannel) % lists.length]);
  });
  return tested;
};

/** Makes the case of a seed. */
export async function prepareCase(
  title: string,
  make: cases.CaseMaker,
  seed: number,
): Promise<PreparedCase> {
  const random = new Random(seed);
  const tested = make(random);
  const packed = await packCase(tested);
  const inputs = Object.fromEntries(
    tested.inputs.filter(({ data }) => !data)
      .map((tensor) => [tensor.name, cases.valuesFor(random, tensor)]),
  );
  const { y } = await REFERENCE.run(packed, inputs);
  return {
    run: { model: readModel(packed), inputs },
    wanted: new Uint8Array(y.buffer, y.byteOffset, y.byteLength),
    message: `${title}, seed ${seed}: ${tested.name}`,
  };
}

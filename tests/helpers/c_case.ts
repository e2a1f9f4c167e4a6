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

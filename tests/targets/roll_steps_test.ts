/** Steps that come again and again become a loop that does the same. */
import assert from "node:assert/strict";
import {
  type Roll,
  rollSteps,
  type StepLines,
} from "../../converters/targets/mcu/source/roll_steps.ts";
import { Random } from "../helpers/random.ts";

const step = (...lines: [string, ...string[]][]): StepLines => ({
  comment: "",
  lines: lines.map(([name, ...parts]) => ({ name, arguments: parts })),
});

/** A time step: one place and the size stay, one place moves on, another and a constant do not. */
const time = (i: number, place: number, table: number) => [
  step(["kedge_concat", `AT(0) + ${80 * i}`, "AT(96)", "1"]),
  step(["kedge_table", "AT(96)", `table${table}`, `AT(${place})`, "20"], [
    "DONE",
    String(2 * i + 1),
    `AT(${place})`,
    "20",
  ]),
];

/** An argument in an iteration, as C would have it. */
function valueOf(text: string, roll: Roll, i: number): string {
  const plain = text
    .replace(/step->(\w+)/, (_, name) => roll.fields.find((f) => f.name === name)!.values[i])
    .replace(/(\d+) \* i/, (_, times) => String(Number(times) * i))
    .replace(/\bi\b/, String(i));
  return plain.replace(/(\d+) \+ (\d+)(?=\)?$)/, (_, a, b) => String(Number(a) + Number(b)));
}

/** All lines, with loops written out, and places without sums. */
function unrolled(steps: readonly StepLines[], rolls: readonly Roll[]): string[] {
  const out: string[] = [];
  const put = ({ lines }: StepLines, value: (text: string) => string) => {
    for (const { name, arguments: parts } of lines) {
      out.push(
        [name, ...parts.map(value)].join(" ").replace(
          /AT\((\d+)\) \+ (\d+)/g,
          (_, a, b) => `AT(${Number(a) + Number(b)})`,
        ),
      );
    }
  };
  for (let at = 0; at < steps.length; at++) {
    const roll = rolls.find(({ from }) => from === at);
    if (!roll) {
      put(steps[at], (text) => text);
      continue;
    }
    for (let i = 0; i < roll.count; i++) {
      roll.steps.forEach((each) => put(each, (text) => valueOf(text, roll, i)));
    }
    at += roll.period * roll.count - 1;
  }
  return out;
}

Deno.test("time steps become one loop with what differs in a table", () => {
  const places = Array.from({ length: 30 }, (_, i) => i % 3 * 32 + 128);
  const steps = [
    step(["kedge_first", "AT(0)"]),
    ...places.flatMap((place, i) => time(i, place, i)),
    step(["kedge_last", "FLOAT_AT(4)"]),
  ];
  const rolls = rollSteps(steps);
  assert.equal(rolls.length, 1);
  const [{ from, period, count, fields, steps: [first, second] }] = rolls;
  assert.deepEqual([from, period, count], [1, 2, 30]);
  assert.deepEqual(first.lines[0].arguments, ["AT(80 * i)", "AT(96)", "1"]);
  assert.deepEqual(second.lines[0].arguments, ["AT(96)", "step->p0", "AT(step->n1)", "20"]);
  assert.deepEqual(second.lines[1].arguments, ["1 + 2 * i", "AT(step->n1)", "20"]);
  assert.deepEqual(fields.map(({ type }) => type), ["const void *", "uint16_t"]);
  assert.deepEqual(unrolled(steps, rolls), unrolled(steps, []));
});

Deno.test("few steps, and others in between, stay as they are", () => {
  assert.deepEqual(rollSteps([0, 1, 2].flatMap((i) => time(i, 128, 0))), []);
  const mixed = Array.from({ length: 40 }, (_, i) => step([`kedge_${i * i % 41}`, "AT(0)"]));
  assert.deepEqual(rollSteps(mixed), []);
});

Deno.test("loops do what the steps do, whatever they are", () => {
  const random = new Random(3);
  for (let round = 0; round < 50; round++) {
    const steps: StepLines[] = [];
    for (let part = 0; part < 3; part++) {
      const sizes = Array.from({ length: random.int(1, 4) }, () => random.int(0, 2));
      for (let i = random.int(1, 40); i > 0; i--) {
        sizes.forEach((size) =>
          steps.push(step([
            `kedge_${size}`,
            `${random.pick(["", "FLOAT_"])}AT(${4 * random.int(0, 1e5)})`,
            `&rule${random.int(0, 3)}`,
            String(random.int(0, 2)),
          ]))
        );
      }
    }
    assert.deepEqual(unrolled(steps, rollSteps(steps)), unrolled(steps, []));
  }
});

/**
 * Every operator as the reader knows it; bundles hold a list of their own with fewer.
 * @module
 */
import { type OperatorName, OPERATORS } from "./operators.ts";
import type { KnownOperator } from "./read_operator.ts";
import type { Rule } from "./rules.ts";
import * as rules from "./shape_rules.ts";

const RULES: Record<OperatorName, Rule> = rules;

/** All of OPERATORS with their rules. */
export const ALL_OPERATORS: readonly KnownOperator[] = (Object.keys(OPERATORS) as OperatorName[])
  .map((op) => ({ op, ...OPERATORS[op], rule: RULES[op] }));

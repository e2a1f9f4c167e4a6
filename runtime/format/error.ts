/**
 * The one shape of an error in kedge: data that a terminal, a program and a log show alike.
 * @module
 */

/** Where an error was found. Fields that do not apply are left out. */
export interface ErrorPlace {
  /** Path or name of the file that was read or written. */
  file?: string;
  /** Name of the node (layer) in the graph. */
  node?: string;
  /** Operator type, as the source format spells it. */
  op?: string;
  /** Name of the tensor or of the field in a file. */
  tensor?: string;
}

/** What went wrong, as data. `message` follows "what was being done: what stood in the way". */
export interface ErrorData {
  /** `area/kind`, for example `model/truncated`; the area decides the exit code. */
  code: `${ErrorArea}/${string}`;
  /** What was being done and what stood in the way, one sentence, values quoted. */
  message: string;
  /** Where it was found. */
  where?: ErrorPlace;
  /** What was found, as text. */
  got?: string;
  /** What would have been right, as text. */
  wanted?: string;
  /** What to do next. */
  hint?: string;
  /** More errors of the same kind (all unsupported operators, say), shown as a list. */
  details?: ErrorData[];
}

/** The areas an error code can begin with, each with its exit code (DESIGN.md §1). */
export const EXIT_CODES = {
  /** Bad model. */
  model: 1,
  /** Bad data or manifest. */
  data: 1,
  /** A file cannot be read or written. */
  file: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The accuracy floor was missed. */
  accuracy: 3,
  /** A size or time budget was missed. */
  budget: 4,
  /** The target's tool is missing. */
  tool: 5,
  /** Our bug. */
  bug: 70,
} as const;

/** First part of an error code. */
export type ErrorArea = keyof typeof EXIT_CODES;

/** Every expected failure in kedge is thrown as this; anything else that is thrown is a bug. */
export class KedgeError extends Error {
  /** Always "KedgeError". */
  override readonly name: string = "KedgeError";
  /** The error as data. */
  readonly data: ErrorData;

  /** Makes an error out of its data. */
  constructor(data: ErrorData, options?: ErrorOptions) {
    super(data.message, options);
    this.data = data;
  }
}

/** The process exit code that belongs to an error. */
export function exitCodeOf({ code }: ErrorData): number {
  return EXIT_CODES[code.slice(0, code.indexOf("/")) as ErrorArea] ?? EXIT_CODES.bug;
}

/**
 * The computer's side of a check: requests to a device and its answers, over any stream of bytes
 * (`firmware/check.c` states the protocol).
 * @module
 */
import { KedgeError } from "../../../../runtime/format/error.ts";
import { hash32 } from "../../../../runtime/format/hash.ts";

/** A line to a device. */
export interface Line {
  write(bytes: Uint8Array): Promise<void>;
  /** The next bytes, as many as come; null at the end. */
  read(): Promise<Uint8Array | null>;
  /** What the device said elsewhere when it failed, for an error. */
  diagnosis(): Promise<string>;
  close(): Promise<void>;
}

/** What a device says of itself. */
export interface DeviceInfo {
  readonly layers: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly arenaBytes: number;
  /** 0, or the first layer that failed the self-test, from 1. */
  readonly selfTest: number;
  /** SHA-256 of the .kedge file in the firmware. */
  readonly sha256: string;
}

/** One run with hashes. */
export interface Trace {
  readonly hashes: Uint32Array;
  /** Instructions or cycles of each layer. */
  readonly ticks: Uint32Array;
  readonly outputs: Uint8Array;
}

const STATUS = ["", "a request of wrong length", "a damaged request", "an unknown request"];
/** Milliseconds to wait for an answer. */
const PATIENCE = 120_000;

/** A device that answers checks. */
export class Device {
  readonly #line: Line;
  readonly #name: string;
  #rest: Uint8Array = new Uint8Array();

  /** @param name what errors call it. */
  constructor(line: Line, name: string) {
    this.#line = line;
    this.#name = name;
  }

  /** Asks what it is; runs its self-test. */
  async info(): Promise<DeviceInfo> {
    const answer = await this.#ask("I");
    const words = new Uint32Array(answer.slice(0, 20).buffer);
    const [layers, inputBytes, outputBytes, arenaBytes, selfTest] = words;
    const sha256 = new TextDecoder().decode(answer.subarray(20));
    return { layers, inputBytes, outputBytes, arenaBytes, selfTest, sha256 };
  }

  /** Bytes of all inputs to bytes of all outputs. */
  run(inputs: Uint8Array): Promise<Uint8Array> {
    return this.#ask("R", inputs);
  }

  /** The same with hash and ticks of every layer. */
  async trace(inputs: Uint8Array, layers: number): Promise<Trace> {
    const answer = await this.#ask("T", inputs);
    const words = new Uint32Array(answer.slice(0, layers * 8).buffer);
    return {
      hashes: words.filter((_, i) => i % 2 === 0),
      ticks: words.filter((_, i) => i % 2 === 1),
      outputs: answer.slice(layers * 8),
    };
  }

  /** Bytes of one layer's output. */
  layer(layer: number, inputs: Uint8Array): Promise<Uint8Array> {
    const payload = new Uint8Array(4 + inputs.length);
    new DataView(payload.buffer).setUint32(0, layer, true);
    payload.set(inputs, 4);
    return this.#ask("L", payload);
  }

  /** Most bytes of stack that were in use; 0 where the device cannot tell. */
  async stackBytes(): Promise<number> {
    return new DataView((await this.#ask("S")).slice().buffer).getUint32(0, true);
  }

  /** Ends the check on the device, and the line. */
  async quit(): Promise<void> {
    // It may be gone before its answer is read.
    await this.#ask("Q").catch(() => {});
    await this.#line.close();
  }

  async #ask(command: string, payload: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    const request = new Uint8Array(10 + payload.length);
    const view = new DataView(request.buffer);
    request.set([0x4b, command.charCodeAt(0)]);
    view.setUint32(2, payload.length, true);
    request.set(payload, 6);
    view.setUint32(6 + payload.length, hash32(payload), true);
    await this.#line.write(request).catch(() => {});
    const head = await this.#take(6);
    if (head[0] !== 0x6b || head[1] !== 0) {
      throw await this.#failure(`it answered "${STATUS[head[1]] ?? "nothing known"}"`);
    }
    const length = new DataView(head.buffer).getUint32(2, true);
    const answer = await this.#take(length);
    const hash = new DataView((await this.#take(4)).buffer).getUint32(0, true);
    if (hash !== hash32(answer)) throw await this.#failure("its answer was damaged on the way");
    return answer;
  }

  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [this.#rest];
    let length = this.#rest.length;
    while (length < count) {
      const part = await this.#soon(this.#line.read());
      if (!part) throw await this.#failure("it ended before it answered");
      parts.push(part);
      length += part.length;
    }
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#rest = all.slice(count);
    return all.slice(0, count);
  }

  async #soon<T>(answer: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => timer = setTimeout(resolve, PATIENCE, "late"));
    const first = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (first === "late") throw await this.#failure("it did not answer in two minutes");
    return first as T;
  }

  async #failure(what: string): Promise<KedgeError> {
    return new KedgeError({
      code: "tool/device",
      message: `Talking to ${this.#name}: ${what}`,
      got: (await this.#line.diagnosis()).trim().split("\n").slice(0, 4).join("\n") || undefined,
      hint: "see that the firmware was built from this bundle and runs",
    });
  }
}

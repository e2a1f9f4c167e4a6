/**
 * Threads that share WASM memory: workers that wait for a kernel to run, by Atomics.
 * @module
 */
import { KedgeError } from "../format/error.ts";
import type { StartableCrew } from "./open.ts";

/** Most pages of WASM memory there can be; only the address space is reserved. */
const MOST_PAGES = 65536;
/** Looks at the counter before a worker goes to sleep: about as long as a layer takes. */
const PATIENCE = 20000;

/** Numbers of jobs, eight bits short of what an int32 holds. */
const JOBS = 1 << 23;

/**
 * Takes the next block of a job, or −1. `control[2]` is the number of the job above eight bits of the
 * next block. Whoever comes first takes it, so that a thread that the system does not run holds up
 * nothing it has not begun. Workers run this function's text: it stands by itself.
 */
function take(control: Int32Array, job: number, count: number): number {
  for (;;) {
    const next = Atomics.load(control, 2);
    if (next >> 8 !== job || (next & 255) >= count) return -1;
    if (Atomics.compareExchange(control, 2, next, next + 1) === next) return next & 255;
  }
}

/**
 * A worker. `control` holds: 0 number of the job, up to 2²³ · 1 which job it is, −1 to end · 2 what is
 * to take · 3 how many blocks are done. `jobs` has a kernel and its blocks for each.
 */
const WORKER = `onmessage = ({ data: { kernels, memory, jobs, control } }) => {
  const { exports } = new WebAssembly.Instance(kernels, { env: { memory, abort() {} } });
  const take = ${take};
  postMessage(0);
  for (let seen = 0, job; ; seen = job) {
    for (let looks = 0; Atomics.load(control, 0) === seen; looks++) {
      if (looks > ${PATIENCE}) Atomics.wait(control, 0, seen);
    }
    job = Atomics.load(control, 0);
    const at = Atomics.load(control, 1);
    if (at < 0) return close();
    const [name, blocks] = jobs[at];
    for (let i; (i = take(control, job, blocks.length)) >= 0;) {
      exports[name](blocks[i]);
      Atomics.add(control, 3, 1);
    }
  }
};`;

/** A worker, as far as it is used here. */
interface Helper {
  postMessage(data: unknown): void;
  terminate(): void;
}

/** Starts a worker; it is told when the worker answers, or what went wrong. */
type Start = (ready: () => void, failed: (reason: string) => void) => Helper;

const startWeb: Start = (ready, failed) => {
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const loaded = (then: () => void) => {
    URL.revokeObjectURL(url);
    then();
  };
  worker.onmessage = () => loaded(ready);
  worker.onerror = (event) => {
    event.preventDefault();
    loaded(() => failed(event.message));
  };
  return worker;
};

/** Node's workers, which have other names for the same. */
interface NodeThreads {
  Worker: new (text: string, options: { eval: true }) => Helper & {
    once(event: "message" | "error", listener: (value: unknown) => void): void;
  };
}

const NODE_WORKER = `const { parentPort: port } = require("node:worker_threads");
const postMessage = (data) => port.postMessage(data), close = () => port.close();
let onmessage;
port.once("message", (data) => onmessage({ data }));
`;

const startNode = ({ Worker }: NodeThreads): Start => (ready, failed) => {
  const worker = new Worker(NODE_WORKER + WORKER, { eval: true });
  worker.once("message", ready);
  worker.once("error", (error) => failed(String(error)));
  return worker;
};

/** How this platform starts workers, or null where it has none. */
function platform(): Start | null {
  if (typeof Worker === "function") return startWeb;
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: "node:worker_threads"): NodeThreads };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  return threads ? startNode(threads) : null;
}

/**
 * Threads that are not started yet, or null where the platform has no shared memory or no workers
 * (Node has them from 20.16 on).
 * @param threads how many in all, this one counted; 2 or more.
 */
export function createCrew(threads: number): StartableCrew | null {
  const start = typeof SharedArrayBuffer === "function" && platform();
  return start ? new Threads(threads, start) : null;
}

class Threads implements StartableCrew {
  readonly #jobs: [name: string, blocks: readonly number[]][] = [];
  readonly #control = new Int32Array(new SharedArrayBuffer(16));
  readonly #workers: Helper[] = [];
  #memory: WebAssembly.Memory | null = null;
  #job = 0;

  readonly #begin: Start;

  constructor(readonly threads: number, begin: Start) {
    this.#begin = begin;
  }

  memory(initial: number): WebAssembly.Memory {
    return this.#memory = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared: true });
  }

  job(name: string, blocks: readonly number[], kernel: (block: number) => void): () => void {
    const at = this.#jobs.push([name, blocks]) - 1;
    const control = this.#control;
    return () => {
      const job = this.#post(at);
      for (let i; (i = take(control, job, blocks.length)) >= 0;) {
        kernel(blocks[i]);
        Atomics.add(control, 3, 1);
      }
      while (Atomics.load(control, 3) < blocks.length);
    };
  }

  compile(kernels: Uint8Array): Promise<WebAssembly.Module> {
    return WebAssembly.compile(shareMemory(kernels));
  }

  /**
   * Starts the workers.
   * @throws KedgeError `tool/threads` when the platform refuses.
   */
  async start(kernels: WebAssembly.Module): Promise<void> {
    const message = {
      ...{ kernels, memory: this.#memory, jobs: this.#jobs, control: this.#control },
    };
    try {
      await Promise.all(
        Array.from({ length: this.threads - 1 }, () =>
          new Promise<void>((resolve, reject) => {
            const worker = this.#begin(resolve, (reason) => reject(refused(reason)));
            this.#workers.push(worker);
            worker.postMessage(message);
          })),
      );
    } catch (cause) {
      this.#workers.forEach((worker) => worker.terminate());
      throw cause instanceof KedgeError ? cause : refused(String(cause));
    }
  }

  close(): void {
    if (!this.#workers.length) return;
    this.#post(-1);
    this.#workers.length = 0;
  }

  #post(at: number): number {
    const job = this.#job = (this.#job + 1) % JOBS;
    Atomics.store(this.#control, 1, at);
    Atomics.store(this.#control, 3, 0);
    Atomics.store(this.#control, 2, job << 8);
    Atomics.store(this.#control, 0, job);
    Atomics.notify(this.#control, 0);
    return job;
  }
}

/**
 * The same kernels with a memory that is shared: in a module's imports that is two other numbers.
 * kedge's own modules import "env"."memory" with at least one page, and nothing else.
 */
function shareMemory(kernels: Uint8Array): Uint8Array<ArrayBuffer> {
  // "memory" is a memory (2), without most pages (0), of at least 1.
  const wanted = [...new TextEncoder().encode("memory"), 2, 0, 1];
  const at = kernels.findIndex((_, i) => wanted.every((byte, k) => kernels[i + k] === byte));
  const size = kernels.lastIndexOf(2, at - 7) + 1;
  // Shared with most pages (3), of at least 1, of 65536 at most.
  const limits = [3, 1, 0x80, 0x80, 0x04];
  const after = at + wanted.length;
  const shared = new Uint8Array(kernels.length + limits.length - 2);
  shared.set(kernels.subarray(0, after - 2));
  shared.set(limits, after - 2);
  shared.set(kernels.subarray(after), after - 2 + limits.length);
  shared[size] += limits.length - 2;
  return shared;
}

function refused(got: string): KedgeError {
  return new KedgeError({
    code: "tool/threads",
    message: "Starting threads: the platform refuses",
    got,
    hint: "leave `threads` out",
  });
}

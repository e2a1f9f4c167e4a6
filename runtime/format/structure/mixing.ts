/**
 * A model of the bytes of a FlatBuffer: what ten contexts foretell of the next bit, mixed by weights
 * that are learned (Mahoney 2005, "Adaptive Weighing of Context Models for Lossless Data
 * Compression"). Two of them guess whole words: tables of one kind point back to one description,
 * from ever further; and a word follows its like again. Whole numbers only, so that all platforms
 * foretell the same.
 * @module
 */
import { exponential } from "../unpack/distribution.ts";

/** Contexts of a bit. */
export const CONTEXTS = 10;
/** Estimates of one context, a power of two. */
export const SLOTS = 1 << 16;
/** Inputs of the mixer: the contexts, and one that is always on. */
const INPUTS = CONTEXTS + 1;
/** Sets of weights: by place in a word, and which guesses still hold. */
export const WEIGHTS: number = 16 * INPUTS;
/** Words whose followers are remembered, by the first bits of a hash. */
export const FOLLOWERS = 4096;
/** How often an estimate is counted as seen at most. */
const MOST_SEEN = 15;

/** 65536 / (1 + e^−x) of x = −8…8 in 1/256. */
export const SQUASH: Int32Array = Int32Array.from({ length: 4096 }, (_, i) => {
  const x = (i - 2048) / 256;
  const tail = exponential(Math.abs(x));
  return Math.floor(65536 * (x < 0 ? tail : 1) / (1 + tail));
});

/** Its inverse: ln(p / (1 − p)) in 1/256 of p in 1/4096. */
export const STRETCH: Int16Array = Int16Array.from({ length: 4096 }, (_, p) => {
  let [low, high] = [1, 4095];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (SQUASH[middle] >> 4 < p) low = middle + 1;
    else high = middle;
  }
  return low - 2048;
});

/** Share of the way to a bit that an estimate goes, in 1/1024, by how often it was seen. */
export const STEPS: Int32Array = Int32Array.from(
  { length: MOST_SEEN + 1 },
  (_, n) => Math.floor(1024 / (n + 1.5)),
);

/** First estimate: one half, never seen; 20 bits of probability, 8 of count. */
export const UNSEEN = 0x8000000;
/** First weight of an input, in 1/65536. */
export const FIRST_WEIGHT = 16384;

/** Foretells the bits of a file's bytes, the highest first, from what stands before them. */
export class ByteModel {
  readonly #estimates = new Uint32Array(CONTEXTS * SLOTS).fill(UNSEEN);
  readonly #weights = new Int32Array(WEIGHTS).fill(FIRST_WEIGHT);
  readonly #hashes = new Int32Array(CONTEXTS);
  readonly #places = new Int32Array(CONTEXTS);
  readonly #stretched = new Int32Array(INPUTS).fill(256);
  /** Bits of the byte so far, behind a 1. */
  #partial = 1;
  #set = 0;
  #probability = 0;
  /** Where the last table began that is described behind itself, and how far before that. */
  #table = 0;
  #distance = 0;
  /** Where words stood that came behind others. */
  readonly #followers = new Int32Array(FOLLOWERS);
  readonly #guesses = new Int32Array(2);

  /** Begins the byte at a place of a file. */
  begin(file: Uint8Array, at: number): void {
    const back = (distance: number) => at < distance ? 0 : file[at - distance];
    const phase = at & 3;
    const word = at - phase;
    // Two words before this one, and what of this one is there.
    let line = 0;
    for (let i = word - 8; i < word - 4; i++) line = line << 8 | (i < 0 ? 0 : file[i]);
    for (let i = word; i < at; i++) line = Math.imul(line ^ file[i], 0x01000193);
    if (phase === 0) this.#guess(file, at);
    let holding = 0;
    const guesses = Array.from(this.#guesses, (guess) => {
      let holds = 1;
      for (let i = 0; i < phase; i++) if ((guess >> 8 * i & 255) !== file[word + i]) holds = 0;
      holding = holding << 1 | holds;
      return (guess >> 8 * phase & 255) << 3 | phase << 1 | holds;
    });
    const contexts = [
      back(4) >> 4 << 6 | back(2) >> 4 << 2 | phase,
      back(1) << 2 | phase,
      back(1) >> 5 << 2 | phase,
      back(4) << 2 | phase,
      back(4) << 10 | back(8) << 2 | phase,
      back(4) << 10 | back(1) << 2 | phase,
      back(2) << 1 | phase & 1,
      Math.imul(line, 0x9e3779b1) + phase,
      ...guesses,
    ];
    contexts.forEach((context, k) => {
      this.#hashes[k] = Math.imul(context + 1, 0x2c1b3c6d) ^ Math.imul(k + 1, 0x9e3779b1);
    });
    this.#set = (phase << 2 | holding) * INPUTS;
    this.#partial = 1;
  }

  /** Guesses the word at a place. */
  #guess(file: Uint8Array, at: number): void {
    const read = (i: number) => file[i] | file[i + 1] << 8 | file[i + 2] << 16 | file[i + 3] << 24;
    const before = at < 4 ? 0 : read(at - 4);
    if (before >> 16 === -1) {
      this.#table = at - 4;
      this.#distance = before;
    }
    const place = Math.imul(before, 0x9e3779b1) >>> 20;
    const seen = this.#followers[place];
    this.#guesses[0] = this.#distance + at - this.#table;
    this.#guesses[1] = seen ? read(seen) : 0;
    this.#followers[place] = at;
  }

  /** Probability of a 1 in 1/65536. */
  foretell(): number {
    let sum = 256 * this.#weights[this.#set + CONTEXTS];
    for (let k = 0; k < CONTEXTS; k++) {
      const mixed = Math.imul(this.#hashes[k] ^ Math.imul(this.#partial, 0x85ebca6b), 0xc2b2ae35);
      const place = k * SLOTS + ((mixed ^ mixed >>> 15) >>> 16);
      this.#places[k] = place;
      const stretched = STRETCH[this.#estimates[place] >>> 16];
      this.#stretched[k] = stretched;
      sum += stretched * this.#weights[this.#set + k];
    }
    const x = Math.min(2047, Math.max(-2047, Math.floor(sum / 65536)));
    this.#probability = SQUASH[x + 2048];
    return this.#probability;
  }

  /** Learns the bit that was foretold. */
  learn(bit: number): void {
    const error = (bit << 16) - this.#probability;
    for (let k = 0; k < INPUTS; k++) {
      this.#weights[this.#set + k] += this.#stretched[k] * error >> 15;
    }
    for (const place of this.#places) {
      const estimate = this.#estimates[place];
      const seen = estimate & 255;
      const probability = estimate >>> 8;
      const target = bit ? 0xfffff : 0;
      const next = probability + ((target - probability) * STEPS[seen] >> 10);
      this.#estimates[place] = next << 8 | Math.min(MOST_SEEN, seen + 1);
    }
    this.#partial = this.#partial << 1 | bit;
  }
}

/**
 * Keeps the statistics of a model on disk between runs. An entry is found by what it was computed
 * from, and carries a checksum: what is damaged is computed again.
 * @module
 */
import type { Moments } from "../compress/mod.ts";
import type { Dataset } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { spreadOver } from "./affordable_samples.ts";
import { packPlain } from "./calibrate.ts";
import { sha256 } from "./read_source.ts";
import { collectStatistics, type LayerStatistics, STATISTICS_SAMPLES } from "./statistics.ts";

/** Changes whenever other numbers would come out of the same model and data. */
const VERSION = 1;
const FIELDS = ["gram", "cross", "original", "mean", "originalMean"] as const;
const CHECKSUM = 32;

/** The user's cache folder for kedge, or null where the system names none. */
export function defaultCacheFolder(): string | null {
  const home = Deno.env.get("HOME");
  const base = Deno.build.os === "windows"
    ? Deno.env.get("LOCALAPPDATA")
    : Deno.env.get("XDG_CACHE_HOME") ||
      (home && `${home}${Deno.build.os === "darwin" ? "/Library/Caches" : "/.cache"}`);
  return base ? `${base}/kedge` : null;
}

/**
 * `collectStatistics`, or what it gave before for the same model, samples and seed.
 * @param folder where entries lie; null for no cache. A folder that cannot be written is no error.
 */
export async function cachedStatistics(
  folder: string | null,
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  seed: number,
  onSample: (done: number, total: number) => void,
): Promise<Map<string, LayerStatistics>> {
  const collect = () => collectStatistics(graph, dataset, samples, seed, onSample);
  if (folder === null) return await collect();
  const file = `${folder}/${await keyOf(graph, dataset, samples, seed)}.statistics`;
  const known = await read(file);
  if (known) return known;
  const statistics = await collect();
  await write(folder, file, statistics);
  return statistics;
}

/** Hash of the model, of the values of the samples, and of the seed. */
async function keyOf(
  graph: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  seed: number,
): Promise<string> {
  const parts = [await sha256(await packPlain(graph)), String(seed), String(VERSION)];
  for (const sample of spreadOver(samples, STATISTICS_SAMPLES)) {
    for (const values of await dataset.inputs(sample)) {
      parts.push(await sha256(new Uint8Array(values.slice().buffer)));
    }
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

/** What the JSON at the head of an entry says of one set of moments. */
type Header = Omit<Moments, (typeof FIELDS)[number]> & { lengths: number[] };

async function write(
  folder: string,
  file: string,
  statistics: ReadonlyMap<string, LayerStatistics>,
): Promise<void> {
  const all = [...statistics.values()].flatMap(({ fit, held }) => [fit, held]);
  // Fields that share an array stand once: the others have length 0.
  const arrays = all.map((moments) =>
    FIELDS.map((field, i) => {
      const first = FIELDS.findIndex((other) => moments[other] === moments[field]);
      return first === i ? moments[field] : new Float32Array();
    })
  );
  const headers = all.map(({ blocks, depth, diagonal, count }, i): Header => ({
    ...{ blocks, depth, diagonal, count },
    lengths: arrays[i].map(({ length }) => length),
  }));
  const head = new TextEncoder().encode(
    JSON.stringify({ names: [...statistics.keys()], headers }),
  );
  const floats = await new Blob(arrays.flat().map((array) => array.slice())).bytes();
  const body = await new Blob([Uint32Array.of(head.length), head, floats]).bytes();
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const beside = `${file}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(beside, await new Blob([sum, body]).bytes());
    await Deno.rename(beside, file);
  } catch {
    // Only the time is lost.
    await Deno.remove(beside).catch(() => {});
  }
}

async function read(file: string): Promise<Map<string, LayerStatistics> | null> {
  const bytes = await Deno.readFile(file).catch(() => null);
  if (!bytes || bytes.length < CHECKSUM + 4) return null;
  const body = bytes.slice(CHECKSUM);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  if (!sum.every((byte, i) => byte === bytes[i])) return null;
  const [headLength] = new Uint32Array(body.slice(0, 4).buffer);
  const head = new TextDecoder().decode(body.subarray(4, 4 + headLength));
  const { names, headers }: { names: string[]; headers: Header[] } = JSON.parse(head);
  const floats = new Float32Array(body.slice(4 + headLength).buffer);
  let at = 0;
  const all = headers.map(({ lengths, ...header }): Moments => {
    const arrays = lengths.map((length) => floats.slice(at, at += length));
    const [gram, cross, original, mean, originalMean] = arrays;
    const or = (array: Float32Array, other: Float32Array) => array.length ? array : other;
    return {
      ...{ ...header, gram, mean },
      cross: or(cross, gram),
      original: or(original, gram),
      originalMean: or(originalMean, mean),
    };
  });
  return new Map(names.map((name, i) => [name, { fit: all[2 * i], held: all[2 * i + 1] }]));
}

/**
 * The C kernels that a model uses, as text: sections of `runtime/c99/` (see its base.c) with all
 * that they need, each before its use.
 * @module
 */
const FOLDER = new URL("../../../runtime/c99/", import.meta.url);
const FILES = [
  "base",
  "requantize",
  "math",
  "patches_int8",
  "tile_dsp",
  "tile_helium",
  "tile_int8",
  "convolution_dsp",
  "convolution_int8",
  "dense_int8",
  "packed_weights",
  "depthwise_dsp",
  "depthwise_helium",
  "depthwise_int8",
  "pooling",
  "movement",
  "places",
  "elementwise_int8",
  "elementwise_float32",
  "broadcast",
  "convolution_float32",
  "reduce_float32",
  "hash",
] as const;

const MARKER = /^\/\* @section (\w+):((?: \w+)*) \*\/$/;

/** One section of a kernel file. */
interface Section {
  readonly needs: readonly string[];
  readonly text: string;
}

/**
 * C text of the named sections and of all that they need, in one order for one set of names.
 * @throws Error when a section is missing, which is a fault of ours.
 */
export async function kernelSource(names: readonly string[]): Promise<string> {
  const sections = await readSections();
  const done = new Set<string>();
  const texts: string[] = [];
  const take = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const section = sections.get(name);
    if (!section) throw new Error(`no section "${name}" in runtime/c99`);
    section.needs.forEach(take);
    texts.push(section.text);
  };
  names.toSorted().forEach(take);
  return texts.join("\n");
}

/** Names of all sections. */
export async function kernelNames(): Promise<string[]> {
  return [...(await readSections()).keys()];
}

async function readSections(): Promise<Map<string, Section>> {
  const sections = new Map<string, Section>();
  for (const file of FILES) {
    const text = await Deno.readTextFile(new URL(`${file}.c`, FOLDER));
    let current: { name: string; needs: string[]; lines: string[] } | null = null;
    const end = () => {
      if (!current) return;
      const { name, needs, lines } = current;
      sections.set(name, { needs, text: `${lines.join("\n").trim()}\n` });
    };
    for (const line of text.split("\n")) {
      const marker = MARKER.exec(line);
      if (!marker) {
        current?.lines.push(line);
        continue;
      }
      end();
      current = { name: marker[1], needs: marker[2].split(" ").filter(Boolean), lines: [] };
    }
    end();
  }
  return sections;
}

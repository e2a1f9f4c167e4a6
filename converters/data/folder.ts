/**
 * A folder of pictures with a `labels.csv` beside them.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { parseCsv } from "./csv.ts";
import { IMAGE_NAME } from "./images.ts";
import { wrongLabels } from "./labels.ts";
import { beside, isFolder, readData } from "./read_file.ts";
import { nearestName } from "./suggest.ts";

/** What a folder holds. */
export interface ImageFolder {
  /** Paths of the pictures, in the order of labels.csv, else by name. */
  files: string[];
  /** Class number of every picture before `classOffset`; null without labels. */
  labels: Float64Array | null;
  /** Class names by class number before `classOffset`, "" where not known. */
  classNames: string[];
}

/**
 * Lists a folder. `labels.csv` has a header with the columns `file` (path in the folder) and
 * `class` (class number, or a name out of `names`), and may have `name` (the class's name).
 * Without a `labels.csv`, or without its column `class`, the pictures have no labels.
 * @param names class names of the manifest, which give class names their numbers.
 * @throws KedgeError `data/labels`, `data/missing`, `data/empty`.
 */
export async function readImageFolder(
  folder: string,
  names: readonly string[] = [],
): Promise<ImageFolder> {
  const inFolder: string[] = [];
  for await (const entry of Deno.readDir(folder)) inFolder.push(entry.name);
  const pictures = inFolder.filter((name) => IMAGE_NAME.test(name)).sort();
  if (!inFolder.includes("labels.csv")) {
    if (pictures.length === 0) throw empty(folder);
    return { files: pictures.map((name) => beside(folder, name)), labels: null, classNames: [] };
  }
  const table = beside(folder, "labels.csv");
  const text = new TextDecoder().decode(await readData(table, "the labels"));
  const [header = [], ...rows] = parseCsv(text);
  const fileColumn = column(header, "file", table);
  if (rows.length === 0) throw empty(folder);
  const files = rows.map((row) => beside(folder, row[fileColumn] ?? ""));
  const known = new Set(pictures);
  for (const [i, row] of rows.entries()) {
    if (known.has(row[fileColumn])) continue;
    if (!await isFolder(files[i], `the picture of sample ${i}`)) continue;
    throw wrongLabels(table, `sample ${i} names no file`, { got: files[i] });
  }
  if (!header.includes("class")) return { files, labels: null, classNames: [] };
  const classColumn = header.indexOf("class");
  const labels = Float64Array.from(
    rows,
    (row, i) => classNumber(row[classColumn] ?? "", names, i, table),
  );
  const nameColumn = header.indexOf("name");
  const classNames: string[] = [];
  if (nameColumn >= 0) {
    const highest = labels.reduce((most, label) => Math.max(most, label), -1);
    for (let label = 0; label <= highest; label++) classNames.push("");
    rows.forEach((row, i) => classNames[labels[i]] = row[nameColumn] ?? "");
  }
  return { files, labels, classNames };
}

function column(header: readonly string[], name: string, file: string): number {
  const at = header.indexOf(name);
  if (at >= 0) return at;
  const near = nearestName(name, header);
  throw wrongLabels(file, `the header has no column "${name}"`, {
    got: header.join(","),
    wanted: "file,class",
    hint: near ? `rename "${near}" to "${name}"` : `add the header "file,class"`,
  });
}

function classNumber(text: string, names: readonly string[], sample: number, file: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const at = names.indexOf(text);
  if (at >= 0) return at;
  const near = nearestName(text, names);
  throw wrongLabels(file, `the class of sample ${sample} is not known`, {
    got: `"${text}"`,
    wanted: "a number below 1000000" +
      (names.length > 0 ? `, or one of ${names.slice(0, 10).join(", ")}` : ""),
    hint: near
      ? `did you mean "${near}"?`
      : 'list the class names in the manifest, in the order of the model\'s outputs: "labels": […]',
  });
}

function empty(folder: string): KedgeError {
  return new KedgeError({
    code: "data/empty",
    message: `Reading the folder "${folder}": there are no pictures in it`,
    where: { file: folder },
    wanted: "JPEG or PNG files and a labels.csv with the columns file,class",
  });
}

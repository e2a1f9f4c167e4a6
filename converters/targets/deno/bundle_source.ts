/**
 * Bundles an entry and the parts of the runtime that it imports into one ES module.
 * @module
 */
import * as esbuild from "esbuild";
import { minify } from "terser";

/**
 * Imports of these forms are bytes, inlined as text: `base64:NAME`, what is large and random, or
 * `hex:NAME`, what compresses.
 */
const ASSET = /^(base64|hex):(.*)$/s;
/**
 * What stands for them until the code is minified: minifiers then carry no weights (70 MB less for a
 * model of 3.8 MB), and choose names by the letters of the code (46 bytes less with brotli).
 */
const ASSET_STRING = /"asset:([^"]*)"/g;
/** Imports that stay as they are: files beside the emitted one. */
const BESIDE = /^\.\/model\.js$/;

/** How to bundle. */
export interface BundleOptions {
  /** Text before the module. */
  banner?: string;
  /** Names of properties to shorten. */
  inner?: readonly string[];
  /** Texts that stand in for modules, by URL. */
  instead?: ReadonlyMap<string, string>;
}

/** What was minified: candidates of a search differ by their bytes, and all servers are alike. */
const minified = new Map<string, Promise<string>>();

/**
 * Bundles and minifies, keeping only what is used. Modules are read by their URL, so that kedge works
 * from a folder and from a server. The text is ASCII, which V8 keeps in half the memory.
 * @param entry source of the entry; it imports by absolute URL, by `base64:NAME` or `hex:NAME`, or `./model.js`.
 * @param assets bytes by name.
 * @returns the text of one ES module.
 */
export async function bundleSource(
  entry: string,
  assets: ReadonlyMap<string, Uint8Array>,
  { banner = "", inner = [], instead = new Map() }: BundleOptions = {},
): Promise<string> {
  const key = JSON.stringify([entry, banner, inner, ...instead]);
  const code = minified.get(key) ?? minifySource(entry, { banner, inner, instead });
  minified.set(key, code);
  return (await code).replaceAll(ASSET_STRING, (_, path) => literal(assets, path));
}

async function minifySource(
  entry: string,
  { banner, inner, instead }: Required<BundleOptions>,
): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: entry, loader: "ts", sourcefile: "entry.ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    minify: true,
    legalComments: "none",
    write: false,
    logLevel: "silent",
    ...(inner.length && { mangleProps: new RegExp(`^(${inner.join("|")})$`), mangleQuoted: true }),
    plugins: [byUrl(instead)],
  });
  // Terser inlines what esbuild leaves: a twentieth less, and a little more the second time. No function
  // of the runtime is called with `new`.
  const { code = "" } = await minify(outputFiles[0].text, {
    ...{ module: true, ecma: 2020, compress: { passes: 2, unsafe_arrows: true } },
    format: { ascii_only: true, preamble: banner },
  });
  return code;
}

/** Ends esbuild's service process, which would keep this one alive. */
export async function endBundling(): Promise<void> {
  await esbuild.stop();
}

/** The bytes of an import as a string literal. */
function literal(assets: ReadonlyMap<string, Uint8Array>, path: string): string {
  const [, form, name] = ASSET.exec(path) ?? [];
  const bytes = assets.get(name) ?? new Uint8Array();
  return `"${form === "base64" ? bytes.toBase64() : bytes.toHex()}"`;
}

function byUrl(instead: ReadonlyMap<string, string>): esbuild.Plugin {
  return {
    name: "url",
    setup(build) {
      build.onResolve({ filter: BESIDE }, ({ path }) => ({ path, external: true }));
      build.onResolve({ filter: ASSET }, ({ path }) => ({ path, namespace: "asset" }));
      build.onResolve({ filter: /.*/ }, ({ path, importer }) => ({
        path: new URL(path, URL.canParse(importer) ? importer : undefined).href,
        namespace: "url",
        sideEffects: false,
      }));
      build.onLoad({ filter: /.*/, namespace: "asset" }, ({ path }) => ({
        contents: `export default ${JSON.stringify(`asset:${path}`)};`,
        loader: "js",
      }));
      build.onLoad({ filter: /.*/, namespace: "url" }, async ({ path }) => ({
        contents: instead.get(path) ?? await (await fetch(path)).text(),
        loader: "ts",
      }));
    },
  };
}

/** Where the shared models and conformance tests lie, for tests that use them when they are there. */

const root = new URL("../../../shared/", import.meta.url);

/** Path of the shared folder with a closing slash, or null where it is missing. */
export const SHARED: string | null = exists(root) ? root.pathname : null;

/** Whether the shared folder is there: `Deno.test({ ignore: !hasShared, … })`. */
export const hasShared = SHARED !== null;

/** Why such tests are skipped, for their names. */
export const SHARED_REASON = "needs ../shared";

/** Path of a file of a shared model, for example `sharedModel("resnet8-cifar10", "model.onnx")`. */
export function sharedModel(name: string, file = "model.onnx"): string {
  return new URL(`models/${name}/${file}`, root).pathname;
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

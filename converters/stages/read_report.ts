/**
 * The report of a bundle that was written earlier.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Report } from "../check/report.ts";
import type { BundleFiles } from "../targets/target.ts";

/**
 * Reads report.json of a bundle.
 * @param folder where the bundle lies, to name it in errors.
 * @throws KedgeError `file/bundle` where it is missing or no JSON.
 */
export function readReport(files: BundleFiles, folder: string): Report {
  try {
    return JSON.parse(new TextDecoder().decode(files.get("report.json")));
  } catch {
    throw new KedgeError({
      code: "file/bundle",
      message: `Opening the bundle "${folder}": its report.json is no JSON`,
      where: { file: `${folder}/report.json` },
      hint: "make the bundle again",
    });
  }
}

/**
 * Calibration pictures with further views of them.
 * @module
 */
import { type Dataset, pictureLayout, randomView, seededRandom, viewOf } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { Recipe } from "../recipe/mod.ts";

/** A sample as it is, or in another view. */
export interface SampleView {
  /** Number of the view: those of one sample are the same modulo 4, so that they are held out together. */
  place: number;
  inputs: Float32Array[];
}

/**
 * The samples as they are, then in as many views as the recipe says (data/augment.ts), never flipped;
 * none of what are no pictures.
 */
export async function viewsOf(
  { tensors, inputs: [name] }: CoreGraph,
  dataset: Dataset,
  samples: readonly number[],
  { views, seed }: Recipe,
): Promise<SampleView[]> {
  const plain = await Promise.all(samples.map((sample) => dataset.inputs(sample)));
  const layout = pictureLayout(dataset.preprocess, tensors.get(name)!.shape!);
  const count = layout ? views : 0;
  const random = seededRandom(seed);
  const all = plain.map((inputs, place) => ({ place, inputs }));
  const round = 4 * Math.ceil(plain.length / 4);
  for (let view = 1; view <= count; view++) {
    for (const [i, [picture, ...others]] of plain.entries()) {
      const seen = viewOf(picture, layout!, randomView(random, layout!, false));
      all.push({ place: view * round + i, inputs: [seen, ...others] });
    }
  }
  return all;
}

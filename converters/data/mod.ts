/**
 * Data: reading samples, what calibration observes, and ONNX Runtime as the oracle.
 * @module
 */
export { type PictureLayout, pictureLayout, randomView, type View, viewOf } from "./augment.ts";
export { type Dataset, openDataset } from "./dataset.ts";
export { type Mix, mixPictures, randomMix } from "./mix_pictures.ts";
export { createOracle, type Oracle } from "./oracle.ts";
export { seededRandom } from "./random.ts";
export { RangeObserver, type RangeSettings } from "./ranges/observer.ts";
export type { Range } from "./ranges/range.ts";
export { defaultCalibration, splitSamples } from "./split_samples.ts";

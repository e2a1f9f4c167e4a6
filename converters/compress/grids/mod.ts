/**
 * Grids that weights are rounded to.
 * @module
 */
export { fitGrid, type GridSettings, type WeightRows } from "./fit_grid.ts";
export { evenGrid, type Grid, groupsOf, nearestIntegers } from "./grid.ts";
export { type Levels, levelsOf, nearestLevel, smallerLevel, uniformLevels } from "./levels.ts";
export { powerOfTwoSteps } from "./power_of_two_steps.ts";

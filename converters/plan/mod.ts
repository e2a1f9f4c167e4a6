/**
 * Where every activation lies in the arena.
 * @module
 */
export { type Plan, planMemory } from "./plan_memory.ts";

/**
 * A process with nothing in it: the floor under every other's start and memory.
 * @module
 */
import { config, readInputs, serve } from "./serve.ts";

const given = config();
readInputs(given);
await serve(given, { run: () => 0, output: () => [] });

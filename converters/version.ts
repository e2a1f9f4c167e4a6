/**
 * kedge's own version, as deno.json has it.
 * @module
 */

/** Version of kedge. */
export const VERSION = "0.1.0";

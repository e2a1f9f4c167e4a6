/**
 * Looks of report.html.
 * @module
 */

/** CSS, for light and dark. */
export const STYLESHEET = `
:root { color-scheme: light dark; --line: #8884; --bar: #2a78d6; --weak: #c2571a; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 small { font-weight: normal; opacity: .7; font-size: 1rem; }
.cards { display: flex; flex-wrap: wrap; gap: 1rem; }
.cards div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; min-width: 8rem; }
.cards h3 { margin: 0; font-size: .85rem; opacity: .7; }
.cards b { font-size: 1.5rem; }
.cards p { margin: 0; font-size: .85rem; opacity: .7; }
pre { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; }
.miss { border-color: var(--weak); }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
td, th { border-bottom: 1px solid var(--line); padding: .2rem .5rem; text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
footer { margin-top: 2rem; opacity: .6; font-size: .8rem; overflow-wrap: anywhere; }
`;

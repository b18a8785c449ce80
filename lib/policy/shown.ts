/** Longest line of an example that people are shown. */
const LONGEST = 400;

/** An example as pages and terminals show it: the middle of a line that is long to make a point is left out. */
export const shown = (yaml: string): string =>
  yaml.replaceAll(/^.{401,}$/gm, (line) => `${line.slice(0, LONGEST / 2)} ... (${line.length} characters) ... ${line.slice(-40)}`);

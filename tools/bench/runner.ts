// `npm run bench:runner`: how fast and how frugal the runner is, on a real control plane.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCanaries } from './canary.ts';
import { CASES, FULL, QUICK } from './cases.ts';
import { findControlPlane } from './control-plane.ts';
import { type Summary, summarize, table } from './figures.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    repetitions: { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string', default: 'text' },
    check: { type: 'boolean', default: false },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const all = ['canary', ...CASES.map(({ name }) => name)];
  const names = values.only?.split(',') ?? all;
  const usual = values.quick ? QUICK : FULL;
  const repetitions = Number(values.repetitions ?? usual.repetitions);
  const extent = { ...usual, repetitions };
  if (names.some((name) => !all.includes(name)) || !['text', 'json'].includes(values.format) || !(repetitions >= 1)) {
    say(`usage: bench:runner [--quick] [--repetitions N] [--only ${all.join(',')}] [--format text|json] [--check]`);
    return 2;
  }
  const before = loadavg();
  const figures: Summary[] = [];
  const skipped: { readonly name: string; readonly why: string }[] = [];
  if (names.includes('canary')) {
    say('measuring canary');
    figures.push(...(await measureCanaries()).map(summarize));
  }
  const cases = CASES.filter(({ name }) => names.includes(name));
  const plane = cases.length === 0 ? null : await findControlPlane(process.env);
  if (plane === null && cases.length > 0) {
    say(
      'No control plane: set KUBECONFIG to a throwaway cluster, or KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd as for envtest.',
    );
    return 2;
  }
  try {
    for (const { name, measure } of cases) {
      if (plane === null) break;
      say(`measuring ${name}`);
      const measured = await measure(plane, extent);
      if (typeof measured === 'string') skipped.push({ name, why: measured });
      else figures.push(...measured.map(summarize));
    }
  } finally {
    await plane?.stop();
  }
  const machine = { node: process.version, cores: cpus().length, load: { before, after: loadavg() } };
  if (values.format === 'json') process.stdout.write(`${JSON.stringify({ version: 1, machine, figures, skipped }, null, 2)}\n`);
  else {
    const load = [before, machine.load.after].map(([minute = 0]) => minute.toFixed(1)).join(' -> ');
    process.stdout.write(`${table(figures)}\n\nNode ${machine.node}, ${machine.cores} cores, load ${load}\n`);
    for (const { name, why } of skipped) process.stdout.write(`skipped ${name}: ${why}\n`);
  }
  return values.check && figures.some(({ ok }) => ok === false) ? 1 : 0;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

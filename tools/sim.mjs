// Long runs of the simulator: `npm run sim -- --seeds 100000 --first 1 --jobs 2`. Progress on stderr; each seed that
// breaks an invariant is printed with the command that replays it and its timeline. Exit code 1 where one did. The last
// line on stdout is JSON: what was run, and what came of it.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const CHUNK = 50;
const MOST_FAILURES = 20;

if (isMainThread) await lead();
else await work(workerData.bundle);

async function lead() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      first: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '2' },
      shape: { type: 'string' },
      timeline: { type: 'boolean', default: false },
      pairs: { type: 'boolean', default: false },
    },
  });
  const [seeds, first, jobs] = ['seeds', 'first', 'jobs'].map((name) => whole(name, values[name]));
  const { shape, timeline, pairs } = values;
  const bundle = await bundled();
  const end = first + seeds;
  const began = performance.now();
  const ends = {};
  const failures = [];
  let [next, done, shown] = [first, 0, began];

  const show = () => {
    const rate = done / ((performance.now() - began) / 1_000);
    process.stderr.write(`${done} of ${seeds} seeds, ${rate.toFixed(0)} a second, ${failures.length} failures, ${JSON.stringify(ends)}\n`);
  };
  await Promise.all(
    Array.from({ length: jobs }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { bundle } });
      const give = () => {
        if (next >= end || failures.length >= MOST_FAILURES) return worker.postMessage(null);
        worker.postMessage({ first: next, count: Math.min(CHUNK, end - next), shape, timeline, pairs });
        next += CHUNK;
      };
      return new Promise((resolve, reject) => {
        worker.on('message', (outcomes) => {
          for (const outcome of outcomes) {
            done++;
            const name = outcome.phase ?? 'none';
            ends[name] = (ends[name] ?? 0) + 1;
            if (outcome.violations.length > 0) failures.push(outcome);
            if (timeline || outcome.violations.length > 0) print(outcome, shape, timeline, pairs);
          }
          if (performance.now() - shown > 5_000) {
            shown = performance.now();
            show();
          }
          give();
        });
        worker.on('error', reject);
        worker.on('exit', resolve);
        give();
      });
    }),
  );
  rmSync(bundle);
  show();
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const summary = {
    first,
    seeds: done,
    violations: failures.length,
    ends,
    seconds,
    ...(pairs ? { pairs } : {}),
    ...(shape ? { shape } : {}),
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function print({ seed, phase, weight, violations, lines }, shape, timeline, pairs) {
  const more = `${shape === undefined ? '' : ` --shape '${shape}'`}${pairs ? ' --pairs' : ''}`;
  process.stdout.write(`seed ${seed} ends in ${phase} at ${weight} %\n${violations.map((violation) => `  ${violation}\n`).join('')}`);
  if (timeline) process.stdout.write(`${lines.join('\n')}\n`);
  else process.stdout.write(`  npm run sim -- --first ${seed} --seeds 1 --timeline${more}\n`);
}

function whole(name, text) {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} must be a whole number, not '${text}'\n`);
  process.exit(2);
}

async function bundled() {
  const folder = `${root}node_modules/.cache/tidegate`;
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/sim-${process.pid}.mjs`;
  await build({
    absWorkingDir: root,
    entryPoints: ['lib/sim/index.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
  });
  return outfile;
}

async function work(bundle) {
  const { simulate, compare, Timeline } = await import(bundle);
  parentPort.on('message', async (task) => {
    if (task === null) return process.exit(0);
    const outcomes = [];
    for (let seed = task.first; seed < task.first + task.count; seed++) {
      const witness = task.timeline ? new Timeline() : undefined;
      const options = { ...(task.shape === undefined ? {} : { shape: task.shape }), ...(witness === undefined ? {} : { witness }) };
      const outcome = await (task.pairs ? compare(seed, options) : simulate(seed, options));
      outcomes.push({ ...outcome, lines: witness?.lines ?? [] });
    }
    parentPort.postMessage(outcomes);
  });
}

// `npm run bench:many`: many releases on one API server, each with its runner, and a new plan for all of them within a minute.
import { parseArgs } from 'node:util';
import { findControlPlane } from './control-plane.ts';
import { figure, summarize, table } from './figures.ts';
import { walkMany } from './many-releases.ts';

const { values } = parseArgs({
  options: {
    releases: { type: 'string', default: '200' },
    within: { type: 'string', default: '60' },
    idle: { type: 'string', default: '60' },
    check: { type: 'boolean', default: false },
  },
});
const [releases, withinSeconds, idleSeconds] = [values.releases, values.within, values.idle].map(Number) as [number, number, number];
const plane = await findControlPlane(process.env);
if (plane === null) {
  process.stderr.write('No control plane: set KUBECONFIG to a throwaway cluster, or KUBEBUILDER_ASSETS as for envtest.\n');
  process.exit(2);
}
try {
  const { kube, connection, controllers } = plane;
  const seen = await walkMany({ kube, connection, controllers, releases, withinSeconds, idleSeconds });
  const wrong = seen.ended.filter(({ phase, expected }) => phase !== expected);
  const figures = [
    figure(
      'plan landed to end',
      's',
      seen.ended.map(({ seconds }) => seconds),
      {},
    ),
    figure('requests of a release, two plans', '', seen.perRelease, { max: 300 }),
    figure('requests of all', '1/s', seen.perSecond),
    figure('answer of the API server', 'ms', seen.milliseconds),
    figure('requests of a guard', '1/min', seen.idlePerMinute, { max: 6 }),
    figure('longest time between looks', 's', [seen.longestSilenceSeconds], { max: 45 }),
  ].map(summarize);
  process.stdout.write(`${table(figures)}\n\n${releases} releases, ${wrong.length} ended otherwise than they must\n`);
  process.stdout.write(
    `refusals by status: ${JSON.stringify(seen.refusals)}; memory of this process ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB\n`,
  );
  for (const one of wrong) process.stdout.write(`${JSON.stringify(one)}\n`);
  process.exitCode = wrong.length > 0 || (values.check && figures.some(({ ok }) => ok === false)) ? 1 : 0;
} finally {
  await plane.stop();
}

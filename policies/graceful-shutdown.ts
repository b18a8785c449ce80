import { script } from '../lib/policy/commands.ts';
import { type Container, podTemplateOf, SERVING, servingContainers } from '../lib/policy/pods.ts';
import type { Rule } from '../lib/policy/rule.ts';
import { at, isFields, listAt, numberAt } from '../lib/policy/shape.ts';
import { CONTAINER, deployment, SERVICE } from './example.ts';

/** Seconds until every node and mesh has taken a pod out of its routes. */
const LEAST_SLEEP = 5;
const LEAST_GRACE = 30;
/** Beyond it a drain of a node takes longer than most clusters grant. */
const LONG_GRACE = 120;

const sleeping = (seconds: number) => `lifecycle:\n  preStop:\n    sleep:\n      seconds: ${seconds}\n`;

export const gracefulShutdown: Rule = {
  id: 'graceful-shutdown',
  holds: 'pods behind a Service wait before they stop, and have the time to finish what they do',
  severity: 'error',
  kinds: SERVING,
  thresholds: {
    preStop: { default: LEAST_SLEEP, meaning: 'seconds that a container waits at least before it stops' },
    grace: { default: LEAST_GRACE, meaning: 'seconds of terminationGracePeriodSeconds at least' },
    longGrace: { default: LONG_GRACE, meaning: 'seconds of terminationGracePeriodSeconds above which it is mentioned' },
  },
  why: 'A pod that stops gets requests for some seconds more: its removal from the routes and its SIGTERM happen at the same time. Each scale-down and each node drain then fails requests, and a release has many of both.',
  fix: `Give the container a preStop sleep of ${LEAST_SLEEP} s or more (\`preStop: {sleep: {seconds: 10}}\`), and terminationGracePeriodSeconds of ${LEAST_GRACE} or more, longer than the sleep and the drain.`,
  examples: [
    { title: 'no preStop behind a Service', yaml: deployment({}) + SERVICE, finds: [`${CONTAINER}/lifecycle/preStop`] },
    {
      title: 'a sleep that is too short',
      yaml: deployment({ container: sleeping(1) }) + SERVICE,
      finds: [`${CONTAINER}/lifecycle/preStop`],
    },
    {
      title: 'a grace period that the sleep uses up',
      yaml: deployment({ container: sleeping(30), pod: 'terminationGracePeriodSeconds: 30' }) + SERVICE,
      finds: ['/spec/template/spec/terminationGracePeriodSeconds'],
    },
    {
      title: 'a sleep and time to finish',
      yaml: deployment({ container: sleeping(10), pod: 'terminationGracePeriodSeconds: 40' }) + SERVICE,
      finds: [],
    },
    { title: 'a worker that no Service selects', yaml: deployment({}), finds: [] },
  ],
  *check(entry, { set, threshold }) {
    const template = podTemplateOf(entry);
    const [service] = template ? set.selecting('Service', entry) : [];
    if (!template || !service) return;
    let longest = 0;
    for (const container of servingContainers(template)) {
      const sleep = preStopSleep(container);
      if (sleep === 'unknown') continue;
      longest = Math.max(longest, sleep);
      if (sleep < threshold(gracefulShutdown, 'preStop'))
        yield {
          path: [...container.path, 'lifecycle', 'preStop'],
          message: `container '${container.name}' ${sleep === 0 ? 'stops at once' : `stops after ${sleep} s`} while Service '${service.id.name}' still sends it requests.`,
        };
    }
    const grace = numberAt(template.spec, 'terminationGracePeriodSeconds') ?? 30;
    const path = [...template.path, 'terminationGracePeriodSeconds'];
    if (grace < threshold(gracefulShutdown, 'grace') || grace <= longest)
      yield { path, message: `pods are killed ${grace} s after they are told to stop, of which preStop uses ${longest} s.` };
    else if (grace > threshold(gracefulShutdown, 'longGrace'))
      yield {
        path,
        message: `a pod may take ${grace} s to stop, longer than many clusters wait when they drain a node.`,
        severity: 'info',
      };
  },
};

/** Seconds that a container waits before it is told to stop; `unknown` where it does something of its own. */
function preStopSleep({ value }: Container): number | 'unknown' {
  const preStop = at(value, 'lifecycle', 'preStop');
  if (!isFields(preStop)) return 0;
  const seconds = numberAt(preStop, 'sleep', 'seconds');
  if (seconds !== null) return seconds;
  const command = listAt(preStop, 'exec', 'command').filter((word) => typeof word === 'string');
  const calls = [command, ...command.flatMap((word) => script(word))];
  const sleep = calls.find(([program = '']) => /(?:^|\/)sleep$/.test(program))?.[1];
  return sleep !== undefined && /^\d+(?:\.\d+)?s?$/.test(sleep) ? Number.parseFloat(sleep) : 'unknown';
}

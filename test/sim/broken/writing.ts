// Runners that write something else, or when they must not.
import type { ApiRequest } from '../../../lib/runner/index.ts';
import { type BrokenRunner, isRoute, isStatus, type Kube, lowers, OK, seeing, sending, weights, withData } from './between.ts';

export const WRITING: readonly BrokenRunner[] = [
  {
    does: 'writes without preconditions',
    breaks: ['S5'],
    sabotage: () =>
      sending((request, send) =>
        send(
          isRoute(request)
            ? { ...request, body: (request.body as Kube[]).filter(({ op, path }) => op !== 'test' && !path.startsWith('/metadata')) }
            : request,
        ),
      ),
  },
  {
    does: 'raises further than the plan says',
    breaks: ['S2', 'S3'],
    sabotage: () =>
      sending((request, send) => {
        if (!isRoute(request) || lowers(request)) return send(request);
        const body = (request.body as Kube[]).map((operation) =>
          operation.op !== 'test' && operation.path.endsWith('/weight')
            ? { ...operation, value: operation.path.includes('/1/weight') ? 100 : 0 }
            : operation,
        );
        return send({ ...request, body });
      }),
  },
  {
    does: 'never takes traffic back',
    breaks: ['S4'],
    sabotage: () => sending((request, send) => (lowers(request) ? Promise.resolve(OK) : send(request))),
  },
  {
    does: 'takes the pods of a candidate together with its traffic',
    breaks: ['S10'],
    sabotage: () =>
      sending(async (request, send) => {
        const answer = await send(request);
        if (lowers(request) && answer.status === 200)
          for (const candidate of ['web-cccccccc', 'web-dddddddd'])
            await send({
              method: 'PATCH',
              path: `/apis/apps/v1/namespaces/shop/deployments/${candidate}/scale?fieldManager=tidegate-runner`,
              contentType: 'application/merge-patch+json',
              body: { spec: { replicas: 0 } },
            });
        return answer;
      }),
  },
  {
    does: 'scales stable down when it switches',
    breaks: ['S7'],
    sabotage: () =>
      sending(async (request, send) => {
        const answer = await send(request);
        if (isRoute(request) && weights(request).includes(100) && answer.status === 200)
          await send({
            method: 'PATCH',
            path: '/apis/apps/v1/namespaces/shop/deployments/web-aaaaaaaa/scale?fieldManager=tidegate-runner',
            contentType: 'application/merge-patch+json',
            body: { spec: { replicas: 0 } },
          });
        return answer;
      }),
  },
  {
    does: 'writes the route before it writes down that it may',
    breaks: ['S2', 'S4', 'S6'],
    sabotage: () => {
      let held: ApiRequest | null = null;
      return sending(async (request, send) => {
        if (isStatus(request) && request.contentType === 'application/merge-patch+json' && held === null) {
          held = request;
          return OK;
        }
        const answer = await send(request);
        if (held !== null && (isRoute(request) || isStatus(request) || request.path.includes('web-status'))) {
          const late = held;
          held = null;
          await send(late);
        }
        return answer;
      });
    },
  },
  {
    does: 'trusts its memory instead of what is written',
    breaks: ['S2', 'S3', 'S6'],
    sabotage: () => {
      const memory = new Map<string, Kube>();
      return (senses, process) => {
        const remember = sending((request, send) => {
          if (!isStatus(request)) return send(request);
          const { data } = request.body as Kube;
          memory.set(process.plan, { ...memory.get(process.plan), ...data });
          if (request.contentType !== 'application/merge-patch+json') return send(request);
          return send({ ...request, body: { data } }).then(() => OK);
        });
        const recall = seeing(/web-status/, (status) =>
          status !== undefined && memory.has(process.plan) ? withData(status, memory.get(process.plan)) : status,
        );
        return recall(remember(senses, process), process);
      };
    },
  },
  {
    does: 'switches a Service without a look at the candidate that it names',
    breaks: ['S5'],
    shape: 'blue-green',
    sabotage: () =>
      sending((request, send) =>
        send(
          isRoute(request)
            ? { ...request, body: (request.body as Kube[]).filter(({ path }) => !path.startsWith('/metadata/annotations/')) }
            : request,
        ),
      ),
  },
  {
    does: 'goes on when its plan is gone',
    breaks: ['superseded'],
    sabotage: () => {
      const memory = new Map<string, Kube>();
      return seeing(/web-plan-/, (object) => {
        if (object !== undefined) memory.set(object.metadata.name, object);
        return object ?? [...memory.values()].at(-1);
      });
    },
  },
  {
    does: 'goes on with its plan when another one is put in its place',
    breaks: ['S4'],
    sabotage: () => {
      const texts = new Map<string, string>();
      return seeing(/web-plan-/, (object) => {
        if (object === undefined) return undefined;
        const { name } = object.metadata;
        texts.set(name, texts.get(name) ?? object.data['plan.json']);
        return withData(object, { 'plan.json': texts.get(name) });
      });
    },
  },
  {
    does: 'has a clock that runs too fast',
    breaks: ['S2'],
    sabotage: () => (senses) => {
      const began = senses.clock.now();
      return { ...senses, clock: { ...senses.clock, now: () => began + 3 * (senses.clock.now() - began) } };
    },
  },
];

import type { Complaint, Rule } from '../lib/policy/rule.ts';
import { at, indexed, listAt } from '../lib/policy/shape.ts';

const VIRTUAL_SERVICE = 'networking.istio.io/VirtualService';

const virtualService = (stable: string, candidate: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
  namespace: shop
spec:
  hosts: [web]
  http:
    - route:
        - destination:
            host: web-stable
${stable}        - destination:
            host: web-canary
${candidate}`;
const weight = (value: number) => `          weight: ${value}\n`;

const httpRoute = (weights: readonly [string, string]) => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
spec:
  rules:
    - backendRefs:
        - name: web-stable
          port: 80
${weights[0]}        - name: web-canary
          port: 80
${weights[1]}`;

export const weightsSum: Rule = {
  id: 'weights-sum',
  holds: 'every destination of a split has its weight, and those of a VirtualService make 100',
  severity: 'error',
  kinds: [VIRTUAL_SERVICE, 'gateway.networking.k8s.io/HTTPRoute', 'gateway.networking.k8s.io/GRPCRoute'],
  why: 'A weight that is not written is 0 for Istio and 1 for the Gateway API: nothing, or half of all requests, goes to the candidate. Where weights do not make 100 they are shares of whatever they make, and every step of a plan means another share than it says.',
  fix: 'Write an integer weight at each destination; 100 and 0 at rest.',
  examples: [
    { title: '60 and 50', yaml: virtualService(weight(60), weight(50)), finds: ['/spec/http/0/route'] },
    { title: 'one weight is left out', yaml: virtualService(weight(90), ''), finds: ['/spec/http/0/route/1/weight'] },
    { title: 'an HTTPRoute that splits by default', yaml: httpRoute([weight(1), '']), finds: ['/spec/rules/0/backendRefs/1/weight'] },
    { title: 'an HTTPRoute that splits into halves without saying so', yaml: httpRoute(['', '']), finds: ['/spec/rules/0/backendRefs'] },
    { title: 'an HTTPRoute that sends requests nowhere', yaml: httpRoute([weight(0), weight(0)]), finds: ['/spec/rules/0/backendRefs'] },
    { title: '95 and 5', yaml: virtualService(weight(95), weight(5)), finds: [] },
    { title: 'weights of an HTTPRoute are relative', yaml: httpRoute([weight(9), weight(1)]), finds: [] },
  ],
  *check({ kind, value }) {
    if (kind !== VIRTUAL_SERVICE) {
      for (const [index, rule] of indexed(listAt(value, 'spec', 'rules')))
        yield* split(listAt(rule, 'backendRefs'), ['spec', 'rules', String(index), 'backendRefs'], 'any');
      return;
    }
    for (const protocol of ['http', 'tls', 'tcp'])
      for (const [index, rule] of indexed(listAt(value, 'spec', protocol)))
        yield* split(listAt(rule, 'route'), ['spec', protocol, String(index), 'route'], 100);
  },
};

/** @param whole what the weights must make; `any` for weights that are relative */
function* split(destinations: readonly unknown[], path: readonly string[], whole: 100 | 'any'): Iterable<Complaint> {
  const weights = destinations.map((destination) => at(destination, 'weight'));
  const [only, another] = weights;
  if (weights.length === 0 || (another === undefined && weights.length === 1 && only === undefined)) return;
  if (weights.every((weight) => weight === undefined)) {
    const each = whole === 100 ? 'none is sent a request by its weight' : `each gets 1 of ${weights.length} requests`;
    yield { path, message: `no destination of ${weights.length} has a weight, so ${each}.` };
    return;
  }
  let complete = true;
  for (const [index, weight] of indexed(weights)) {
    if (typeof weight === 'number' && Number.isInteger(weight) && weight >= 0) continue;
    complete = false;
    yield {
      path: [...path, String(index), 'weight'],
      message:
        weight === undefined
          ? `destination ${index + 1} of ${weights.length} has no weight, which is ${whole === 100 ? '0' : '1'}.`
          : `destination ${index + 1} of ${weights.length} has the weight ${JSON.stringify(weight)}, expected an integer from 0 on.`,
    };
  }
  if (!complete) return;
  const sum = weights.reduce<number>((total, weight) => total + Number(weight), 0);
  if (whole === 100 ? sum !== 100 : sum === 0)
    yield {
      path,
      message: `the weights ${weights.join(' + ')} make ${sum}${whole === 100 ? ', expected 100' : ', so every request fails'}.`,
    };
}

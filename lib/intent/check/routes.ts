import type { CanaryStep, HeaderRoute, Mirror } from '../strategy.ts';
import { mirrorProblem } from '../weights.ts';
import { checkLabel } from './names.ts';
import { type Place, type Problems, problem, repeated } from './problem.ts';

/** Header routes and mirrors have names of their own, say what can be matched, and none of them is there in vain. */
export function* checkRoutes(steps: readonly CanaryStep[]): Problems {
  const routes: [Place, HeaderRoute][] = [];
  const mirrors: [Place, Mirror][] = [];
  for (const [index, step] of steps.entries()) {
    if ('headerRoute' in step) routes.push([['strategy', 'steps', index, 'headerRoute'], step.headerRoute]);
    if ('mirror' in step) mirrors.push([['strategy', 'steps', index, 'mirror'], step.mirror]);
  }
  yield* checkHeaderRoutes(routes);
  yield* checkMirrors(mirrors);
}

function* checkHeaderRoutes(routes: readonly (readonly [Place, HeaderRoute])[]): Problems {
  for (const [place, { name, headers }] of routes) {
    yield* checkLabel([...place, 'name'], name, 'header route name');
    yield* checkHeaders([...place, 'headers'], headers);
  }
  yield* repeated(
    routes.map(([place, { name }]) => [[...place, 'name'], name] as const),
    (name) => `header route name '${name}'`,
  );
  for (const [index, [place, { headers }]] of routes.entries()) {
    const wider = routes.slice(0, index).find(([, earlier]) => fits(headers, earlier.headers));
    if (wider !== undefined)
      yield problem(
        [...place, 'headers'],
        `every request with these headers fits header route '${wider[1].name}' already.`,
        'Begin with the route that asks for more headers, or remove this one.',
      );
  }
}

/** Whether every request with `headers` is one that a route of `wanted` takes. */
export function fits(headers: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  const has = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(wanted).every(([name, value]) => has.get(name.toLowerCase()) === value);
}

function* checkMirrors(mirrors: readonly (readonly [Place, Mirror])[]): Problems {
  const only = mirrors[0]?.[1].name;
  for (const [index, [place, { name, percent }]] of mirrors.entries()) {
    yield* checkLabel([...place, 'name'], name, 'mirror name');
    const wrong = mirrorProblem(percent);
    if (wrong !== null) yield problem([...place, 'percent'], `${wrong}.`);
    if (index === 0 && percent === 0) yield problem([...place, 'percent'], `mirror '${name}' ends before it has begun.`);
    if (name !== only)
      yield problem(
        [...place, 'name'],
        `there is a mirror '${only}' already, and a request is copied once.`,
        `Change the percent of '${only}'.`,
      );
  }
}

/** A token of HTTP (RFC 9110, 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** Visible characters, and spaces between them: HTTP cuts those at the ends. */
const VALUE = /^(?=.{1,4096}$)[!-~](?:[ -~]*[!-~])?$/;

/** Headers by which requests are told apart: names without regard to case, values letter by letter. */
export const checkHeaders = (place: Place, headers: Readonly<Record<string, string>>): Problems =>
  checkNamed(place, headers, function* (at, value) {
    if (!VALUE.test(value))
      yield problem(
        at,
        `value '${value}' must be 1 to 4096 visible ASCII characters, with spaces only between them.`,
        'It is compared as it stands: there are no patterns, and no way to ask whether a header is there at all.',
      );
  });

/** Headers that are sent with a request: a value may be empty. */
export const checkSentHeaders = (place: Place, headers: Readonly<Record<string, string>>): Problems =>
  checkNamed(place, headers, function* (at, value) {
    if (value !== '' && !VALUE.test(value))
      yield problem(at, `value '${value}' must be at most 4096 visible ASCII characters, with spaces only between them.`);
  });

function* checkNamed(
  place: Place,
  headers: Readonly<Record<string, string>>,
  checkValue: (place: Place, value: string) => Problems,
): Problems {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name))
      yield problem([...place, name], `header name '${name}' must be letters, digits and '-', at most 256 of them, as HTTP has it.`);
    yield* checkValue([...place, name], value);
  }
  yield* repeated(
    Object.keys(headers).map((name) => [[...place, name], name.toLowerCase()]),
    (name) => `header '${name}'`,
  );
}

import { Duration } from '../../intent/duration.ts';
import type { GateProvider, GateQuery, JobCheck, WebCheck } from '../../intent/gate.ts';
import { given } from '../../schema/given.ts';
import type { Problem } from '../../schema/index.ts';
import { parseJsonPath } from '../providers/index.ts';
import type { Arguments } from './arguments.ts';
import { at, fieldsAt, isFields, listAt, type Part, textAt } from './shape.ts';

/** The provider of a metric, as a gate has it; null where a gate cannot ask it, and the problems say why. */
export function providerOf(part: Part, args: Arguments, problems: Problem[]): GateProvider | null {
  const providers = Object.entries(fieldsAt(part.value, 'provider')).filter(([, value]) => value !== null);
  const [[name = '', value] = []] = providers;
  const refuse = (path: readonly string[], message: string, help?: string): null => {
    problems.push(part.problem(['provider', ...path], message, help));
    return null;
  };
  if (providers.length !== 1) return refuse([], providers.length === 0 ? 'no provider specified.' : 'multiple providers specified.');
  const known = (fields: readonly string[], path: readonly string[], of: unknown, why: string) => {
    for (const field of Object.keys(fieldsAt(of)))
      if (!fields.includes(field) && !(field === 'insecure' && at(of, field) === false))
        refuse([...path, field], `${[...path, field].join('.')} cannot be done here: ${why}.`);
  };
  switch (name) {
    case 'prometheus': {
      known(['address', 'query', 'rangeQuery', 'timeout', 'headers'], [name], value, LET_IN);
      const [address, query] = [textAt(value, 'address'), textAt(value, 'query')];
      if (!address)
        return refuse([name], 'its address is that of the controller, which is not here.', 'Write the address into the template.');
      if (!query) return refuse([name], 'it has no query.');
      const timeout = at(value, 'timeout');
      const prometheus: GateQuery = {
        address,
        query,
        timeout: `${typeof timeout === 'number' && timeout > 0 ? timeout : PROMETHEUS_TIMEOUT_SECONDS}s`,
        ...rangeOf(value, refuse),
        ...headersOf(value, args, [name], refuse),
      };
      return { prometheus };
    }
    case 'web': {
      known(['url', 'method', 'headers', 'body', 'jsonBody', 'jsonPath', 'timeoutSeconds'], [name], value, LET_IN);
      const url = textAt(value, 'url');
      if (!url) return refuse([name], 'it has no url.');
      const jsonPath = textAt(value, 'jsonPath') || '{$}';
      if (parseJsonPath(jsonPath) === null)
        return refuse(
          [name, 'jsonPath'],
          `jsonPath '${jsonPath}' must name one place, such as {$.status}: which of many came first would decide.`,
        );
      const seconds = at(value, 'timeoutSeconds');
      const json = at(value, 'jsonBody');
      const body = json === undefined ? textAt(value, 'body') : JSON.stringify(json);
      const access = headersOf(value, args, [name], refuse);
      const web: WebCheck = {
        url,
        jsonPath,
        timeout: `${typeof seconds === 'number' && seconds > 0 ? seconds : WEB_TIMEOUT_SECONDS}s`,
        method: (['POST', 'PUT'] as const).find((method) => method === textAt(value, 'method')) ?? 'GET',
        ...(body ? { body } : {}),
        ...access,
        ...(json === undefined ? {} : { headers: { 'content-type': 'application/json', ...access.headers } }),
      };
      return { web };
    }
    case 'job':
      return jobOf(value, known, refuse);
    default:
      return refuse([name], `nobody here asks ${name}: the runner knows prometheus, web and job.`, 'Ask it through one of them.');
  }
}

const PROMETHEUS_TIMEOUT_SECONDS = 30;
const WEB_TIMEOUT_SECONDS = 10;
const LET_IN = 'the runner is let in by a mounted Secret, and checks certificates always';

type Refuse = (path: readonly string[], message: string, help?: string) => null;
type Known = (fields: readonly string[], path: readonly string[], of: unknown, why: string) => void;

/** The last while until now; nothing else has the same meaning whenever it is asked. */
function rangeOf(value: unknown, refuse: Refuse): Pick<GateQuery, 'range'> {
  if (at(value, 'rangeQuery') === undefined) return {};
  const [start, end, step] = ['start', 'end', 'step'].map((field) => textAt(value, 'rangeQuery', field)?.trim() ?? '');
  const window = /^now\(\)\s*-\s*duration\(\s*["'`]([^"'`]+)["'`]\s*\)$/.exec(start ?? '')?.[1];
  if (window === undefined || end !== 'now()' || !isDuration(window) || !isDuration(step ?? '')) {
    refuse(
      ['prometheus', 'rangeQuery'],
      'a range ends now here.',
      `Write start: now() - duration("5m"), end: now(), and a step such as 30s.`,
    );
    return {};
  }
  return { range: { window: Duration.parse(window).toString(), step: Duration.parse(step ?? '').toString() } };
}

function isDuration(text: string): boolean {
  try {
    Duration.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Headers, and the one that lets in where its value is a Secret's. */
function headersOf(value: unknown, args: Arguments, path: readonly string[], refuse: Refuse): Pick<WebCheck, 'headers' | 'auth'> {
  const headers: Record<string, string> = {};
  let auth: WebCheck['auth'];
  for (const [index, header] of listAt(value, 'headers').entries()) {
    const [key, text] = [textAt(header, 'key') ?? '', textAt(header, 'value') ?? ''];
    const token = /^Bearer \{\{args\.(.+)\}\}$/i.exec(text)?.[1];
    const secret = token === undefined ? null : args.secret(token);
    if (/^authorization$/i.test(key) && secret) auth = { bearer: { tokenSecret: secret } };
    else if (/^(proxy-)?authorization$/i.test(key))
      refuse(
        [...path, 'headers', String(index)],
        'everybody who reads the plan would see these credentials.',
        'Take them from a Secret: an argument with valueFrom.secretKeyRef, and the header Authorization: Bearer {{args.token}}.',
      );
    else headers[key] = text;
  }
  return { ...(Object.keys(headers).length > 0 ? { headers } : {}), ...given({ auth }) };
}

/** A Job of one container that is tried once: what runs here is rendered beforehand, and no stranger's pod. */
function jobOf(value: unknown, known: Known, refuse: Refuse): { readonly job: JobCheck } | null {
  const why = 'a check is one container, which runs without rights and is tried once';
  known(['metadata', 'spec'], ['job'], value, why);
  const spec = at(value, 'spec');
  known(['backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished', 'template'], ['job', 'spec'], spec, why);
  const pod = at(spec, 'template', 'spec');
  known(['containers', 'restartPolicy', 'automountServiceAccountToken', 'securityContext'], ['job', 'spec', 'template', 'spec'], pod, why);
  const [container, ...others] = listAt(pod, 'containers');
  const place = ['job', 'spec', 'template', 'spec', 'containers'];
  if (at(spec, 'backoffLimit') !== 0)
    return refuse(['job', 'spec'], 'a Job is tried once here, and this one up to seven times.', 'Write backoffLimit: 0.');
  if (container === undefined || others.length > 0)
    return refuse(place, `it has ${others.length + (container ? 1 : 0)} containers, and must have one.`);
  known(['name', 'image', 'command', 'args', 'env', 'resources', 'securityContext', 'imagePullPolicy'], [...place, '0'], container, why);
  const env = listAt(container, 'env').map((variable, index) => {
    const [name, text] = [textAt(variable, 'name') ?? '', at(variable, 'value')];
    if (isFields(at(variable, 'valueFrom'))) refuse([...place, '0', 'env', String(index)], `${name} has no value of its own.`);
    return [name, String(text ?? '')] as const;
  });
  const texts = (field: string) => listAt(container, field).map(String);
  const seconds = at(spec, 'activeDeadlineSeconds');
  return {
    job: {
      image: textAt(container, 'image') ?? '',
      ...(at(container, 'command') === undefined ? {} : { command: texts('command') }),
      ...(at(container, 'args') === undefined ? {} : { args: texts('args') }),
      ...(env.length > 0 ? { env: Object.fromEntries(env) } : {}),
      ...(typeof seconds === 'number' ? { timeout: `${seconds}s` } : {}),
    },
  };
}

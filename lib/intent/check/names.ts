import { dnsLabelProblem } from '../names.ts';
import { type Place, type Problems, problem } from './problem.ts';

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*$/;
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

export function* checkLabel(place: Place, name: string, what: string): Problems {
  const wrong = dnsLabelProblem(name, what);
  if (wrong !== null) yield problem(place, `${wrong}.`);
}

/** A DNS name such as `web.example.com` (RFC 1123). */
export function* checkDnsName(place: Place, name: string, what: string): Problems {
  if (!DNS_NAME.test(name))
    yield problem(place, `${what} '${name}' must be a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters.`);
}

/** @see https://www.rfc-editor.org/rfc/rfc6335#section-5.1 */
export function* checkPortName(place: Place, name: string): Problems {
  if (!PORT_NAME.test(name))
    yield problem(
      place,
      `port name '${name}' must have at most 15 characters, lower-case letters, digits and single '-' between them, and a letter.`,
    );
}

/** What Kubernetes takes for the name of an environment variable; it leaves out keys of a ConfigMap that are none, without a word. */
export function* checkEnvName(place: Place, name: string): Problems {
  if (!ENV_NAME.test(name))
    yield problem(place, `environment variable '${name}' must be letters, digits, '-', '_' and '.', and not begin with a digit.`);
}

export function* checkDataKey(place: Place, key: string, kind = 'ConfigMap'): Problems {
  if (!DATA_KEY.test(key)) yield problem(place, `key '${key}' of a ${kind} must be letters, digits, '-', '_' and '.'.`);
}

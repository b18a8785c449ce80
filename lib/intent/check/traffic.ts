import { DEFAULTS } from '../defaults.ts';
import { Duration } from '../duration.ts';
import type { ReleaseIntent } from '../release.ts';
import { parseGateway, parsePercent } from '../resolve-traffic.ts';
import type { ExpectedTraffic, Traffic } from '../traffic.ts';
import { checkPrometheus } from './gates.ts';
import { atLeast } from './lifecycle.ts';
import { checkDnsName, checkLabel } from './names.ts';
import { attempt, type Problems, parsed, problem, repeated } from './problem.ts';

/** What holds for every router; what one router cannot do is said by the router itself. */
export function* checkTraffic({ traffic, ports, network = {} }: ReleaseIntent): Problems {
  yield* checkHosts(traffic);
  yield* checkGateways(traffic);
  yield* checkPaths(traffic);
  if (traffic.port !== undefined && !Object.hasOwn(ports, traffic.port))
    yield problem(['traffic', 'port'], `port '${traffic.port}' is not there.`, `Ports are ${Object.keys(ports).join(', ')}.`);
  yield* checkTimes(traffic);
  if (traffic.expected) yield* checkExpected(traffic.expected);
  if (traffic.served) yield* checkPrometheus(['traffic', 'served', 'prometheus'], traffic.served.prometheus);
  yield* checkNetwork(network);
}

function* checkHosts({ hosts = [] }: Traffic): Problems {
  for (const [index, host] of hosts.entries()) yield* checkDnsName(['traffic', 'hosts', index], host.replace(/^\*\./, ''), 'host');
  yield* repeated(
    hosts.map((host, index) => [['traffic', 'hosts', index], host]),
    (host) => `host '${host}'`,
  );
}

function* checkGateways({ gateways = [] }: Traffic): Problems {
  for (const [index, text] of gateways.entries()) {
    const place = ['traffic', 'gateways', index];
    const { value: gateway, refusal } = attempt(() => parseGateway(text));
    if (refusal !== null) {
      yield problem(place, refusal);
      continue;
    }
    yield* checkLabel(place, gateway.namespace, 'namespace');
    yield* checkDnsName(place, gateway.name, 'gateway');
    if (gateway.listener !== null) yield* checkDnsName(place, gateway.listener, 'listener');
  }
  yield* repeated(
    gateways.map((gateway, index) => [['traffic', 'gateways', index], gateway]),
    (gateway) => `gateway '${gateway}'`,
  );
}

function* checkPaths({ paths = [], attach }: Traffic): Problems {
  for (const [index, path] of paths.entries())
    if (!/^\/[^\s?#]*$/.test(path))
      yield problem(['traffic', 'paths', index], `path '${path}' must begin with '/' and have no space, '?' or '#'.`);
  yield* repeated(
    paths.map((path, index) => [['traffic', 'paths', index], path]),
    (path) => `path '${path}'`,
  );
  if (attach === 'shared' && paths.length === 0)
    yield problem(['traffic', 'paths'], 'one of several routes of a host needs paths of its own.', "Name them, or use attach: 'own'.");
}

function* checkTimes({ timeout: written, retries, connectionPool, outlierDetection }: Traffic): Problems {
  const timeout = Duration.parse(written ?? DEFAULTS['Traffic.timeout']);
  yield* atLeast(['traffic', 'timeout'], timeout, 1);
  if (retries && retries.perTryTimeout !== undefined) {
    const perTry = Duration.parse(retries.perTryTimeout);
    const tries = retries.attempts + 1;
    if (perTry.milliseconds === 0) yield problem(['traffic', 'retries', 'perTryTimeout'], 'found 0s, expected more than nothing.');
    if (perTry.milliseconds * tries > timeout.milliseconds)
      yield problem(
        ['traffic', 'retries', 'perTryTimeout'],
        `${tries} tries of ${perTry} do not fit into the timeout of ${timeout}.`,
        `Give at most ${Duration.ofMilliseconds(Math.floor(timeout.milliseconds / tries))} per try, or a longer timeout.`,
      );
  }
  if (connectionPool?.connectTimeout !== undefined)
    yield* moreThanNothing(['connectionPool', 'connectTimeout'], connectionPool.connectTimeout);
  if (outlierDetection?.every !== undefined) yield* moreThanNothing(['outlierDetection', 'every'], outlierDetection.every);
  if (outlierDetection?.ejectFor !== undefined) yield* moreThanNothing(['outlierDetection', 'ejectFor'], outlierDetection.ejectFor);
}

function* moreThanNothing(place: readonly string[], duration: Duration | string): Problems {
  if (Duration.parse(duration).milliseconds === 0) yield problem(['traffic', ...place], 'found 0s, expected more than nothing.');
}

function* checkExpected({ peakRps, lowRps, errorRate }: ExpectedTraffic): Problems {
  yield* parsed(['traffic', 'expected', 'errorRate'], () => parsePercent(errorRate));
  if (lowRps !== undefined && lowRps > peakRps)
    yield problem(['traffic', 'expected', 'lowRps'], `lowRps ${lowRps} is more than peakRps ${peakRps}.`);
}

function* checkNetwork({ from = [], egress = [] }: NonNullable<ReleaseIntent['network']>): Problems {
  for (const [index, namespace] of from.entries()) yield* checkLabel(['network', 'from', index], namespace, 'namespace');
  for (const [index, { namespace, cidr }] of egress.entries()) {
    const place = ['network', 'egress', index];
    if (namespace !== undefined) yield* checkLabel([...place, 'namespace'], namespace, 'namespace');
    if (cidr !== undefined && !isCidr(cidr))
      yield problem([...place, 'cidr'], `'${cidr}' must be addresses such as '10.0.0.0/8' or 'fd00::/8'.`);
    if (namespace !== undefined && cidr !== undefined)
      yield problem(place, 'a NetworkPolicy names a namespace or addresses, not both at once.', 'Make two entries of it.');
  }
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  if (/^[0-9a-f:]*:[0-9a-f:]*$/i.test(address)) return Number(length) <= 128;
  const bytes = address.split('.');
  return Number(length) <= 32 && bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255);
}

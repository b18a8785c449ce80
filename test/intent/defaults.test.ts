// What a field's `@default` tag says and what `resolve` fills in come from one table; both directions are compared here.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { DEFAULTS, type DefaultName } from '../../lib/intent/defaults.ts';
import { resolveIntent } from '../../lib/intent/resolve.ts';
import { INTENT } from '../../tools/docs/declarations.ts';
import { accepted, errors } from './valid.ts';

/** Where a default that is a value can be written out, so that nothing changes. */
const PLACES: readonly (readonly [place: string, name: DefaultName])[] = [
  ['engine', 'ReleaseIntent.engine'],
  ['risk', 'ReleaseIntent.risk'],
  ['workload', 'ReleaseIntent.workload'],
  ['replicas', 'ReleaseIntent.replicas'],
  ['mountToken', 'ReleaseIntent.mountToken'],
  ['spread', 'ReleaseIntent.spread'],
  ['ports.metrics.appProtocol', 'Port.appProtocol'],
  ['config.app.env', 'Config.env'],
  ['volumes.scratch.readOnly', 'Volume.readOnly'],
  ['volumes.scratch.emptyDir.memory', 'EmptyDir.memory'],
  ['volumes.id.token.expires', 'IdentityToken.expires'],
  ['sidecars.proxy.init', 'Sidecar.init'],
  ['shutdown.preStop', 'Shutdown.preStop'],
  ['shutdown.drain', 'Shutdown.drain'],
  ['security.readOnlyRootFilesystem', 'Security.readOnlyRootFilesystem'],
  ['mesh.jobs', 'Mesh.jobs'],
  ['mesh.runner', 'Mesh.runner'],
  ['traffic.callers', 'Traffic.callers'],
  ['traffic.attach', 'Traffic.attach'],
  ['traffic.timeout', 'Traffic.timeout'],
  ['traffic.retries.on', 'Retries.on'],
  ['traffic.outlierDetection.every', 'OutlierDetection.every'],
  ['traffic.outlierDetection.ejectFor', 'OutlierDetection.ejectFor'],
  ['traffic.outlierDetection.maxEjectedPercent', 'OutlierDetection.maxEjectedPercent'],
  ['strategy.approval.name', 'Approval.name'],
  ['strategy.approval.deadline', 'Approval.deadline'],
  ['strategy.gates[0].interval', 'Gate.interval'],
  ['strategy.gates[0].count', 'Gate.count'],
  ['strategy.gates[0].initialDelay', 'Gate.initialDelay'],
  ['strategy.gates[0].failureLimit', 'Gate.failureLimit'],
  ['strategy.gates[0].inconclusiveLimit', 'Gate.inconclusiveLimit'],
  ['strategy.gates[0].onFailure', 'Gate.onFailure'],
  ['strategy.gates[0].provider.prometheus.timeout', 'PrometheusQuery.timeout'],
  ['smoke[0].deadline', 'HttpSmoke.deadline'],
  ['smoke[0].http[0].method', 'HttpCheck.method'],
  ['smoke[0].http[0].status', 'HttpCheck.status'],
  ['smoke[0].http[0].timeout', 'HttpCheck.timeout'],
  ['migrations[0].oldShape', 'ExpandMigration.oldShape'],
  ['migrations[0].deadline', 'MigrationJob.deadline'],
  ['flags.ranking.percent', 'Flag.percent'],
  ['remedies.flagOff.settle', 'FlagOff.settle'],
  ['remedies.flagOff.within', 'FlagOff.within'],
  ['remedies.shed.within', 'Shed.within'],
  ['remedies.webhook.timeout', 'FlagWebhook.timeout'],
  ['remedies.webhook.settle', 'FlagWebhook.settle'],
  ['remedies.webhook.within', 'FlagWebhook.within'],
  ['notifications[0].slack.port', 'ChatWebhook.port'],
  ['notifications[1].github.api', 'GithubRepository.api'],
  ['notifications[2].gitlab.url', 'GitlabProject.url'],
  ['deadlines.ready', 'Deadlines.ready'],
  ['deadlines.step', 'Deadlines.step'],
  ['deadlines.release', 'Deadlines.release'],
  ['deadlines.scaleDownDelay', 'Deadlines.scaleDownDelay'],
  ['history.keepWarm', 'History.keepWarm'],
  ['history.keep', 'History.keep'],
];

interface DocumentedField {
  /** `Interface.field`; a field of an object written in place is `Interface.field.inner`. */
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
  /** Text of its `@default` tag. */
  readonly default: string | undefined;
}

const fields = INTENT.flatMap(fieldsOf);
const documented = fields.filter((field) => field.default !== undefined);

describe('the defaults of an intent', () => {
  test('are documented where they are filled in, and filled in where they are documented', () => {
    expect(Object.fromEntries(documented.map((field) => [field.name, field.default]))).toEqual(DEFAULTS);
  });

  test('belong to fields that may be left out', () => {
    expect(documented.filter((field) => !field.optional)).toEqual([]);
  });

  test.each(PLACES)('%s may be written out without changing anything', (place, name) => {
    const bare = {
      replicas: undefined,
      shutdown: undefined,
      deadlines: undefined,
      'strategy.gates': [errors],
      'traffic.retries': { attempts: 2 },
    };
    const rich = {
      ...bare,
      migrations: [{ name: 'score', kind: 'expand', container: {} }],
      flags: { ranking: { owner: 'search', created: '2026-01-10', expires: '2026-03-31' } },
      remedies: {
        flagOff: { flag: 'ranking' },
        webhook: { url: 'http://flags', flag: 'ranking' },
        shed: { headers: { 'x-priority': 'low' } },
      },
      notifications: [
        { slack: { url: { name: 'chat', key: 'url' } } },
        { github: { repository: 'shop/releases', token: { name: 'git', key: 'token' } } },
        { gitlab: { project: 'shop/releases', ref: 'main', token: { name: 'git', key: 'token' } } },
      ],
      'volumes.id': { mountPath: '/id', token: { audience: 'a' } },
      'traffic.outlierDetection': { consecutive5xx: 5 },
    };
    const resolve = (changes: Readonly<Record<string, unknown>>) => resolveIntent('web', accepted({ ...rich, ...changes }), 'shop');
    expect(resolve({ [place]: asValue(DEFAULTS[name]) })).toEqual(resolve({ [place]: undefined }));
  });

  test('are known for every duration and switch that may be left out', () => {
    // A limit that is not written is not there; these fields change nothing when they are left out.
    const without = ['EnvValue.optional', 'ConnectionPool.connectTimeout'];
    const silent = fields.filter((field) => field.optional && field.default === undefined && /^(DurationLike|boolean)$/.test(field.type));
    expect(silent.map((field) => field.name)).toEqual(without);
  });
});

/** `'false'` as false, `'30'` as 30, other text as it stands. */
function asValue(text: string): unknown {
  return /^(true|false|\d+)$/.test(text) ? JSON.parse(text) : text;
}

function fieldsOf(path: string): DocumentedField[] {
  const file = new URL(`../../${path}`, import.meta.url);
  const source = ts.createSourceFile(file.pathname, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: DocumentedField[] = [];
  const visit = (node: ts.Node, holder: string): void => {
    const named = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isPropertySignature(node);
    const place = named ? [holder, node.name.getText(source)].filter((part) => part !== '').join('.') : holder;
    if (ts.isPropertySignature(node)) {
      const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === 'default');
      const text = tag && ts.getTextOfJSDocComment(tag.comment)?.trim();
      found.push({ name: place, optional: node.questionToken !== undefined, default: text, type: node.type?.getText(source) ?? '' });
    }
    ts.forEachChild(node, (child) => visit(child, place));
  };
  visit(source, '');
  return found;
}

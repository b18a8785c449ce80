import { CANDIDATE_ANNOTATION, RELEASE_LABEL, REVISION_LABEL, ROUTER_ANNOTATION } from '../../lock/labels.ts';
import type { KubeObject } from '../../schema/index.ts';

/** Places in lists of rules: expressions have no other way to count. */
const MOST = 32;
const PLACES = `[${Array.from({ length: MOST }, (_, index) => index).join(', ')}]`;

/** On a route: the revision that may get more than half of its requests. Set by whoever may approve. */
export const APPROVED_ANNOTATION = 'tidegate.dev/approved-revision';
/** On a Service that is a route: the revision that it may always go back to, set together with the other. */
export const APPROVED_FROM_ANNOTATION = 'tidegate.dev/approved-from';

/**
 * Policies for a whole cluster, which ask nothing of releases: whatever account writes, the share of an unapproved revision
 * does not rise above the half, and may always fall. Who approves is who may do the verb `approve` to `releases.tidegate.dev`
 * of the route's name, which no object stands for. What a runner writes is weights and nothing else.
 * @param namespaces labels of the namespaces in which they hold; by default all
 */
export const admissionObjects = (namespaces: Readonly<Record<string, string>> = {}): readonly KubeObject[] =>
  KINDS.flatMap((kind) => [
    policy(`tidegate-exposure-${kind.resource}`, kind, exposure(kind)),
    policy(`tidegate-runner-${kind.resource}`, kind, runner(kind)),
  ]).flatMap((one) => [one, binding(one.metadata.name, namespaces)]);

interface RoutedKind {
  readonly group: string;
  readonly versions: readonly string[];
  readonly resource: 'httproutes' | 'virtualservices' | 'services';
}

const KINDS: readonly RoutedKind[] = [
  { group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1'], resource: 'httproutes' },
  { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'], resource: 'virtualservices' },
  { group: '', versions: ['v1'], resource: 'services' },
];

interface Content {
  readonly operations: readonly ('CREATE' | 'UPDATE')[];
  /** Which objects it is about. */
  readonly when: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly validations: readonly (readonly [expression: string, message: string])[];
}

function policy(name: string, { group, versions, resource }: RoutedKind, content: Content): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [group], apiVersions: versions, operations: content.operations, resources: [resource] }],
      },
      matchConditions: [{ name: 'of-a-release', expression: content.when }],
      variables: Object.entries(content.variables).map(([variable, expression]) => ({ name: variable, expression })),
      validations: content.validations.map(([expression, message]) => ({ expression, message, reason: 'Forbidden' })),
    },
  };
}

const binding = (policyName: string, labels: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: policyName },
  spec: {
    policyName,
    validationActions: ['Deny'],
    ...(Object.keys(labels).length > 0 ? { matchResources: { namespaceSelector: { matchLabels: labels } } } : {}),
  },
});

const mapOf = (object: string, field: 'labels' | 'annotations') =>
  `(${object} != null && has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;
const entry = (map: string, key: string) => `('${key}' in ${map} ? ${map}['${key}'] : '')`;
const annotation = (object: string, name: string) => entry(mapOf(object, 'annotations'), name);
const releaseOf = (object: string) => entry(mapOf(object, 'labels'), RELEASE_LABEL);
/** By which a route is a release's; empty where it is not. */
const mark = (object: string, { resource }: RoutedKind) =>
  resource === 'services' ? annotation(object, ROUTER_ANNOTATION) : releaseOf(object);

/** Of the release that the route was of. */
const IS_RUNNER = `${releaseOf('oldObject')} != '' && request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':' + ${releaseOf('oldObject')} + '-runner'`;
const APPROVER =
  "authorizer.group('tidegate.dev').resource('releases').namespace(request.namespace).name(request.name).check('approve').allowed()";
const KEEPS_APPROVAL = [APPROVED_ANNOTATION, APPROVED_FROM_ANNOTATION]
  .map((name) => `${annotation('object', name)} == ${annotation('oldObject', name)}`)
  .join(' && ');
const ONLY_APPROVERS = "it takes the verb 'approve' on releases.tidegate.dev of this name";

/** Whoever may approve may do all of this. */
function exposure(kind: RoutedKind): Content {
  const guarded: Content['validations'] = [
    [
      `${mark('oldObject', kind)} == '' || ${mark('oldObject', kind)} == ${mark('object', kind)}`,
      `the mark by which this route is a release's stays: ${ONLY_APPROVERS}`,
    ],
    [KEEPS_APPROVAL, `who sets what is approved, approves: ${ONLY_APPROVERS}`],
    ...(kind.resource === 'services' ? SELECTED : SHARED),
  ];
  return {
    operations: kind.resource === 'services' ? ['UPDATE'] : ['CREATE', 'UPDATE'],
    when: `${mark('object', kind)} != '' || ${mark('oldObject', kind)} != ''`,
    variables: {
      approver: APPROVER,
      approved: annotation('object', APPROVED_ANNOTATION),
      ...(kind.resource === 'services' ? SELECTION : shares(kind.resource)),
    },
    validations: guarded.map(([expression, message]) => [`variables.approver || (${expression})`, message]),
  };
}

const selected = (object: string) =>
  `(has(${object}.spec.selector) && '${REVISION_LABEL}' in ${object}.spec.selector ? ${object}.spec.selector['${REVISION_LABEL}'] : '')`;
const SELECTION = { before: selected('oldObject'), after: selected('object'), from: annotation('object', APPROVED_FROM_ANNOTATION) };
/** It gives all or nothing, so its every change must be one of two: up, which was approved from where it stood, or back there. */
const SELECTED: Content['validations'] = [
  [
    `variables.after == variables.before || (variables.from != '' && ((variables.after == variables.approved && variables.before == variables.from) || variables.after == variables.from))`,
    `all requests would go to another revision: annotations ${APPROVED_ANNOTATION} and ${APPROVED_FROM_ANNOTATION} must name it and the one before`,
  ],
];

/** How a route of the kind says what leads where. */
const WORDS = {
  httproutes: {
    rules: ['rules'],
    match: 'matches',
    backends: 'backendRefs',
    closed: "m.headers.all(h, !has(h.type) || h.type == 'Exact')",
    aside: 'false',
    to: "(has(b.kind) ? b.kind : 'Service') + '/' + (has(b.namespace) ? b.namespace : request.namespace) + '/' + b.name",
    weight: '(has(b.weight) ? b.weight : 1)',
    isApproved: (to: string) => `${to} == 'Service/' + request.namespace + '/' + variables.approved`,
  },
  virtualservices: {
    rules: ['http', 'tls', 'tcp'],
    match: 'match',
    backends: 'route',
    closed: 'm.headers.all(h, has(m.headers[h].exact))',
    aside: 'has(r.delegate) || has(r.redirect)',
    to: "b.destination.host + '/' + (has(b.destination.subset) ? b.destination.subset : '')",
    // Istio sends everything to the only one, whatever its weight.
    weight: '(r.route.size() == 1 ? 100 : (has(b.weight) ? b.weight : 0))',
    isApproved: (to: string) =>
      `(${to} == variables.approved + '/' || (${to}.startsWith(variables.approved + '.' + request.namespace + '.svc.') && ${to}.endsWith('/')))`,
  },
} as const;

/**
 * A rule is closed where only requests with certain headers take it: it does not say what is stable, and the release's runner,
 * which cannot write who takes it, may give it all. To everybody else it is a rule as any, since a header may be one that
 * everybody sends.
 */
function shares(resource: 'httproutes' | 'virtualservices'): Readonly<Record<string, string>> {
  const { rules, match, backends, closed, aside, to, weight, isApproved } = WORDS[resource];
  const all = (object: string) =>
    rules.map((name) => `(${object} != null && has(${object}.spec.${name}) ? ${object}.spec.${name} : [])`).join(' + ');
  const leads = `has(r.${backends}) && r.${backends}.size() > 0 && !(${aside})`;
  const matches = `has(r.${match}) ? r.${match} : []`;
  const isClosed = `has(r.${match}) && r.${match}.size() > 0 && r.${match}.all(m, has(m.headers) && m.headers.size() > 0 && ${closed})`;
  const read = (list: string) =>
    `variables.${list}.filter(r, ${leads}).map(r, {'match': dyn(${matches}), 'closed': dyn(${isClosed}), 'to': dyn(r.${backends}.map(b, {'to': ${to}, 'weight': string(${weight})}))})`;
  const first = (list: string, otherwise: string) => `variables.${list}.size() > 0 ? variables.${list}[0].to[0].to : ${otherwise}`;
  return {
    rulesBefore: all('oldObject'),
    rulesAfter: all('object'),
    before: read('rulesBefore'),
    after: read('rulesAfter'),
    openBefore: 'variables.before.filter(r, !r.closed)',
    openAfter: 'variables.after.filter(r, !r.closed)',
    aside: `variables.rulesAfter.filter(r, !(${leads}))`,
    first: first('openAfter', "''"),
    stable: `oldObject == null ? variables.first : (${first('openBefore', first('before', "''"))})`,
    firstApproved: `variables.approved != '' && variables.first != '' && ${isApproved('variables.first')}`,
    runner: IS_RUNNER,
    // Of each rule that counts, what is neither stable nor approved.
    judged: `variables.after.filter(r, !(variables.runner && r.closed)).map(r, {'match': r.match, 'to': r.to, 'unapproved': dyn(r.to.filter(b, b.to != variables.stable && !(variables.approved != '' && ${isApproved('b.to')})))})`,
  };
}

const sum = (backends: string) => `${backends}.map(b, int(b.weight)).sum()`;
const SHARED: Content['validations'] = [
  [
    `variables.rulesAfter.size() <= ${MOST} || variables.rulesAfter.size() <= variables.rulesBefore.size()`,
    `beyond ${MOST} rules none is added: a runner's writes could not be looked through, and it could not lower`,
  ],
  ['variables.after.all(r, r.to.all(b, int(b.weight) >= 0))', 'a weight below 0 makes another one larger than it looks'],
  [
    'variables.aside.all(r, r in variables.rulesBefore)',
    `a rule that leads to no destination of its own, such as a redirect, is not added: ${ONLY_APPROVERS}`,
  ],
  [
    'variables.openBefore.size() == 0 || variables.openAfter.size() > 0',
    'a rule for all users must stay: nobody could tell stable from a candidate',
  ],
  [
    `variables.openBefore.size() == 0 || variables.first == variables.stable || variables.firstApproved || 2 * ${sum('variables.openBefore[0].to.filter(b, b.to == variables.first)')} > ${sum('variables.openBefore[0].to')}`,
    'what is stable, the first destination, becomes another one only once that has more than half of the requests',
  ],
  [
    `variables.judged.all(r, 2 * ${sum('r.unapproved')} <= ${sum('r.to')} || variables.before.exists(q, q.match == r.match && ${sum('q.to')} > 0 && r.unapproved.all(c, int(c.weight) * ${sum('q.to')} <= ${sum('q.to.filter(b, b.to == c.to)')} * ${sum('r.to')})))`,
    `more than half of the requests would go to a revision that annotation ${APPROVED_ANNOTATION} does not name`,
  ],
];

/** Of two maps, whether all but some keys are the same. */
const same = (one: string, other: string, but: readonly string[] = [], key = 'k') => {
  const kept = `[${but.map((name) => `'${name}'`).join(', ')}]`;
  return `${one}.all(${key}, ${key} in ${kept} || (${key} in ${other} && ${other}[${key}] == ${one}[${key}])) && ${other}.all(${key}, ${key} in ${kept} || ${key} in ${one})`;
};

function runner(kind: RoutedKind): Content {
  return {
    operations: ['UPDATE'],
    when: IS_RUNNER,
    variables: {},
    validations: [
      [
        `${same(mapOf('object', 'annotations'), mapOf('oldObject', 'annotations'), ['tidegate.dev/fence'])} && ${mapOf('object', 'labels')} == ${mapOf('oldObject', 'labels')} && ['ownerReferences', 'finalizers'].all(f, (f in object.metadata) == (f in oldObject.metadata) && (!(f in object.metadata) || object.metadata[f] == oldObject.metadata[f]))`,
        'a runner changes weights, and of the metadata its own mark alone',
      ],
      ...(kind.resource === 'services' ? SELECTS_ONLY : WEIGHTS_ONLY[kind.resource]),
    ],
  };
}

const SELECTS_ONLY: Content['validations'] = [
  [
    `${same('object.spec', 'oldObject.spec', ['selector'])} && ${same('object.spec.selector', 'oldObject.spec.selector', [REVISION_LABEL])}`,
    'a runner changes which revision a Service selects, and nothing else of it',
  ],
  [
    `${selected('object')} in [${selected('oldObject')}, ${annotation('oldObject', CANDIDATE_ANNOTATION)}, ${annotation('oldObject', APPROVED_FROM_ANNOTATION)}]`,
    'a runner selects the candidate or what was stable, and no other revision',
  ],
];

function weightsOnly(rules: string, backends: string, mirrors: readonly string[]): Content['validations'] {
  const [now, then] = [`object.spec.${rules}`, `oldObject.spec.${rules}`];
  const at = (list: string, index: string) => `${list}[${index}]`;
  return [
    [same('object.spec', 'oldObject.spec', [rules]), 'a runner changes weights alone: hosts, gateways and parents stay'],
    [
      `${now}.size() == ${then}.size() && ${now}.size() <= ${MOST} && ${PLACES}.all(i, i >= ${now}.size() || (${same(at(now, 'i'), at(then, 'i'), [backends, ...mirrors])}))`,
      'a runner changes weights alone: of a rule all else stays',
    ],
    [
      `${PLACES}.all(i, i >= ${now}.size() || i >= ${then}.size() || (('${backends}' in ${at(now, 'i')}) == ('${backends}' in ${at(then, 'i')}) && (!('${backends}' in ${at(now, 'i')}) || (${now}[i].${backends}.size() == ${then}[i].${backends}.size() && ${PLACES}.all(j, j >= ${now}[i].${backends}.size() || (${same(at(`${now}[i].${backends}`, 'j'), at(`${then}[i].${backends}`, 'j'), ['weight'])}))))))`,
      'a runner changes weights alone: destinations stay',
    ],
  ];
}

/** A copy's share is in a filter of the rule. */
const MIRRORS_ONLY: Content['validations'] = [
  [
    `${PLACES}.all(i, i >= object.spec.rules.size() || i >= oldObject.spec.rules.size() || ('filters' in object.spec.rules[i]) == ('filters' in oldObject.spec.rules[i]) && (!('filters' in object.spec.rules[i]) || (object.spec.rules[i].filters.size() == oldObject.spec.rules[i].filters.size() && ${PLACES}.all(j, j >= object.spec.rules[i].filters.size() || (${same('object.spec.rules[i].filters[j]', 'oldObject.spec.rules[i].filters[j]', ['requestMirror'])} && (!('requestMirror' in object.spec.rules[i].filters[j]) || (${same('object.spec.rules[i].filters[j].requestMirror', 'oldObject.spec.rules[i].filters[j].requestMirror', ['percent'])})))))))`,
    'a runner changes weights alone: filters stay, but for the share that is copied',
  ],
];

const WEIGHTS_ONLY = {
  httproutes: [...weightsOnly('rules', 'backendRefs', ['filters']), ...MIRRORS_ONLY],
  virtualservices: weightsOnly('http', 'route', ['mirrorPercentage']),
};

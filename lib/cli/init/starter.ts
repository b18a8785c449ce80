import type { PackageManager } from './package-manager.ts';

/** The release that a new repository begins with. */
export const STARTER = 'hello';

/** Files of a new repository, but for package.json and what `synth` writes; by path. */
export function starterFiles(manager: PackageManager): Readonly<Record<string, string>> {
  return {
    '.github/workflows/releases.yaml': workflow(manager),
    '.gitignore': 'node_modules/\n.tidegate/\n',
    'README.md': readme(manager),
    'tidegate.yaml': PROJECT,
    'tsconfig.json': TSCONFIG,
    'charts/hello.ts': CHART,
    'charts/main.ts': MAIN,
  };
}

const PROJECT = `# Everything about this repository that is not one release. Unknown keys are errors.
targets:
  production: {}
gitops:
  # What applies dist/: none (kubectl), argocd or flux.
  tool: none
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
    "strict": true,
    "allowImportingTsExtensions": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["charts"]
}
`;

const MAIN = `import { App } from 'cdk8s';
import { Hello } from './hello.ts';

const app = new App();
new Hello(app);
app.synth();
`;

const CHART = `import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { canary, Release } from 'tidegate';
import { errorRatio, healthEndpoints, httpRequests, httpSmoke, minimumRequests } from 'tidegate/templates';

// Where your metrics are. \`istio()\` instead of \`httpRequests()\` where a mesh counts the requests.
const requests = { address: 'http://prometheus.monitoring.svc.cluster.local:9090', source: httpRequests() };

export class Hello extends Chart {
  constructor(scope: Construct) {
    super(scope, 'hello', { namespace: 'hello' });

    new Release(this, 'hello', {
      // A new version is a new digest here: what was tested is what runs.
      image: 'registry.example.com/hello:1.0.0@sha256:1111111111111111111111111111111111111111111111111111111111111111',
      ports: { http: 8080 },
      replicas: 3,
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      probes: { readiness: { http: { path: '/ready' } }, liveness: { http: { path: '/live' } } },
      traffic: { router: 'gateway-api', hosts: ['hello.example.com'], gateways: ['gateways/public'] },
      // Asked of the new version before any user sees it.
      smoke: [httpSmoke('answers', healthEndpoints('/ready'))],
      // 5 %, 25 % and 50 % of the requests, each watched; then a person; then all.
      strategy: canary({
        weights: [5, 25, 50, 100],
        gates: [errorRatio({ ...requests, max: 0.01 }), minimumRequests({ ...requests, min: 100 })],
        approval: { reason: 'Look at the dashboard.' },
      }),
    });
  }
}
`;

function workflow({ name, installInCi, exec, cached, setUp }: PackageManager): string {
  const steps = [
    ['uses: actions/checkout@v4'],
    ...(setUp.length > 0 ? [setUp] : []),
    ['uses: actions/setup-node@v4', `  with: { node-version: 22${cached ? `, cache: ${name}` : ''} }`],
    [`run: ${installInCi}`],
    ['name: Types', `  run: ${exec} tsc`],
    ['name: The committed output is what the charts give', `  run: ${exec} tidegate synth --check`],
    ['name: Schemas and release policy', `  run: ${exec} tidegate lint`],
    [
      'name: Plans',
      '  run: |',
      '    for lock in lock/*/*/*.yaml; do',
      '      IFS=/ read -r _ target _ release <<< "${lock%.yaml}"',
      `      ${exec} tidegate plan "$release" --target "$target" --format markdown >> "$GITHUB_STEP_SUMMARY"`,
      '    done',
    ],
  ];
  return `name: releases
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
${steps.map(([first, ...rest]) => [`      - ${first}`, ...rest.map((line) => `      ${line}`)].join('\n')).join('\n')}
`;
}

const readme = ({ install, exec }: PackageManager): string => `# Releases

Each service is described once, in \`charts/\`. Tidegate compiles that to Kubernetes manifests in \`dist/\`, and records in \`lock/\` which version is stable and which is being released. All three are committed together; merging is the decision to release.

| | |
|---|---|
| \`charts/main.ts\` | the program that Tidegate runs: one line for each chart |
| \`charts/hello.ts\` | a release to edit: image, probes, traffic, strategy, gates |
| \`tidegate.yaml\` | targets and everything else that is not one release |
| \`dist/\` | what is applied; written by \`tidegate synth\`, never by hand |
| \`lock/\` | stable and candidate of every release; written by Tidegate, never by hand |
| \`.github/workflows/releases.yaml\` | checks every pull request, and shows the plans |

## Make it yours

\`hello\` is an example that nothing serves yet. Change it in \`charts/hello.ts\`, or write a chart beside it and add it to \`charts/main.ts\`. While nothing is applied, begin anew with what the charts say now:

\`\`\`sh
${install}
rm -r lock dist
${exec} tidegate record hello --initial
\`\`\`

Something new is declared stable once, with \`record NAME --initial\`, without gates. From then on every change is a release.

## Release

Put the new digest into the chart and compile:

\`\`\`sh
${exec} tidegate synth
${exec} tidegate plan hello
\`\`\`

\`dist/\` now holds both versions, the plan, its smoke test and the small program that walks it, with its rights. Commit it and merge it. Once it is applied, the new version gets requests step by step, as long as its gates pass:

\`\`\`sh
kubectl apply --server-side -f dist/production/hello/hello
${exec} tidegate status hello --watch
${exec} tidegate approve hello --reason "dashboards are calm"
${exec} tidegate abort hello
\`\`\`

## Before you commit

\`\`\`sh
${exec} tsc                       # types: weights that do not rise, gates that are missing
${exec} tidegate synth --check    # dist/ and lock/ are what the charts give
${exec} tidegate lint             # schemas and release policy
\`\`\`

\`${exec} tidegate --help\` lists the commands, \`${exec} tidegate explain RULE\` explains a finding.
`;

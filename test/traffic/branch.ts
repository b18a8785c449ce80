import { parse } from 'yaml';
import type { Lock } from '../../lib/lock/lock.ts';
import { readLock } from '../../lib/lock/read.ts';
import type { KubeObject } from '../../lib/schema/index.ts';
import { DIGEST } from '../cli/repository.ts';
import { GitRepository } from '../gitops/git-repository.ts';
import type { Reconciler } from './appliers.ts';
import { onFakeNodes } from './fake-nodes.ts';

export interface BranchOptions {
  readonly git: Reconciler;
  readonly namespace: string;
  readonly host: string;
  readonly tool: 'flux' | 'argocd';
  /** How long the first weight is watched, such as `10m`. */
  readonly watch: string;
  /** How long the smoke test takes. */
  readonly smokeSeconds: number;
  /** Lists the pods that run, which is what the release's gate asks. */
  readonly pods: string;
}

/** A release under git: whatever the last commit has in `dist/` is brought into the cluster when it is pushed. */
export class Branch {
  readonly #options: BranchOptions;
  readonly #repository: GitRepository;

  /** @param atEnd of its test, where several run side by side */
  constructor(options: BranchOptions, atEnd: (done: () => void) => void) {
    this.#options = options;
    const files = { 'tidegate.yaml': `gitops: { tool: ${options.tool} }\n`, [INTENT]: intent(options) };
    this.#repository = new GitRepository(files, null, atEnd);
  }

  /** Its first entry, pushed. */
  async begin(): Promise<void> {
    await this.#repository.synth('web');
    this.#repository.commit('Begin');
    await this.push();
  }

  get lock(): Lock {
    const { namespace } = this.#options;
    return readLock(this.#repository.read(`lock/production/${namespace}/web.yaml`), { target: 'production', namespace, release: 'web' });
  }

  /** The objects that Git holds, for the nodes of the test cluster. */
  get objects(): readonly KubeObject[] {
    const manifests = Object.entries(this.#repository.files('dist')).filter(([path]) => path.endsWith('.yaml'));
    return onFakeNodes(
      manifests.map(([, text]) => parse(text)),
      this.#options,
    );
  }

  /** All that `synth` and `record` write. */
  get output(): Readonly<Record<string, string>> {
    return this.#repository.output();
  }

  /** A new image, not pushed. @returns its commit */
  async release(digit: string): Promise<string> {
    this.#repository.edit(INTENT, /sha256:\w+/, DIGEST(digit));
    await this.#repository.synth();
    return this.#repository.commit(`Release ${digit}`);
  }

  /** `tidegate record`, which asks the cluster. @returns its commit, not pushed */
  async record(): Promise<string> {
    const { code, err } = await this.#repository.tidegate('record', 'web');
    if (code !== 0) throw new Error(err);
    return this.#repository.commit('Record');
  }

  /** `git revert`. @returns whether git could */
  revert(...commits: readonly string[]): boolean {
    if (this.#repository.tryGit('revert', '--no-edit', ...commits)) return true;
    this.#repository.git('revert', '--abort');
    return false;
  }

  /** What the last commit holds is brought in. */
  async push(): Promise<void> {
    await this.#options.git.commit(this.objects);
  }
}

const INTENT = 'charts/web.yaml';

const intent = ({ namespace, host, watch, pods }: BranchOptions): string => `apiVersion: tidegate.dev/v1alpha1
kind: ReleaseIntent
metadata: { name: web, namespace: ${namespace} }
spec:
  image: registry.example.com/web:1.0.0@${DIGEST('1')}
  ports: { http: 8080 }
  replicas: 3
  resources:
    requests: { cpu: 100m, memory: 128Mi }
    limits: { memory: 256Mi }
  probes:
    readiness: { http: { path: /ready } }
  traffic: { router: gateway-api, hosts: [${host}], gateways: [traffic/web] }
  smoke:
    - { name: api, http: [{ path: / }] }
  strategy:
    kind: canary
    weights: [{ weight: 20, watch: ${watch} }, 100]
    gates:
      - name: pods
        description: The candidate's pods run.
        scope: candidate
        provider: { web: { url: '${pods}' } }
        successCondition: any(result, {#.workload == '{{args.candidate}}'})
        initialDelay: 1s
        interval: 1s
        count: 2
        inconclusiveLimit: 0
`;

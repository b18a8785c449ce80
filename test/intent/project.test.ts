import { describe, expect, it } from 'vitest';
import { readProject } from '../../lib/intent/read-project.ts';
import { formatProblem, ProblemError } from '../../lib/schema/index.ts';

/** The problems of a file, one line each. */
function problems(yaml: string): readonly string[] {
  try {
    readProject(yaml);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('tidegate.yaml', () => {
  it.each([
    ['absent', null],
    ['empty', ''],
    ['only comments', '# nothing yet\n'],
  ])('%s is a project of defaults with the target production', (_, text) => {
    const { targets, gitops, helper } = readProject(text);
    expect(targets).toEqual({ production: { approvals: 'required', analysisTemplates: 'objects' } });
    expect(gitops).toEqual({ tool: 'none', managers: ['kubectl', 'kubectl-client-side-apply'] });
    expect(helper.image).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it('declares targets, with and without settings', () => {
    const { targets } = readProject('targets:\n  staging: {approvals: waived}\n  edge: {analysisTemplates: inline}\n  production:\n');
    expect(targets).toEqual({
      staging: { approvals: 'waived', analysisTemplates: 'objects' },
      edge: { approvals: 'required', analysisTemplates: 'inline' },
      production: { approvals: 'required', analysisTemplates: 'objects' },
    });
  });

  it('knows under which names each GitOps tool writes, and takes others', () => {
    expect(readProject('gitops: {tool: flux}').gitops.managers).toContain('kustomize-controller');
    expect(readProject('gitops: {tool: argocd, managers: [my-argocd]}').gitops.managers).toEqual(['my-argocd']);
  });

  it.each([
    ['a misspelt key', 'targts: {}', "tidegate.yaml:1:9: targts: unknown field 'targts', did you mean 'targets'?"],
    [
      'a misspelt key within',
      'targets:\n  production:\n    aprovals: waived',
      "tidegate.yaml:3:15: targets.production.aprovals: unknown field 'aprovals', did you mean 'approvals'?",
    ],
    ['a wrong value', 'gitops:\n  tool: argo', "tidegate.yaml:2:9: gitops.tool: found 'argo', expected one of 'none', 'argocd' or 'flux'."],
    [
      'a target that is no DNS label',
      'targets: {Prod: {}}',
      "tidegate.yaml:1:17: targets.Prod: target 'Prod' must be lower-case letters, digits and '-', and begin and end with a letter or digit.",
    ],
    ['a helper image without digest', 'helper: {image: "node:22"}', "tidegate.yaml:1:17: helper.image: image 'node:22' has no digest"],
    [
      "a label of Tidegate's own",
      'helper: {labels: {tidegate.dev/revision: web-1}}',
      "'tidegate.dev/revision' is Tidegate's own: it says which pods serve users.",
    ],
    ['an alias', 'targets: {a: &a {}, b: *a}', 'tidegate.yaml:1:1: the file uses a YAML alias. Write the value out.'],
    ['a key that is given twice', 'gitops: {}\ngitops: {}', 'tidegate.yaml:2:1: Map keys must be unique. The file must be plain YAML.'],
    ['a truncated file', 'targets: {production: {', 'tidegate.yaml:1:24: '],
  ])('%s is an error with its line', (_, yaml, message) => {
    expect(problems(yaml).join('\n')).toContain(message);
  });

  it('reports all problems together', () => {
    expect(problems('targets: {A: {}}\nhelper: {image: x}')).toHaveLength(2);
  });

  it('has no field of which __proto__ could be the name', () => {
    expect(problems('__proto__: {targets: {}}').join()).toContain('__proto__');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../policies/index.ts';
import { DEFAULT_POLICY, type PolicyConfig } from '../intent/policy-config.ts';
import { configProblems, type Policy } from '../policy/policy.ts';
import { WAIVERS_FILE, type Waivers } from '../policy/waivers.ts';
import { dottedPath, ProblemError } from '../schema/index.ts';

const PROJECT_FILE = 'tidegate.yaml';
const NO_WAIVERS: Waivers = { entries: [], flaws: [] };

/**
 * The rules and what a repository says of them. What is not there is not loaded, so that a run over one file is as fast
 * as the file.
 * @param own whether it is about what the repository's charts make; elsewhere `policies/` holds rules only beside a `tidegate.yaml`
 * @throws ProblemError where a file of these is wrong
 */
export async function loadPolicy(directory: string, own: boolean): Promise<Policy> {
  const project = read(directory, PROJECT_FILE);
  const withRules = (own || project !== null) && existsSync(join(directory, 'policies'));
  const rules = withRules ? [...RULES, ...(await (await import('./own-rules.ts')).ownRules(directory, ids(RULES)))] : RULES;
  const waivers = read(directory, WAIVERS_FILE);
  return {
    rules,
    config: project === null ? DEFAULT_POLICY : await readConfig(project, rules),
    waivers: waivers === null ? NO_WAIVERS : (await import('../policy/read-waivers.ts')).readWaivers(waivers, ids(rules)),
  };
}

const ids = (rules: Policy['rules']): readonly string[] => rules.map(({ id }) => id);

async function readConfig(source: string, rules: Policy['rules']): Promise<PolicyConfig> {
  const { placeInProject, readProject } = await import('../intent/read-project.ts');
  const { policy } = readProject(source);
  const problems = configProblems(policy, rules);
  if (problems.length > 0)
    throw new ProblemError(
      problems.map(([segments, message]) => ({ message, path: dottedPath(segments), at: placeInProject(source, segments) })),
    );
  return policy;
}

function read(directory: string, file: string): string | null {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw new ProblemError([{ message: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.` }]);
  }
}

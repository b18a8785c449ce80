import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Problem, ProblemError } from '../schema/index.ts';
import { buildProblems, loadModule } from './load-module.ts';
import { Project } from './project.ts';
import { recordSources, sourceOfError } from './source.ts';

/**
 * Compiles a cdk8s program and runs it in this process; its `app.synth()` writes nothing here.
 * @returns the apps that it made
 * @throws ProblemError when it does not parse, throws, or makes no app, with the line
 */
export async function runApp(file: string, project: Project): Promise<readonly IConstruct[]> {
  const entry = resolve(project.directory, file);
  if (!existsSync(entry)) throw new ProblemError([missingApp(file)]);
  recordSources();
  const apps = new Set<IConstruct>();
  const { synth } = App.prototype;
  App.prototype.synth = function (this: App) {
    apps.add(this);
  };
  try {
    await Project.during(project, () => toItsEnd(loadModule({ file: entry }, project.directory)));
  } catch (error) {
    throw asProblem(error, file, project);
  } finally {
    App.prototype.synth = synth;
  }
  if (apps.size === 0)
    throw new ProblemError([
      { message: `'${file}' ran, but no App was synthesized.`, help: 'End it with `app.synth()`, as any cdk8s program.' },
    ]);
  return [...apps];
}

export const missingApp = (file: string): Problem => ({
  message: `there is no app '${file}'.`,
  help: 'Name it with --app FILE, or run tidegate in the folder that holds charts/.',
});

/**
 * The app, or the way in which it ends without an end: a process that it leaves, an error that nobody waits for, or a
 * promise that nobody settles. None of these may pass for a run that went well.
 */
async function toItsEnd(running: Promise<unknown>): Promise<void> {
  const { exit } = process;
  let stop = (_: unknown): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const idle = () => stop(new Error('it waits for something that never comes'));
  process.exit = (code) => {
    throw new Error(`it calls process.exit(${code ?? ''})`);
  };
  process.on('beforeExit', idle).on('uncaughtException', stop);
  try {
    await Promise.race([running, stopped]);
  } finally {
    process.exit = exit;
    process.off('beforeExit', idle).off('uncaughtException', stop);
  }
}

function asProblem(error: unknown, file: string, { directory }: Project): ProblemError {
  if (error instanceof ProblemError) return located(error, directory);
  const failed = buildProblems(error, 'the app');
  if (failed) return new ProblemError(failed);
  const at = sourceOfError(error, directory);
  const problem: Problem = {
    message: `the app threw: ${textOf(error)}`,
    ...(at ? { at } : {}),
    help: `Nothing was written. Mend ${at?.file ?? file} and run again.`,
  };
  return new ProblemError([problem]);
}

/** What a chart calls may refuse its arguments without knowing where the call stands. */
function located(error: ProblemError, directory: string): ProblemError {
  const at = sourceOfError(error, directory);
  return at ? new ProblemError(error.problems.map((problem) => ({ at, ...problem }))) : error;
}

/** Without the place of the bundle, which is gone by now. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  return `${name}${error.message.replace(/ imported from \S+$/, '')}`;
}

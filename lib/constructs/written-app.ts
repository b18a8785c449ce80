import { App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { gateOf, servedOf } from '../../templates/written.ts';
import { gatesOfTemplates } from '../gates/argo/read.ts';
import type { AnalysisTemplateOptions } from '../intent/analysis-template.ts';
import { attempt } from '../intent/check/problem.ts';
import { type IntentDocument, KIND, readIntents } from '../intent/document.ts';
import type { ReleaseIntent } from '../intent/release.ts';
import { dottedPath, formatProblem, type Problem, ProblemError } from '../schema/index.ts';
import { Project } from './project.ts';
import { Release } from './release.ts';
import { writtenIn } from './source.ts';
import { WrittenLayers } from './written-layers.ts';

/** A release for every intent of some YAML files, each in a chart of its own. @throws ProblemError with every problem and its line */
export async function appOf(files: readonly { readonly path: string; readonly text: string }[], project: Project): Promise<IConstruct> {
  const problems: Problem[] = [];
  const documents = files.flatMap(({ path, text }) => readOrNote(path, text, problems));
  const made = documents.map((document) => ({ document, value: withTemplates(document, project, problems) }));
  const layers = new WrittenLayers(made, problems);
  const releases = made.filter(({ document }) => document.kind === KIND);
  const intents = releases.map(({ document, value }) => ({ document, intent: layers.intentOf(document, value) }));
  layers.checkUnused();
  // What two lie on is looked at for each of them.
  if (problems.length > 0) throw new ProblemError([...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()]);
  const app = new App();
  await Project.during(project, async () => {
    for (const [index, { document, intent }] of intents.entries()) declare(app, index, document, intent);
  });
  return app;
}

function readOrNote(path: string, text: string, problems: Problem[]): readonly IntentDocument[] {
  try {
    return readIntents(path, text);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function declare(app: App, index: number, { name, namespace, place }: IntentDocument, intent: ReleaseIntent): void {
  const chart = new Chart(app, `written-${index}`, namespace === null ? {} : { namespace });
  writtenIn(chart, place);
  new Release(chart, name, intent);
}

type Written = Readonly<Record<string, unknown>>;

/** What a program would have written: what names a template is made by it. Its shape has been accepted. */
function withTemplates({ name, spec, place }: IntentDocument, project: Project, problems: Problem[]): Written {
  const make = (template: (written: Written) => Written, path: string, written: Written): Written => {
    const { value, refusal } = attempt(() => template(written));
    if (refusal !== null) problems.push({ message: refusal, path: `${name}.${path}`, at: place(path) });
    return value ?? written;
  };
  const gates = (path: string, written: unknown) =>
    (written as readonly Written[]).flatMap((gate, index) => {
      const options = gate.analysisTemplate;
      return options === undefined ? make(gateOf, `${path}[${index}]`, gate) : templates(`${path}[${index}]`, gate);
    });
  /** Several gates, each of a metric of existing templates. */
  const templates = (path: string, gate: Written): readonly Written[] => {
    try {
      const made = gatesOfTemplates(gate.analysisTemplate as AnalysisTemplateOptions, (file) => project.text(file));
      return made as unknown as readonly Written[];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems.map((problem) => (problem.at ? problem : { ...problem, path: `${name}.${path}`, at: place(path) })));
      return [gate];
    }
  };
  const analysis = (path: string, written: unknown) => ({ ...(written as Written), gates: gates(`${path}.gates`, Object(written).gates) });
  const strategy = (path: string, written: Written) => ({
    ...written,
    ...(written.gates === undefined ? {} : { gates: gates(`${path}.gates`, written.gates) }),
    ...Object.fromEntries(
      ['preview', 'after'].filter((part) => part in written).map((part) => [part, analysis(`${path}.${part}`, written[part])]),
    ),
    ...(written.steps === undefined
      ? {}
      : {
          steps: (written.steps as readonly Written[]).map((step, index) =>
            step.analysis === undefined ? step : { ...step, analysis: analysis(`${path}.steps[${index}].analysis`, step.analysis) },
          ),
        }),
  });
  const traffic = (path: string, written: Written) =>
    written.served === undefined ? written : { ...written, served: make(servedOf, `${path}.served`, written.served as Written) };
  /** An intent, or what differs on a target. */
  const whole = (above: string, written: Written): Written => ({
    ...written,
    ...(written.traffic === undefined ? {} : { traffic: traffic(`${above}traffic`, written.traffic as Written) }),
    ...(written.strategy === undefined ? {} : { strategy: strategy(`${above}strategy`, written.strategy as Written) }),
  });
  const targets = Object.entries((spec.targets ?? {}) as Readonly<Record<string, Written>>).map(([target, written]) => [
    target,
    whole(`${dottedPath(['targets', target])}.`, written),
  ]);
  return {
    ...whole('', spec),
    ...(spec.targets === undefined ? {} : { targets: Object.fromEntries(targets) }),
  };
}

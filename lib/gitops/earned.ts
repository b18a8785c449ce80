import { verdict } from '../gates/verdict.ts';
import type { Plan, PlanGate, Step } from '../plan/plan.ts';
import type { CommittedRecord, RecordedGate } from './release-record.ts';

/** The runner keeps the latest of each. Its own constants are not exported: that would change its bundle, which is in Git. */
const MOST_STEPS = 200;
const MOST_EVIDENCE = 60;
const MOST_EVIDENCE_LENGTH = 120_000;

/** What the walk of a plan leaves in its record, and this one does not have: each step, and the word of each gate that had to pass. */
export function unearned({ steps }: Plan, record: CommittedRecord): readonly string[] {
  const strange = record.steps
    .filter(({ index, kind }) => steps[index]?.kind !== kind)
    .map(({ index, kind }) => `the record has a step ${index} (${kind}) that its plan does not have.`);
  return record.outcome === 'promoted' ? [...strange, ...unwalked(steps, record), ...unpassed(steps, record)] : strange;
}

function unwalked(steps: readonly Step[], record: CommittedRecord): readonly string[] {
  // A promotion does not end the last one: its gates go on until Git drops the plan.
  const due = steps.flatMap((step, index) => (step.kind === 'bake' ? [] : [{ step, index }])).slice(-MOST_STEPS);
  const walked = new Map(record.steps.map((step) => [step.index, step]));
  const missing = due.filter(({ index }) => !walked.has(index)).map(({ step, index }) => `${index} (${step.kind})`);
  const other = due.filter(({ step, index }) => (walked.get(index)?.weight ?? step.exposure) !== step.exposure);
  return [
    ...(missing.length > 0 ? [`the record says promoted, and does not have step ${missing.join(', ')} of its plan.`] : []),
    ...other.map(
      ({ step, index }) =>
        `the record says that step ${index} (${step.kind}) left the candidate at ${walked.get(index)?.weight} %, and its plan says ${step.exposure} %.`,
    ),
  ];
}

function unpassed(steps: readonly Step[], { gates, startedAt }: CommittedRecord): readonly string[] {
  const gateOf = ({ step: index, gate: name }: RecordedGate): PlanGate | undefined => {
    const step = steps[index];
    return step !== undefined && 'gates' in step ? step.gates.find((gate) => gate.name === name) : undefined;
  };
  const strange = gates.flatMap((said) => {
    const [gate, name] = [gateOf(said), `gate ${said.gate} of step ${said.step}`];
    if (gate === undefined) return [`the record has a ${name} that its plan does not have.`];
    const counted = verdict(gate, { ...said, argo: gate.argo ? said.argo : undefined });
    return counted === said.verdict ? [] : [`the record says ${said.verdict} of ${name}, and what it has counted is ${counted}.`];
  });
  const latest = new Map(gates.map((said) => [`${said.step}.${said.gate}`, said]));
  const unsaid = steps.flatMap((step, index) => {
    if (step.kind !== 'analysis') return [];
    // The runner raises nothing before each gate of the level has passed, and writes down then what they have said.
    const raised = steps.slice(index).some(({ exposure }) => exposure > step.exposure);
    return step.gates.flatMap(({ name, onFailure }) => {
      const said = latest.get(`${index}.${name}`);
      const of = `gate ${name} of step ${index}`;
      if (raised && said === undefined && !isDropped(index, gates)) return [`the record says promoted, and has nothing of ${of}.`];
      // One that was measured anew and went on after the switch has passed last without being written down.
      const failed = said?.verdict === 'fail' && onFailure === 'abort' && !(Date.parse(said.from) < Date.parse(startedAt));
      return (raised && said && said.verdict !== 'pass') || failed ? [`the record says promoted, and ${said?.verdict} of ${of}.`] : [];
    });
  });
  return [...strange, ...unsaid];
}

/** Of very many gates the runner keeps what was said last. */
function isDropped(step: number, gates: readonly RecordedGate[]): boolean {
  const isFull = gates.length >= MOST_EVIDENCE || JSON.stringify(gates).length > MOST_EVIDENCE_LENGTH / 2;
  return isFull && step <= (gates[0]?.step ?? 0);
}

import { gzipSync } from 'node:zlib';
import type { ReleaseRecord } from '../runner/report.ts';
import type { Message } from './message.ts';

/** What a program is told of a message; with its record where the release has ended. */
export function contentOf({ event, at, phase, values, record }: Message, text: string): object {
  const { step, steps, weight, approval, question, count, approvers, command, ...rest } = values;
  return {
    type: `tidegate.release.${event}`,
    timestamp: at,
    data: {
      ...rest,
      phase,
      step: Number(step),
      steps: Number(steps),
      weight: Number(weight),
      text,
      approval: approval === '' ? null : { name: approval, question, count: Number(count), approvers, command },
    },
    ...(record === null ? {} : { record }),
  };
}

/**
 * The record as a service takes it that takes so many bytes of it: as it is, else compressed, since evidence that were
 * left out could not be brought back.
 * @throws RangeError where even that is too long
 */
export function recordWithin(record: ReleaseRecord | null, longest: number): ReleaseRecord | string | null {
  const text = JSON.stringify(record);
  if (Buffer.byteLength(text) <= longest) return record;
  const packed = gzipSync(text, { level: 9 }).toString('base64');
  if (packed.length <= longest) return packed;
  throw new RangeError(
    `its record has ${packed.length} bytes, compressed, and at most ${longest} are taken: \`tidegate record\` asks the cluster for it`,
  );
}

import {
  boolYaml11Tag,
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  omapTag,
  Schema,
  seqTag,
  setTag,
  strTag,
} from 'js-yaml';
import { NUMERIC, numberOf } from '../../output/plain-scalar.ts';

const number = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: [...NUMERIC],
  resolve: (source) => numberOf(source) ?? NOT_RESOLVED,
  identify: () => false,
});

const asText = (tag: string) => defineScalarTag<string>(`tag:yaml.org,2002:${tag}`, { resolve: (source) => source, identify: () => false });
const whole = defineScalarTag<number>('tag:yaml.org,2002:int', { resolve: number.resolve, identify: () => false });

/** What scalars mean to kubectl, as `meaningOf` has it, for a parser that knows tags. Merge keys are understood. */
export const KUBECTL_SCALARS = new Schema([
  strTag,
  nullCoreTag,
  boolYaml11Tag,
  number,
  whole,
  asText('timestamp'),
  asText('binary'),
  seqTag,
  omapTag,
  mapTag,
  setTag,
  mergeTag,
]);

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

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const NUMERIC = [...'+-.0123456789'];

const number = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: NUMERIC,
  resolve: (source) => {
    const plain = source.includes('_') ? source.replaceAll('_', '') : source;
    if (INTEGER.test(plain)) return integer(plain);
    if (FLOAT.test(plain)) return Number(plain);
    if (!SPECIAL.test(source)) return NOT_RESOLVED;
    if (source.endsWith('n') || source.endsWith('N')) return Number.NaN;
    return source.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  },
  identify: () => false,
});

/** `0644` is octal, as in `defaultMode: 0644`. */
function integer(plain: string): number {
  const digits = plain.replace(/^[-+]/, '');
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits.toLowerCase());
  return plain.startsWith('-') ? -value : value;
}

const asText = (tag: string) => defineScalarTag<string>(`tag:yaml.org,2002:${tag}`, { resolve: (source) => source, identify: () => false });
const whole = defineScalarTag<number>('tag:yaml.org,2002:int', { resolve: number.resolve, identify: () => false });

/**
 * What a plain scalar means to kubectl, kustomize, Helm, Argo CD and Flux, which all read YAML 1.1 with the same library:
 * `yes` and `on` are booleans, `0644` is octal, dates and `12:30` are texts. Merge keys are understood.
 * @see https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
 */
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

const QUANTITY = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity such as `100m`, `0.5` or `128Mi`, with its value in the base unit (cores, bytes). */
export interface Quantity {
  readonly text: string;
  readonly value: number;
}

/**
 * Reads a quantity and spells it as the API server does (`0.5` becomes `500m`), so that equal quantities are equal text.
 * @throws RangeError for anything that is no quantity, with an example
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(input: string | number): Quantity {
  const written = String(input);
  const match = QUANTITY.exec(written);
  if (!match) throw new RangeError(`a quantity is written '100m', '0.5' or '128Mi', not '${written}'`);
  const suffix = match[2] ?? '';
  const value = Number(match[1]) * (FACTORS[suffix] ?? 1);
  const fraction = suffix === '' && !Number.isInteger(value);
  return { text: fraction ? `${Math.ceil(value * 1_000)}m` : `${match[1]}${suffix}`, value };
}

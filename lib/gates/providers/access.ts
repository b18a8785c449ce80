import type { KeyReference, ProviderAccess } from '../../intent/gate.ts';
import { mapTexts } from '../texts.ts';
import type { HttpAnswer } from './exchange.ts';
import type { AskContext } from './provider.ts';
import { Unreadable } from './unreadable.ts';

/** Where the runner's pod has the keys that its plan names. */
export const SECRETS_DIRECTORY = '/tidegate/secrets';

/** The file below that directory which holds a key. */
export const secretFile = ({ name, key }: KeyReference): string => `${name}/${key}`;

/** Keys that a question reads, of Secrets and of ConfigMaps. */
export interface NamedKeys {
  readonly secrets: readonly KeyReference[];
  readonly configMaps: readonly KeyReference[];
}

export function keysOf({ auth, tls }: ProviderAccess): NamedKeys {
  const credentials = auth === undefined ? [] : ['basic' in auth ? auth.basic.passwordSecret : auth.bearer.tokenSecret];
  if (tls === undefined) return { secrets: credentials, configMaps: [] };
  return 'caSecret' in tls
    ? { secrets: [...credentials, tls.caSecret], configMaps: [] }
    : { secrets: credentials, configMaps: [tls.caConfigMap] };
}

/** What a request needs to be let in. */
export interface LetIn {
  readonly authorization: string | null;
  readonly ca: string | null;
  /** An answer that repeats what it was sent must not carry it into logs and evidence. */
  readonly hide: (answer: Answered) => Answered;
}

type Answered = Extract<HttpAnswer, { kind: 'answer' }>;

/** Reads the mounted files, anew for each request. @throws Unreadable */
export async function letIn({ auth, tls }: ProviderAccess, context: AskContext): Promise<LetIn> {
  const read = (reference: KeyReference) => readKey(reference, context);
  const ca = tls === undefined ? null : await read('caSecret' in tls ? tls.caSecret : tls.caConfigMap);
  if (auth === undefined) return { authorization: null, ca, hide: (answer) => answer };
  if ('bearer' in auth) {
    const token = await read(auth.bearer.tokenSecret);
    return { authorization: `Bearer ${token}`, ca, hide: hiding([token]) };
  }
  const password = await read(auth.basic.passwordSecret);
  const pair = Buffer.from(`${auth.basic.username}:${password}`).toString('base64');
  return { authorization: `Basic ${pair}`, ca, hide: hiding([pair, password]) };
}

/** What is shorter is part of ordinary words and numbers. */
const SHORTEST_SECRET = 6;

function hiding(secrets: readonly string[]): LetIn['hide'] {
  const spelled = secrets.filter(({ length }) => length >= SHORTEST_SECRET).flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  const hide = (text: string) => spelled.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return (answer) => ({ ...answer, headers: mapTexts(answer.headers, hide), text: hide(answer.text) });
}

/** Files that people make end in a line break that is no part of what they hold. */
async function readKey(reference: KeyReference, { readFile, secretsDirectory = SECRETS_DIRECTORY }: AskContext): Promise<string> {
  const path = `${secretsDirectory}/${secretFile(reference)}`;
  const text = await readFile(path).catch((error: Error) => {
    throw new Unreadable(`the mounted file ${path} cannot be read (${error.message}): give '${reference.name}' the key '${reference.key}'`);
  });
  if (text.trim() === '') throw new Unreadable(`the mounted file ${path} is empty`);
  return text.trim();
}

import type { Severity } from '../finding.ts';

/** Words for a terminal; plain where it shows no colours. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  mark(text: string): string;
  severity(severity: Severity): string;
}

const COLORS: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36 };

export function painter(color: boolean): Paint {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: (text) => paint(1, text),
    dim: (text) => paint(2, text),
    mark: (text) => paint(31, text),
    severity: (severity) => paint(COLORS[severity], severity),
  };
}

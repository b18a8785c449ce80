/** Bytes as text, or why they are none. Byte order marks decide, as they do for YAML; without one it is UTF-8. */
export function decode(bytes: Uint8Array): { readonly text: string } | { readonly reason: string } {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { reason: 'it is not text in UTF-8' };
  }
  return text.includes('\0') ? { reason: 'it holds null bytes, so it is binary' } : { text };
}

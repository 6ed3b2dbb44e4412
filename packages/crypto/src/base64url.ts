/** Base64url without padding (RFC 4648 §5), as keys and signatures travel in JSON. */
export const toBase64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** null for text that is not exactly what `toBase64url` writes for `length` bytes: one value has one spelling. */
export function fromBase64url(text: string, length: number): Uint8Array<ArrayBuffer> | null {
  if (text.length !== Math.ceil((length * 4) / 3) || !/^[A-Za-z0-9_-]*$/.test(text)) return null
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  return bytes.length === length && toBase64url(bytes) === text ? bytes : null
}

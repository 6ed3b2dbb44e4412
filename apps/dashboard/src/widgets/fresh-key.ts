/** A random key; `crypto.randomUUID` is missing on plain HTTP, which is a supported setting on a private network. */
export const freshKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

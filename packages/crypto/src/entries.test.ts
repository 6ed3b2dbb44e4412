import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Every specifier that a file and its own relative imports name. */
function specifiersOf(entry: URL, seen = new Map<string, readonly string[]>()): readonly string[] {
  if (seen.has(entry.href)) return []
  const imports = /^(?:import|export) (?:type )?(?:\{[^}]*\}|\*|\w+)(?: from)? '([^']+)'/gm
  const named = [...readFileSync(entry, 'utf8').matchAll(imports)].map(([, its]) => its ?? '')
  seen.set(entry.href, named)
  return [...named, ...named.filter((its) => its.startsWith('.')).flatMap((its) => specifiersOf(new URL(its, entry), seen))]
}
const packagesOf = (entry: string) =>
  [...new Set(specifiersOf(new URL(entry, import.meta.url)))].filter((its) => !its.startsWith('.')).toSorted()

describe('entries of the package', () => {
  it('the main one loads neither the scheme nor the PSI curve, and nothing of Node but behind # names', () => {
    expect(packagesOf('./index.ts')).toEqual([
      '#at-rest',
      '#ed25519',
      '@hpke/core',
      '@noble/curves/ed25519.js',
      '@noble/hashes/hkdf.js',
      '@noble/hashes/scrypt.js',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@tributary/protocol',
      'canonicalize',
    ])
    expect(packagesOf('./at-rest.browser.ts')).toEqual(['@tributary/protocol'])
    expect(packagesOf('./ed25519.browser.ts')).toEqual(['@noble/curves/ed25519.js'])
  })

  it('the one for PSI loads no scheme', () => {
    expect(packagesOf('./psi/index.ts')).toEqual([
      '@noble/curves/abstract/hash-to-curve.js',
      '@noble/curves/abstract/modular.js',
      '@noble/curves/nist.js',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@tributary/protocol',
      'node:crypto',
    ])
  })
})

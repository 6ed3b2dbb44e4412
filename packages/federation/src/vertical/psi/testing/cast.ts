import { type Manifest, manifestSchema, verticalSettingsSchema } from '@tributary/protocol'

export const RUN = 'ab'.repeat(32)

/** A manifest over these parties in order of names, and a key service; `label` has the label. */
export function manifestOf(
  names: readonly string[],
  label: string,
  settings: { maximumIds?: number; idRule?: { trim: boolean; caseFold: boolean; removeSpaces: boolean } } = {},
): Manifest {
  const party = (name: string, role: 'feature' | 'label' | 'key-service') => ({
    name,
    role,
    fingerprint: '0'.repeat(64),
    features: role === 'key-service' ? 0 : 2,
  })
  return manifestSchema.parse({
    protocol: 'tributary-slr/1',
    runId: 'run_00000001',
    parties: [...names.map((name) => party(name, name === label ? 'label' : 'feature')), party('keys', 'key-service')].sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    ),
    settings: verticalSettingsSchema.parse(settings),
    he: {
      ringDegree: 8192,
      plainModulus: '1032193',
      plainModulusBits: 20,
      primeBits: [60, 60, 60, 38],
      openingPrimes: 1,
      keysPerStep: 1,
    },
    rowsBound: 100,
  })
}

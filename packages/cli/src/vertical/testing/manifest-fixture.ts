import { type Manifest, manifestSchema, VERTICAL_PROTOCOL, verticalSettingsSchema } from '@tributary/protocol'

/** A manifest for tests. */
export const manifest: Manifest = manifestSchema.parse({
  protocol: VERTICAL_PROTOCOL,
  runId: 'run_0123456789',
  parties: [
    { name: 'bank-a', role: 'feature', fingerprint: 'a'.repeat(64), features: 5 },
    { name: 'bank-b', role: 'label', fingerprint: 'b'.repeat(64), features: 1 },
    { name: 'keys', role: 'key-service', fingerprint: 'c'.repeat(64), features: 0 },
  ],
  settings: verticalSettingsSchema.parse({ optimiser: { name: 'gd', learningRate: 0.5 } }),
  he: {
    ringDegree: 8192,
    plainModulus: '1099511480321',
    plainModulusBits: 40,
    primeBits: [60, 60, 60, 38],
    openingPrimes: 1,
    keysPerStep: 1,
  },
  rowsBound: 442,
})

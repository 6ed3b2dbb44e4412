import type { Manifest, RunId } from '@tributary/protocol'
import type { Charter } from '../store/charter.ts'

const RUN = 'run_00000001' as RunId
const hash = (digit: string) => digit.repeat(64)

const manifest: Manifest = {
  protocol: 'tributary-slr/1',
  runId: RUN,
  parties: [
    { name: 'a', role: 'feature', fingerprint: hash('a'), features: 1 },
    { name: 'b', role: 'label', fingerprint: hash('b'), features: 1 },
    { name: 'c', role: 'key-service', fingerprint: hash('c'), features: 0 },
  ],
  settings: {
    task: 'linear',
    lambda: 1,
    optimiser: { name: 'pcg' },
    maxSteps: 40,
    tolerance: 1e-10,
    fixedPoint: { fx: 14, fu: 14 },
    rowWeights: false,
    idRule: { trim: true, caseFold: false, removeSpaces: false },
    minimumRows: 20,
    maximumIds: 100,
    predictionReceiver: null,
    stepDeadlineSeconds: 600,
  },
  he: {
    ringDegree: 8192,
    plainModulus: '1099511480321',
    plainModulusBits: 40,
    primeBits: [60, 60, 60, 38],
    openingPrimes: 1,
    keysPerStep: 1,
  },
  rowsBound: 20,
}
/** A run of three parties as one of them has signed it. */
export const charter: Charter = { manifest, manifestSha256: hash('d'), keys: {}, tableSha256: null }

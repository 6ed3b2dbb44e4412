import type { HeParameters, Manifest, VerticalSettings } from '@tributary/protocol'
import { countOf } from '../output/units.ts'

/** "BFV, ring 8192, plain modulus of 44 bits, primes 60·60·60·38 …": what everything that travels is encrypted with. */
export function schemeLine({ ringDegree, plainModulusBits, primeBits, openingPrimes, keysPerStep }: HeParameters): string {
  const total = primeBits.reduce((sum, bits) => sum + bits, 0)
  return [
    `BFV with batching, N = ${ringDegree}`,
    `t of ${plainModulusBits} bits`,
    `primes of ${primeBits.join('·')} = ${total} bits (128-bit security)`,
    `${countOf(keysPerStep, 'new key pair')} each step`,
    `openings at ${countOf(openingPrimes, 'prime')}`,
  ].join(', ')
}

export function settingsLine({ task, lambda, optimiser, maxSteps, fixedPoint, rowWeights }: VerticalSettings): string {
  const { fx, fu } = fixedPoint
  const rate = optimiser.name === 'gd' ? ` at rate ${optimiser.learningRate}` : ''
  const weighted = rowWeights ? ', rows weighted' : ''
  return `${task} regression by ${optimiser.name}${rate}, λ = ${lambda}, at most ${maxSteps} steps, ${fx}+${fu} binary digits${weighted}`
}

/** What an owner reads before approving. */
export function manifestLines(manifest: Manifest, manifestSha256: string): string[] {
  const { parties, settings, he, rowsBound } = manifest
  const receiver = settings.predictionReceiver ?? 'the label party'
  return [
    `Run ${manifest.runId}: ${settingsLine(settings)}`,
    ...parties.map(
      ({ name, role, features, fingerprint }) =>
        `  ${name.padEnd(16)} ${role.padEnd(12)} ${features > 0 ? countOf(features, 'column').padEnd(11) : ''.padEnd(11)} ${fingerprint}`,
    ),
    `  encrypted: ${schemeLine(he)}`,
    `  for up to ${rowsBound} rows; predictions go to ${receiver}; manifest sha256 ${manifestSha256}`,
    '  not protected: the key service together with any other party reads every row; all see counts of rows and columns',
  ]
}

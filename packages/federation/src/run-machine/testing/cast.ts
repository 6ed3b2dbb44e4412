import {
  createSha256,
  participantIdSchema,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
  runIdSchema,
} from '@tributary/protocol'
import type { Member, StoredUpdate } from '../state.ts'

/** Single letters are enough for every story. Ids run against the names, so that a mix-up of the two orders shows. */
export function member(name: string): Member {
  const id = participantIdSchema.parse(`par_0000000${(25 - (name.charCodeAt(0) - 97)).toString(36)}`)
  return { id, name }
}

export const sha = (text: string): string => createSha256().update(new TextEncoder().encode(text)).hex()

/** A participant's update of a round; `variant` makes other bytes. Sample counts differ between participants. */
export function updateOf(name: string, round: number, variant = 0): StoredUpdate {
  return {
    sha256: sha(`${name}/${round}/${variant}`),
    bytes: 256,
    samples: 10 * (name.charCodeAt(0) - 96) + variant,
    report: { loss: 0.5, accuracy: variant === 0 ? null : 0.75, seconds: 1.5, backend: 'wasm' },
  }
}

export const RUN = runIdSchema.parse('run_00000001')
export const INITIAL_MODEL = { sha256: sha('the initial model'), bytes: 4096 }
export const modelAfter = (round: number): string => sha(`the model after round ${round}`)

/** Deadline after 60 s, patience of 30 s, two of everybody, three rounds. */
export function runConfig(changes: Partial<RunConfigInput> = {}): RunConfig {
  return runConfigSchema.parse({
    model: { name: 'softmax', inputShape: [4], outputs: 2 },
    rounds: 3,
    deadlineSeconds: 60,
    patienceSeconds: 30,
    seed: 7,
    ...changes,
  })
}

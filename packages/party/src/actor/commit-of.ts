import { canonicalJson, sign } from '@tributary/crypto'
import type { VerticalEffect } from '@tributary/federation'
import type { Publish, TributaryError } from '@tributary/protocol'
import type { JobOutput } from '../jobs/job-runner.ts'
import { EMPTY_COMMIT, type ReceivedMail, type RunCommit } from '../store/run-commit.ts'
import type { RunStore } from '../store/run-store.ts'
import { sealAll } from './outgoing.ts'
import type { Standing } from './standing.ts'

export interface Change {
  /** As JSON. */
  readonly state: string
  readonly effects: readonly VerticalEffect[]
  readonly standing: Standing
  readonly store: RunStore
  readonly received: ReceivedMail | null
  /** What the job kept; dropped when the machine did not want its result. */
  readonly output: JobOutput | undefined
  readonly refusal: TributaryError | undefined
}

type EffectOf<Type extends VerticalEffect['type']> = Extract<VerticalEffect, { type: Type }>

/** Everything durable of one event: messages are sealed and signed here, for good. */
export async function commitOf(change: Change): Promise<RunCommit> {
  const { state, effects, standing, store, received, output, refusal } = change
  const all = <Type extends VerticalEffect['type']>(type: Type) =>
    effects.filter((effect): effect is EffectOf<Type> => effect.type === type)
  const [end] = all('end')
  const [finish] = all('finish')
  const forget = all('forget')
  return {
    ...EMPTY_COMMIT,
    state,
    received: received === null || refusal === undefined ? received : { ...received, content: null, refusal: refusal.code },
    outgoing: await sealAll(all('send'), standing, (receiver) => store.lastSent(receiver)),
    keep: [...(refusal === undefined ? (output?.keep ?? []) : []), ...all('keep').map(({ blob, parts }) => ({ blob, parts }))],
    forgetBlobs: forget.flatMap(({ blobs }) => blobs),
    forgetMessages: forget.flatMap(({ messages }) => messages),
    audit: all('audit').map(({ entry }) => entry),
    publish: publications(all('publish'), standing, store),
    outcome: finish?.outcome ?? null,
    ended: end === undefined ? null : { error: end.error.toBody(), announce: end.announce },
  }
}

/** Numbered on from what the store holds; each is signed as the canonical JSON of {run, event}, `run` being the manifest's hash. */
function publications(
  effects: readonly EffectOf<'publish'>[],
  { identity, manifestSha256 }: Standing,
  store: RunStore,
): Publish[] {
  const last = effects.length === 0 ? 0 : store.lastPublished()
  return effects.map(({ event }, index) => ({
    seq: last + 1 + index,
    event,
    signature: sign(identity, new TextEncoder().encode(canonicalJson({ run: manifestSha256, event }))),
  }))
}

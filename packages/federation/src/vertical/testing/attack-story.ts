import { auditSignedBytes, type Content, type ErrorCode, type MessageBody } from '@tributary/protocol'
import { type SmallRunOptions, smallRun } from './random-run.ts'
import { type Delivery, RUN_HASH, World, type WorldOptions } from './world.ts'

export const small: SmallRunOptions = { features: [2], labelFeatures: 2, rows: 70 }

/** A run whose parties have begun. */
export function begin(options: SmallRunOptions = small, extra: Partial<WorldOptions> = {}): World {
  const run = smallRun(options)
  const world = new World({ ...run, seed: 11, ...extra })
  for (const { name } of run.manifest.parties) world.send(name, { type: 'begin' })
  return world
}

export const codes = (world: World): readonly ErrorCode[] => [...world.ends.values()].map(({ code }) => code)
export const last = (world: World) => world.refusals.at(-1)

/** Plays until the key service is in this phase of this step. */
export function until(world: World, phase: string, step: number): void {
  for (;;) {
    const state = world.keyService()
    if (state.phase === phase && 'step' in state && state.step === step) return
    if (!world.step()) throw new Error(`never ${phase} in step ${step}`)
  }
}

/** Newest message of this kind from this party. */
export function newest(world: World, from: string, kind: Content['kind']): Delivery {
  const found = world.sent.findLast((mail) => mail.from === from && mail.content.kind === kind)
  if (found === undefined) throw new Error(`${from} sent no ${kind}`)
  return found
}

/** Until the key service has this party's request, not more. */
export function untilRequested(world: World, party: string): Delivery {
  for (;;) {
    const state = world.keyService()
    const slot = 'openings' in state ? state.openings[party]?.state : undefined
    if (slot === 'working' || slot === 'done') return newest(world, party, 'open')
    if (!world.step()) throw new Error('no request came')
  }
}

export function withBody(
  mail: Delivery,
  change: Partial<MessageBody<'open'>>,
  parts = mail.content.parts,
): Omit<Delivery, 'ref'> {
  const body = { ...mail.content.body, ...change }
  return { ...mail, content: { ...mail.content, body, parts } as Content }
}

/** As the mock key service signs. */
export const signatureOf = (seq: number, hash: string, run = RUN_HASH): string =>
  new World({ ...smallRun(small) }).surroundings('keys').sign(auditSignedBytes(run, { seq, hash }))

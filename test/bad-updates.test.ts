import { createHash } from 'node:crypto'
import { CoordinatorApi } from '@tributary/client'
import type { RunningCoordinator } from '@tributary/coordinator'
import {
  decodeContainer,
  type ErrorCode,
  encodeModel,
  encodeUpdate,
  type NamedTensor,
  type ParticipantId,
  participantIdSchema,
  type RunId,
  runIdSchema,
  type UpdateMeta,
} from '@tributary/protocol'
import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hub, openHub } from './harness/open-hub.ts'
import {
  type Answer,
  connectReady,
  joinRaw,
  moved,
  putUpdate,
  type RawInstitution,
  redeem,
  type Upload,
} from './harness/raw-institution.ts'
import { eventually, softmaxRun } from './harness/small-federation.ts'

const ROUNDS = 2
const SAMPLES = [30, 7]
const NAMES = ['alice', 'bob']

interface World {
  readonly admin: CoordinatorApi
  readonly run: RunId
  readonly institutions: readonly RawInstitution[]
  readonly outsider: RawInstitution
  readonly researcherToken: string
  readonly close: () => void
}

let hub: Hub
let coordinator: RunningCoordinator
let world: World
let initial: readonly NamedTensor[]

/** Two institutions in an open round, and a third that was never asked. */
async function openWorld(federationName: string): Promise<World> {
  const { url } = coordinator
  const admin = new CoordinatorApi({ url, token: coordinator.adminToken as string })
  const { id } = await admin.createFederation(federationName)
  const institutions: RawInstitution[] = []
  const sockets: Socket[] = []
  for (const name of NAMES) {
    const institution = await joinRaw(admin, url, id, name)
    institutions.push(institution)
    sockets.push(await connectReady(url, institution))
  }
  const outsider = await joinRaw(admin, url, id, 'carol')
  const { token: researcherToken } = await redeem(admin, url, id, 'rosalind', 'researcher')
  const run = await admin.createRun(id, { name: 'bad-updates', config: softmaxRun(ROUNDS, 2) })
  await roundOpen(admin, run.id, 1)
  const close = () => {
    for (const socket of sockets) socket.close()
  }
  return { admin, run: run.id, institutions, outsider, researcherToken, close }
}

const roundOpen = (admin: CoordinatorApi, run: RunId, round: number) =>
  eventually(`round ${round}`, async () => {
    const now = await admin.run(run)
    return now.phase === 'training' && now.round === round ? now : null
  })

const metaOf = (run: RunId, round: number, participant: ParticipantId, samples: number): UpdateMeta => ({
  run,
  round,
  participant,
  form: 'parameters',
  samples,
  report: { loss: 0.5, accuracy: null, seconds: 0.1, backend: 'none' },
})

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const whole = (bytes: Uint8Array<ArrayBuffer>): Upload => ({ body: bytes, sha256: hashOf(bytes), bytes: bytes.byteLength })

async function modelNow({ admin, run }: World): Promise<readonly NamedTensor[]> {
  return decodeContainer(await admin.downloadModel((await admin.run(run)).modelSha256)).tensors
}

/** The update that participant `index` owes in a round. */
const goodUpdate = ({ run, institutions }: World, model: readonly NamedTensor[], index: number, round: number): Upload => {
  const { id } = institutions[index] as RawInstitution
  return whole(encodeUpdate(moved(model, index, round), metaOf(run, round, id, SAMPLES[index] as number)).bytes)
}

const send = ({ run, institutions }: World, index: number, round: number, upload: Upload): Promise<Answer> =>
  putUpdate(coordinator.url, run, round, (institutions[index] as RawInstitution).token, upload)

/** Rejections of this code in the event log, by participant. */
async function rejections({ admin, run }: World, code: string, participant: ParticipantId): Promise<number> {
  const { events } = await admin.events(run, { limit: 5_000 })
  return events.filter(
    ({ event }) => event.type === 'update.rejected' && event.data.error.code === code && event.data.participant === participant,
  ).length
}

async function expectRoundUnharmed({ admin, run }: World, round: number): Promise<void> {
  expect(await admin.run(run)).toMatchObject({ phase: 'training', round, failure: null })
  const { phase, participants } = await admin.round(run, round)
  expect(phase).toBe('training')
  expect(participants.map(({ name, state }) => `${name}: ${state}`).sort()).toEqual(['alice: selected', 'bob: selected'])
}

/** A container built by hand from any header, well formed or not. */
function handMade(header: unknown, values: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((16 + text.byteLength) / 64) * 64
  const bytes = new Uint8Array(start + values.byteLength)
  bytes.set([0x54, 0x52, 0x49, 0x42, 1])
  new DataView(bytes.buffer).setUint32(8, text.byteLength, true)
  bytes.set(text, 16)
  bytes.set(values, start)
  return bytes
}

beforeAll(async () => {
  hub = await openHub()
  coordinator = hub.coordinator
  world = await openWorld('disturbed')
  initial = await modelNow(world)
})
afterAll(async () => {
  world?.close()
  await hub?.close()
})

interface Draft {
  readonly tensors: NamedTensor[]
  readonly meta: UpdateMeta
}
/** What the sender's good update is made of, as a header and values that can be spoilt. */
const parts = ({ tensors, meta }: Draft) => ({
  header: {
    kind: 'update',
    tensors: tensors.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as string })),
    meta: { ...meta } as Record<string, unknown>,
  },
  values: Uint8Array.from(tensors.flatMap(({ data }) => [...new Uint8Array(data.slice().buffer)])),
})

const withValue = ({ tensors, meta }: Draft, value: number): Upload => {
  const [first, ...rest] = tensors as [NamedTensor, ...NamedTensor[]]
  const data = first.data.slice()
  data[data.length - 1] = value
  return whole(encodeUpdate([{ ...first, data }, ...rest], meta).bytes)
}
const withTensor = ({ tensors, meta }: Draft, change: Partial<NamedTensor>): Upload => {
  const [first, ...rest] = tensors as [NamedTensor, ...NamedTensor[]]
  return whole(encodeUpdate([{ ...first, ...change }, ...rest], meta).bytes)
}
const withMeta = ({ tensors, meta }: Draft, change: Partial<UpdateMeta>): Upload =>
  whole(encodeUpdate(tensors, { ...meta, ...change }).bytes)
/** The same container with another sample count, or none. */
const withSamples = (draft: Draft, samples: unknown): Upload => {
  const { header, values } = parts(draft)
  header.meta.samples = samples
  return whole(handMade(header, values))
}
const good = ({ tensors, meta }: Draft): Upload => whole(encodeUpdate(tensors, meta).bytes)
const cut = (draft: Draft, bytes: (all: number) => number): Upload => {
  const { body } = good(draft)
  return whole(body.slice(0, bytes(body.byteLength)))
}
const longer = (body: Uint8Array, by: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(body.byteLength + by)
  bytes.set(body)
  return bytes
}
/** Bytes without a meaning, the same in each run. */
const garbage = (length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  for (let i = 0, state = 7; i < length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}
const otherRun = runIdSchema.parse('run_0000000000000000')

const refused: [what: string, code: ErrorCode, status: number, spoil: (draft: Draft, other: ParticipantId) => Upload][] = [
  ['NaN', 'update_not_finite', 422, (d) => withValue(d, Number.NaN)],
  ['infinity', 'update_not_finite', 422, (d) => withValue(d, Number.POSITIVE_INFINITY)],
  ['minus infinity', 'update_not_finite', 422, (d) => withValue(d, Number.NEGATIVE_INFINITY)],
  [
    'a wrong shape of the same size',
    'update_wrong_shape',
    422,
    (d) => withTensor(d, { shape: [...(d.tensors[0]?.shape ?? []), 1] }),
  ],
  ['a wrong name', 'update_wrong_names', 422, (d) => withTensor(d, { name: 'stranger' })],
  ['a missing tensor', 'update_wrong_names', 422, (d) => good({ ...d, tensors: d.tensors.slice(0, 1) })],
  [
    'a wrong dtype',
    'update_wrong_dtype',
    422,
    (d) => {
      const { header, values } = parts(d)
      for (const tensor of header.tensors) tensor.dtype = 'float64'
      return whole(handMade(header, longer(values, values.byteLength)))
    },
  ],
  ['a stream cut in its values', 'update_truncated', 422, (d) => cut(d, (all) => all - 3)],
  ['a stream cut in its header', 'update_truncated', 422, (d) => cut(d, () => 100)],
  ['a body with fewer bytes than announced', 'update_truncated', 422, (d) => ({ ...good(d), body: good(d).body.slice(0, 200) })],
  ['an oversize update', 'update_too_large', 413, (d) => whole(longer(good(d).body, 100_000))],
  ['bytes behind the last value', 'update_trailing_bytes', 422, (d) => whole(longer(good(d).body, 4))],
  [
    'a body with more bytes than announced',
    'update_trailing_bytes',
    422,
    (d) => ({ ...good(d), body: longer(good(d).body, 64) }),
  ],
  ['another run in the header', 'update_wrong_run', 422, (d) => withMeta(d, { run: otherRun })],
  ['another round in the header than in the URL', 'update_wrong_round', 422, (d) => withMeta(d, { round: 2 })],
  ["another participant's update", 'update_wrong_participant', 403, (d, other) => withMeta(d, { participant: other })],
  [
    "a stranger's update",
    'update_wrong_participant',
    403,
    (d) => withMeta(d, { participant: participantIdSchema.parse('par_0000000000000000') }),
  ],
  ['gradients in a run of parameters', 'update_wrong_form', 422, (d) => withMeta(d, { form: 'gradients' })],
  ['another hash than announced', 'update_hash_mismatch', 422, (d) => ({ ...good(d), sha256: hashOf(garbage(8)) })],
  [
    'bytes that were damaged on the way',
    'update_hash_mismatch',
    422,
    (d) => ({ ...good(d), body: good(d).body.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) }),
  ],
  ['no sample count', 'update_samples_invalid', 422, (d) => withSamples(d, undefined)],
  ['a sample count of 0', 'update_samples_invalid', 422, (d) => withSamples(d, 0)],
  ['a negative sample count', 'update_samples_invalid', 422, (d) => withSamples(d, -5)],
  ['a fractional sample count', 'update_samples_invalid', 422, (d) => withSamples(d, 1.5)],
  ['random garbage', 'update_malformed', 422, () => whole(garbage(300))],
  ['a model instead of an update', 'update_malformed', 422, ({ tensors }) => whole(encodeModel(tensors).bytes)],
  ['a header that is not JSON', 'update_malformed', 422, (d) => whole(good(d).body.map((byte, i) => (i === 16 ? 0x21 : byte)))],
]

const draftOf = (index: number): Draft => ({
  tensors: moved(initial, index, 1),
  meta: metaOf(world.run, 1, (world.institutions[index] as RawInstitution).id, SAMPLES[index] as number),
})

describe('a bad update is refused with its own code, logged, and the round is unharmed', () => {
  // Senders take turns: of one code, the log takes three refusals of a participant in a round.
  test.each(refused.map((row, at) => [...row, at % 2] as const))('%s: %s', async (_, code, status, spoil, index) => {
    const [sender, other] = [world.institutions[index], world.institutions[1 - index]] as [RawInstitution, RawInstitution]
    const before = await rejections(world, code, sender.id)
    const answer = await send(world, index, 1, spoil(draftOf(index), other.id))
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.body.message).not.toMatch(/[{}?]/)
    expect(await rejections(world, code, sender.id)).toBe(before + 1)
    await expectRoundUnharmed(world, 1)
  })

  test('a round that is not open: round_not_open', async () => {
    expect(await send(world, 0, 2, good(draftOf(0)))).toMatchObject({ status: 409, body: { code: 'round_not_open' } })
    await expectRoundUnharmed(world, 1)
  })

  test('an offset that is not the one stored: upload_offset_mismatch, which the sender mends itself', async () => {
    const upload = good(draftOf(0))
    const answer = await send(world, 0, 1, { ...upload, body: upload.body.slice(10), offset: 10 })
    // The short body of the list above is still there, to be resumed.
    expect(answer).toMatchObject({ status: 409, body: { code: 'upload_offset_mismatch', details: { actual: 10 } } })
    await expectRoundUnharmed(world, 1)
  })
})

test('a flood of bad updates is answered one by one, and does not flood the log', async () => {
  const alice = world.institutions[0] as RawInstitution
  const bad = withMeta(draftOf(0), { form: 'gradients', samples: 99 })
  for (let time = 0; time < 8; time += 1)
    expect(await send(world, 0, 1, bad)).toMatchObject({ status: 422, body: { code: 'update_wrong_form' } })
  expect(await rejections(world, 'update_wrong_form', alice.id)).toBe(3)
  await expectRoundUnharmed(world, 1)
})

describe('who may not send is told so', () => {
  const forged = `trb_i_${'A'.repeat(43)}`
  test.each<[string, number, string, () => string | null]>([
    ['a forged token', 401, 'unauthenticated', () => forged],
    ['a token with one character changed', 401, 'unauthenticated', () => flipLast(world.institutions[0]?.token as string)],
    ['no token', 401, 'unauthenticated', () => null],
    ["a researcher's token", 403, 'forbidden', () => world.researcherToken],
    ["the admin's token", 403, 'forbidden', () => coordinator.adminToken],
    ['a participant that was not selected', 403, 'not_selected', () => world.outsider.token],
  ])('%s: %i %s', async (_, status, code, token) => {
    const { headSeq } = await world.admin.run(world.run)
    const answer = await putUpdate(coordinator.url, world.run, 1, token(), good(draftOf(0)))
    expect(answer).toMatchObject({ status, body: { code } })
    // They have no part in the round, so they cannot write into its log.
    expect((await world.admin.run(world.run)).headSeq).toBe(headSeq)
    await expectRoundUnharmed(world, 1)
  })
})

const flipLast = (token: string): string => token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.slice(-1)

describe('after all that', () => {
  test('the good update is taken; its repetition counts once; other bytes are refused', async () => {
    const upload = goodUpdate(world, initial, 0, 1)
    const alice = world.institutions[0] as RawInstitution
    expect(await send(world, 0, 1, upload)).toMatchObject({ status: 200, body: { status: 'accepted', repeated: false } })
    for (let again = 0; again < 2; again += 1)
      expect(await send(world, 0, 1, upload)).toMatchObject({ status: 200, body: { repeated: true, sha256: upload.sha256 } })

    const other = whole(encodeUpdate(moved(initial, 5, 5), metaOf(world.run, 1, alice.id, 1_000_000)).bytes)
    expect(await send(world, 0, 1, other)).toMatchObject({ status: 409, body: { code: 'update_already_accepted' } })
    expect(await rejections(world, 'update_already_accepted', alice.id)).toBe(1)
    expect(await send(world, 1, 1, goodUpdate(world, initial, 0, 1))).toMatchObject({
      status: 403,
      body: { code: 'update_wrong_participant' },
    })
    const { participants } = await world.admin.round(world.run, 1)
    expect(participants.map(({ name, state, samples }) => ({ name, state, samples }))).toEqual(
      expect.arrayContaining([
        { name: 'alice', state: 'accepted', samples: SAMPLES[0] },
        { name: 'bob', state: 'selected', samples: null },
      ]),
    )
  })

  test('a replay in the next round is refused, in the closed round it is a repetition', async () => {
    const old = goodUpdate(world, initial, 0, 1)
    expect(await send(world, 1, 1, goodUpdate(world, initial, 1, 1))).toMatchObject({ status: 200, body: { repeated: false } })
    await roundOpen(world.admin, world.run, 2)
    const alice = world.institutions[0] as RawInstitution
    const before = await rejections(world, 'update_wrong_round', alice.id)
    expect(await send(world, 0, 2, old)).toMatchObject({ status: 422, body: { code: 'update_wrong_round' } })
    expect(await rejections(world, 'update_wrong_round', alice.id)).toBe(before + 1)
    expect(await send(world, 0, 1, old)).toMatchObject({ status: 200, body: { repeated: true } })
    await expectRoundUnharmed(world, 2)
  })

  test("the run completes, each update counted once, with an undisturbed run's model", async () => {
    await finish(world, 2)
    const undisturbed = await openWorld('undisturbed')
    try {
      for (let round = 1; round <= ROUNDS; round += 1) await finish(undisturbed, round)
      const hashes = async ({ admin, run }: World) => (await admin.models(run)).map(({ round, sha256 }) => ({ round, sha256 }))
      const expected = await hashes(undisturbed)
      expect(new Set(expected.map(({ sha256 }) => sha256)).size).toBe(ROUNDS + 1)
      expect(await hashes(world)).toEqual(expected)
    } finally {
      undisturbed.close()
    }

    const { events } = await world.admin.events(world.run, { limit: 5_000 })
    const closed = events.flatMap(({ event }) => (event.type === 'round.closed' ? [event.data] : []))
    expect(closed.map(({ counted }) => counted.map(({ name, samples }) => ({ name, samples })))).toEqual(
      [1, 2].map(() => NAMES.map((name, index) => ({ name, samples: SAMPLES[index] }))),
    )
    expect(events.filter(({ event }) => event.type === 'update.accepted')).toHaveLength(ROUNDS * NAMES.length)
  })
})

/** Sends both good updates of an open round and waits until it has closed. */
async function finish(at: World, round: number): Promise<void> {
  const model = await modelNow(at)
  for (const index of NAMES.keys())
    expect(await send(at, index, round, goodUpdate(at, model, index, round))).toMatchObject({
      status: 200,
      body: { repeated: false },
    })
  if (round < ROUNDS) await roundOpen(at.admin, at.run, round + 1)
  else await eventually('the end', async () => (await at.admin.run(at.run)).phase === 'completed')
}

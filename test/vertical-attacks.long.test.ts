import { canonicalJson, canonicalSha256, type SecretIdentity, sealEnvelope, sign } from '@tributary/crypto'
import { type JobRunner, joinVertical, verifyRunAudit } from '@tributary/party'
import {
  auditSignedBytes,
  type Content,
  ciphertextLayout,
  createSha256,
  encodeContent,
  type MessageBody,
  manifestSchema,
  readEnvelope,
  routes,
  type VerticalSettingsInput,
  writeEnvelope,
} from '@tributary/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BfvContext, createContext } from '../packages/crypto/src/bfv/context.ts'
import { combineByAddPlain, readWithOwnKey } from '../packages/crypto/src/bfv/testing/add-plain-attack.ts'
import { schemeOver } from '../packages/crypto/src/bfv/testing/inspection.ts'
import { joined, relativeError, ridge } from './harness/closed-form.ts'
import { announced, type Forge, HostileHub, type Letter } from './harness/hostile-hub.ts'
import { type Around, workAround } from './harness/job-hooks.ts'
import { NodeFederation } from './harness/node-federation.ts'
import { type ChangeSend, type Send, sendingOtherwise } from './harness/sending-otherwise.ts'
import { joinedPair, syntheticPair } from './harness/synthetic-tables.ts'

// The twelve attacks of the specification, by its numbers, on a whole system: a real coordinator, machines, stores, seals and
// encryption; an attacker is a party with its own identity that says or computes other things, or a hub that hands out what it
// likes. What a test of the machines or of the package crypto covers and no system adds to is named at its number.

const tables = syntheticPair({ rows: 70, features: 3, labelFeatures: 2, seed: 5 })
const five = syntheticPair({ rows: 15, features: 5, labelFeatures: 1, seed: 6, own: 55 })
const truth = (() => {
  const { columns, label } = joinedPair(tables)
  return ridge(joined(columns, label, 'linear'), 1)
})()

/** What is put into the parties for one attack. */
interface Attack {
  readonly bank?: ChangeSend
  readonly shop?: ChangeSend
  readonly falseKeys?: ChangeSend
  readonly bankJobs?: Around
  readonly shopJobs?: Around
  readonly forge?: Forge
  readonly answer?: HostileHub['answer']
}
let attack: Attack = {}
let federation: NodeFederation
const hub = new HostileHub()

type Surroundings = Parameters<ChangeSend>[1]
const unchanged: ChangeSend = (send) => [send]
const jobs = (which: 'bankJobs' | 'shopJobs') => (real: JobRunner) =>
  workAround(real, (job, context, work) => attack[which]?.(job, context, work) ?? work())
const feature = { role: 'feature' } as const

beforeAll(async () => {
  const { ids, columns } = tables.feature
  const [first = 'a0'] = Object.keys(columns)
  federation = await NodeFederation.open({
    bank: {
      role: 'feature',
      table: tables.feature,
      fetch: hub.fetchOf('bank'),
      jobs: jobs('bankJobs'),
      machine: (real) => sendingOtherwise(real, (send, around) => (attack.bank ?? unchanged)(send, around)),
    },
    shop: {
      role: 'label',
      table: tables.label,
      labelColumn: 'target',
      fetch: hub.fetchOf('shop'),
      jobs: jobs('shopJobs'),
      machine: (real) => sendingOtherwise(real, (send, around) => (attack.shop ?? unchanged)(send, around)),
    },
    keys: { role: 'key-service', fetch: hub.fetchOf('keys') },
    'false-keys': {
      role: 'key-service',
      machine: (real) => sendingOtherwise(real, (send, around) => (attack.falseKeys ?? unchanged)(send, around)),
    },
    twice: { ...feature, table: { ids: ids.map((id, row) => (row === 9 ? ` ${ids[4]}` : id)), columns } },
    'one-hot': { ...feature, table: { ids, columns: { ...columns, [first]: ids.map((_, row) => Number(row === 3)) } } },
    few: { ...feature, table: { ids: five.feature.ids.slice(0, 15), columns: firstRows(five.feature.columns, 15) } },
    strangers: { ...feature, table: five.feature },
    'label-of-strangers': { role: 'label', table: five.label, labelColumn: 'target' },
  })
})
afterAll(() => federation?.close())
beforeEach(() => {
  attack = {}
  hub.forge = null
  hub.answer = null
})

const firstRows = (columns: Readonly<Record<string, ArrayLike<number>>>, rows: number) =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Array.from(values).slice(0, rows)]))

async function play(put: Attack, settings: VerticalSettingsInput = {}, parties = ['bank', 'shop', 'keys']) {
  attack = put
  hub.forge = put.forge ?? null
  hub.answer = put.answer ?? null
  const { run, ends } = await federation.play(parties, settings)
  const { failure } = await federation.over(run)
  // The hub keeps the code of whoever ended the run in the details.
  return { run, ends, failure, code: failure?.details.code ?? null }
}

/** As the product hashes a step's keys: one after another. */
const keysSha256 = (keys: readonly Uint8Array[]): string => keys.reduce((hash, key) => hash.update(key), createSha256()).hex()

type Played = Awaited<ReturnType<typeof play>>

/** The run was not disturbed: same weights as without the attack. */
function expectTrueWeights({ ends }: Played): void {
  const weights = ['bank', 'shop'].flatMap((name) => [...(ends[name]?.outcome?.weights ?? [])])
  expect(relativeError(weights, truth)).toBeLessThan(1e-3)
}

const logOf = (run: string, keys = 'keys') => federation.node(keys).store.auditLog(run)
const openingsOf = (run: string, party: string) =>
  logOf(run).flatMap(({ record }) => (record.party === party && record.kind === 'opening' ? [record] : []))

/** Each opening once a step, the quota as it should be, the log whole for the party that asked. */
function expectHonestLog(run: string): void {
  const records = openingsOf(run, 'bank')
  expect(new Set(records.map(({ step }) => step)).size).toBe(records.length)
  records.forEach(({ quotaLeft, numbersReturned }, index) => {
    expect(numbersReturned).toBe(3)
    if (index > 0) expect(quotaLeft).toBe((records[index - 1]?.quotaLeft ?? 0) - 3)
  })
  expect(verifyRunAudit(federation.node('bank'), logOf(run)).receipts).toBe(records.length)
}

const isOpen = (send: Send, step: number): boolean => send.content.kind === 'open' && send.step === step
const withParts = (send: Send, parts: readonly Uint8Array[], body: object = {}): Send => ({
  ...send,
  content: { ...send.content, body: { ...send.content.body, ...body }, parts } as Content,
})
const withBody = (send: Send, body: object): Send => withParts(send, send.content.parts, body)
const random = (length: number) => Uint8Array.from(crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536))))
const noise = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) bytes.set(random(length - at), at)
  return bytes
}
const part = ({ content }: Send): Uint8Array => content.parts[0] as Uint8Array

/** A run that nobody attacks. */
let honest: Played
beforeAll(async () => {
  honest = await play({})
}, 120_000)

it('without an attack: true weights, a log that every party verifies', () => {
  expectTrueWeights(honest)
  expectHonestLog(honest.run)
  expect(federation.dropped(honest.run, 'keys')).toEqual([])
})

describe('attack 1: the label party adds its residual in plain', () => {
  let bfv: BfvContext | null = null
  afterAll(() => bfv?.[Symbol.dispose]())
  const residuals: BigInt64Array[] = []
  const addPlain: Around = async (job, { prepared, read }, real) => {
    if (job.kind !== 'combine' || job.inputs.length === 0 || prepared === null) return real()
    bfv ??= await createContext(job.he)
    using scheme = schemeOver(bfv, job.he, prepared.rows)
    residuals.push(job.values.slice())
    return { result: { kind: 'combine', parts: combineByAddPlain(scheme, read(job.inputs[0] ?? ''), job.values) }, keep: [] }
  }

  it('is slr_not_fresh', async () => {
    const { code, ends } = await play({ shopJobs: addPlain })
    expect(code).toBe('slr_not_fresh')
    expect(ends.bank?.code).toBe('slr_not_fresh')
    expect(ends.shop?.code).toBe('slr_aborted')
  })

  it('shows a careless feature party every residual; a fresh encryption shows it nothing', async () => {
    const read: BigInt64Array[] = []
    const careless: Around = async (job, context, real) => {
      if (job.kind !== 'request' || job.ownU === null || bfv === null) return real()
      using scheme = schemeOver(bfv, job.he, context.prepared?.rows ?? 0)
      const [d, u] = [context.read(job.d ?? '')[0] as Uint8Array, context.read(job.ownU)[0] as Uint8Array]
      read.push(readWithOwnKey(scheme, d, u))
      return real({ ...job, ownU: null })
    }
    residuals.length = 0
    const attacked = await play({ shopJobs: addPlain, bankJobs: careless })
    expectTrueWeights(attacked)
    expect(read.length).toBeGreaterThan(3)
    // u_B − y of every row, read without the key service.
    expect(read).toEqual(residuals.slice(0, read.length))

    const fresh: BigInt64Array[] = []
    const listening: Around = (job, _, real) => {
      if (job.kind === 'combine' && job.inputs.length > 0) fresh.push(job.values.slice())
      return real()
    }
    read.length = 0
    expectTrueWeights(await play({ shopJobs: listening, bankJobs: careless }))
    expect(read.length).toBeGreaterThan(3)
    read.forEach((values, step) => {
      expect(values.filter((value, row) => value === fresh[step]?.[row]).length).toBeLessThan(3)
    })
  })
})

describe('attack 2: n = 15 with p_A = 5', () => {
  it('is slr_too_few_rows before anything is signed', async () => {
    const { run, failure } = await play({}, { minimumRows: 10 }, ['few', 'label-of-strangers', 'keys'])
    expect(failure).toMatchObject({ code: 'slr_refused', details: { code: 'slr_too_few_rows' } })
    expect((await federation.run(run)).startedAt).toBeNull()
  })

  it('is slr_too_few_rows when alignment leaves so few, and no key was made', async () => {
    const { run, code } = await play({}, { minimumRows: 10 }, ['strangers', 'label-of-strangers', 'keys'])
    expect(code).toBe('slr_too_few_rows')
    expect(logOf(run).some(({ record }) => record.kind === 'keyed')).toBe(false)
  })
})

describe('attack 3: a second opening', () => {
  // Of the same bytes, handed out by the hub again: nothing happens (attack 8, "repeated"). Of other bytes: with attacks 4, 5 and 7.
  const another = async (letter: Letter): Promise<Letter> => {
    const { header } = readEnvelope(letter.bytes)
    const content = encodeContent({ kind: 'abort', body: { code: 'x', message: 'x', head: null }, parts: [] })
    const from = federation.identities[header.from] as SecretIdentity
    const sealed = await sealEnvelope({ header, content, from, to: federation.keysOf(header.to) })
    return announced(letter.mail, sealed.bytes)
  }

  it('of the same bytes is the stored receipt; another message in its place is slr_equivocation at the hub', async () => {
    const first = hub.known.find(({ mail }) => mail.from === 'bank' && mail.kind === 'open') as Letter
    await expect(bankSends(honest.run, first.bytes)).resolves.toMatchObject({ status: 'stored', repeated: true })
    await expect(bankSends(honest.run, (await another(first)).bytes)).resolves.toMatchObject({ code: 'slr_equivocation' })
  })

  it('is slr_equivocation where a hub lets it through', async () => {
    const prepared: Letter[] = []
    const { code } = await play({
      forge: (letter, party) => {
        if (party !== 'keys' || letter.mail.from !== 'bank') return [letter]
        void another(letter).then((other) => prepared.push(other))
        return [letter, ...prepared.splice(0)]
      },
    })
    expect(code).toBe('slr_equivocation')
  })
})

/** A message put to the hub by the bank's own credential, beside its program. */
async function bankSends(run: string, bytes: Uint8Array): Promise<Record<string, unknown>> {
  const [membership] = await federation.node('bank').store.membership().find(federation.url, 'bank')
  const response = await fetch(federation.url + routes.verticalMessages(run), {
    method: 'PUT',
    headers: { authorization: `Bearer ${membership?.token}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  })
  return (await response.json()) as Record<string, unknown>
}

describe('attacks 3, 4, 5 and 7: requests that the key service refuses, and goes on with the right one', () => {
  let before: Send
  const tooLong = (send: Send, { manifest }: Surroundings) => [
    noise(ciphertextLayout(manifest.he, 70).ciphertextBytes),
    ...send.content.parts.slice(1),
  ]
  const bad: readonly [attack: number, what: string, code: string, make: (send: Send, around: Surroundings) => Send][] = [
    [4, 'of the step before', 'key_wrong_step', (send) => ({ ...before, step: send.step })],
    [4, 'of the step before, in its name', 'key_wrong_step', () => before],
    [4, 'of another run', 'key_wrong_step', (send) => withBody(send, { keyId: 'cdcdcdcdcdcdcdcd.1.0' })],
    [5, 'for p_j + 1 numbers', 'key_quota', (send) => withBody(send, { numbers: 4 })],
    [5, 'of one ciphertext too many', 'key_quota', (send) => withParts(send, [...send.content.parts, part(send)])],
    [7, 'cut short', 'he_size', (send) => withParts(send, [part(send).slice(0, -1)])],
    [7, 'with a byte more', 'he_size', (send) => withParts(send, [noise(part(send).length + 1)])],
    [7, 'of a higher level', 'he_size', (send, around) => withParts(send, tooLong(send, around))],
    [7, 'without a ciphertext', 'he_size', (send) => withParts(send, [])],
    [9, 'under another public key', 'key_mismatch', (send) => withBody(send, { publicKeySha256: 'ee'.repeat(32) })],
  ]
  const afterIt: typeof bad = [
    [3, 'the second, of other bytes', 'slr_equivocation', (send) => withParts(send, [noise(part(send).length)])],
    [3, 'the second, of the same ciphertexts sealed anew', 'slr_equivocation', (send) => send],
  ]
  let played: Played

  beforeAll(async () => {
    played = await play({
      bank: (send, around) => {
        if (isOpen(send, 1)) before = send
        if (!isOpen(send, 2)) return [send]
        return [...bad.map(([, , , make]) => make(send, around)), send, ...afterIt.map(([, , , make]) => make(send, around))]
      },
    })
  }, 120_000)

  it.each([...bad, ...afterIt].map(([attack, what, code], index) => ({ attack, what, code, index })))(
    'attack $attack: $what is $code',
    ({ code, index }) => {
      expect(federation.dropped(played.run, 'keys')[index]).toBe(code)
    },
  )

  it('nothing else was refused; weights, quota and log are those of an honest run', () => {
    expect(federation.dropped(played.run, 'keys')).toHaveLength(bad.length + afterIt.length)
    expectTrueWeights(played)
    expectHonestLog(played.run)
  })

  it('attack 5: T openings of each feature, then none', async () => {
    const { run, ends } = await play({}, { maxSteps: 4, tolerance: 1e-300 })
    expect(ends.bank?.outcome?.steps).toBe(3)
    expect(openingsOf(run, 'bank').map(({ quotaLeft }) => quotaLeft)).toEqual([9, 6, 3, 0])
  })

  it('attack 6: no key serves two steps, and none opens more than one list of a party', () => {
    // That a fixed key is recovered by 304 crafted openings, and one of a step not, is shown in the crypto package (key-recovery
    // test): sums over all 8,192 slots are needed, which a run of so many rows would only make slow.
    const { run } = honest
    const keyed = logOf(run).filter(({ record }) => record.kind === 'keyed')
    expect(new Set(keyed.map(({ record }) => record.keyId)).size).toBe(keyed.length)
    expect(keyed.length).toBeGreaterThan(4)
    for (const { record } of keyed)
      for (const party of ['bank', 'shop'])
        expect(openingsOf(run, party).filter(({ keyId }) => keyId === record.keyId).length).toBe(1)
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['random bytes', (bytes) => noise(bytes.length)],
    [
      'random coefficients behind a right header',
      (bytes) => Uint8Array.from([...bytes.subarray(0, 113), ...noise(bytes.length - 113)]),
    ],
    ['a ciphertext of nothing', (bytes) => Uint8Array.from([...bytes.subarray(0, 113), ...new Uint8Array(bytes.length - 113)])],
  ])('attack 7: %s are he_malformed, and use the slot up', async (_, make) => {
    const attacked = await play({ bank: (send) => (isOpen(send, 0) ? [withParts(send, send.content.parts.map(make))] : [send]) })
    expect(attacked.code).toBe('he_malformed')
    const refused = logOf(attacked.run).filter(({ record }) => record.kind === 'refused')
    expect(refused.map(({ record }) => [record.party, record.code, record.numbersReturned])).toEqual([
      ['bank', 'he_malformed', 0],
    ])
  })

  it('attack 7: the key service serves the next run', async () => {
    expectTrueWeights(await play({}))
  })
})

describe('attack 8: a hub that alters, swaps and repeats', () => {
  const canonical = (bytes: Uint8Array, change: object): Uint8Array => {
    const { header, signature, sealed } = readEnvelope(bytes)
    return writeEnvelope({ headerBytes: new TextEncoder().encode(canonicalJson({ ...header, ...change })), signature, sealed })
  }
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte))
  /** Letters of an earlier run. */
  const isOld = ({ mail }: Letter) => old.has(mail.sha256)
  let old = new Set<string>()
  const newest = (known: readonly Letter[], is: (letter: Letter) => boolean) =>
    known.findLast((letter) => !isOld(letter) && is(letter))
  const forgeries: Readonly<Record<string, Forge>> = {
    'an altered header': ({ mail, bytes }) => [announced(mail, canonical(bytes, { step: mail.step + 1 }))],
    'a header of another place': ({ mail, bytes }) => [announced(mail, canonical(bytes, { seq: mail.seq + 1 }))],
    'an altered seal': ({ mail, bytes }) => [announced(mail, flipped(bytes))],
    "the other party's message": ({ mail }, party, known) => {
      const other = newest(known, (letter) => letter.mail.from === mail.from && letter.mail.to !== party)
      return other === undefined ? [] : [{ mail: { ...other.mail, to: mail.to, cursor: mail.cursor }, bytes: other.bytes }]
    },
    "another sender's message in this one's name": ({ mail }, party, known) => {
      const other = newest(known, (letter) => letter.mail.from !== mail.from && letter.mail.to === party)
      return other === undefined ? [] : [{ mail: { ...other.mail, from: mail.from, cursor: mail.cursor }, bytes: other.bytes }]
    },
    'a message of an earlier run': ({ mail }, _party, known) => {
      const other = known.find((letter) => isOld(letter) && letter.mail.from === mail.from && letter.mail.to === mail.to)
      return other === undefined ? [] : [{ mail: { ...other.mail, cursor: mail.cursor }, bytes: other.bytes }]
    },
  }
  const made = new Map<string, number>()
  const parties = ['bank', 'shop', 'keys'] as const
  let played: Played

  beforeAll(async () => {
    old = new Set(hub.known.map(({ mail }) => mail.sha256))
    played = await play({
      forge: (letter, party, known) => [
        ...Object.entries(forgeries).flatMap(([what, forge]) => {
          const letters = forge(letter, party, known)
          made.set(`${what} to ${party}`, (made.get(`${what} to ${party}`) ?? 0) + letters.length)
          return letters
        }),
        letter,
      ],
    })
  }, 120_000)

  it.each(Object.keys(forgeries))('%s is auth_signature wherever it comes', (what) => {
    for (const party of parties) {
      expect(made.get(`${what} to ${party}`), party).toBeGreaterThan(5)
      const all = Object.keys(forgeries).reduce((sum, name) => sum + (made.get(`${name} to ${party}`) ?? 0), 0)
      // Each forgery was refused, and nothing else.
      expect(federation.dropped(played.run, party)).toEqual(Array(all).fill('auth_signature'))
    }
  })

  it('the genuine messages beside them go through', () => {
    expectTrueWeights(played)
    expectHonestLog(played.run)
  })

  it('repeated messages, requests among them, do nothing, and neither does their order', async () => {
    const repeated = new Set<string>()
    const again = await play({
      forge: (letter, party, known) => {
        const mine = known.filter(({ mail }) => mail.to === party && !isOld({ mail, bytes: letter.bytes })).slice(-4)
        for (const { mail } of mine) repeated.add(mail.kind)
        return [
          ...mine
            .toReversed()
            .map(({ mail, bytes }) => ({ mail: { ...mail, seq: mail.seq + 100, cursor: letter.mail.cursor }, bytes })),
          letter,
        ]
      },
    })
    expect([...repeated]).toEqual(expect.arrayContaining(['u', 'd', 'open', 'opened', 'share', 'decide', 'step-key']))
    // Those of the run before this one are signed for that run.
    for (const party of parties) expect(new Set(federation.dropped(again.run, party))).toEqual(new Set(['auth_signature']))
    expectTrueWeights(again)
    expectHonestLog(again.run)
  })

  it('keys that the hub hands out are compared with what was pinned', async () => {
    const { failure } = await play({
      answer: (path, json, party) => {
        if (party !== 'bank' || !path.endsWith('/parties')) return json
        const stranger = federation.keysOf('twice')
        return (json as { name: string }[]).map((entry) => (entry.name === 'shop' ? { ...entry, keys: stranger } : entry))
      },
    })
    expect(failure).toMatchObject({ code: 'slr_refused', details: { code: 'party_fingerprint_unknown' } })
  })
})

describe('attack 9: a key service with two faces', () => {
  const parties = ['bank', 'shop', 'false-keys']
  const twoFaces =
    (step: number, second: (send: Send, around: Surroundings) => Send): ChangeSend =>
    (send, around) => {
      if (send.content.kind !== 'step-key' || send.step !== step) return [send]
      return [
        { ...send, to: ['bank'] },
        { ...second(send, around), to: ['shop'] },
      ]
    }
  let other: readonly Uint8Array[] = []

  it('two keys are key_mismatch', async () => {
    const played = await play(
      {
        falseKeys: twoFaces(1, (send) => {
          const sha256 = keysSha256(other)
          return withParts(send, other, { publicKeySha256: sha256 })
        }),
        bankJobs: (job, { read }, real) => {
          // The key of step 0 is a right one, too.
          if (job.kind === 'request') other = read(job.publicKeys)
          return real()
        },
      },
      {},
      parties,
    )
    expect(played.code).toBe('key_mismatch')
  })

  it('another key under the hash of the first is key_mismatch', async () => {
    const played = await play(
      {
        falseKeys: twoFaces(0, (send) =>
          withParts(
            send,
            send.content.parts.map((bytes) => noise(bytes.length)),
          ),
        ),
      },
      {},
      parties,
    )
    expect(played.code).toBe('key_mismatch')
  })

  it('two logs are audit_fork', async () => {
    const played = await play(
      {
        falseKeys: twoFaces(1, (send, around) => {
          const { head } = send.content.body as MessageBody<'step-key'>
          const hash = 'dd'.repeat(32)
          return withBody(send, {
            head: { seq: head.seq, hash, signature: around.sign(auditSignedBytes(around.run, { seq: head.seq, hash })) },
          })
        }),
      },
      {},
      parties,
    )
    expect(played.code).toBe('audit_fork')
  })

  it('a log that was cut or written anew does not verify for who has its receipts', () => {
    const log = logOf(honest.run)
    expect(() => verifyRunAudit(federation.node('bank'), log.slice(0, -3))).toThrow(
      expect.objectContaining({ code: 'audit_broken' }),
    )
    const without = log.filter(({ record }) => record.kind !== 'opening')
    expect(() => verifyRunAudit(federation.node('bank'), without)).toThrow(expect.objectContaining({ code: 'audit_broken' }))
  })
})

describe('attack 10: tables and rules that do not fit', () => {
  it('duplicate ids are psi_duplicate_id; only their owner learns which', async () => {
    const { run, code, failure, ends } = await play({}, {}, ['twice', 'shop', 'keys'])
    expect(code).toBe('psi_duplicate_id')
    // No count, no line, no id.
    expect(String(failure?.details.reason)).not.toMatch(/[0-9]|customer/)
    expect(ends.twice?.code).toBe('psi_duplicate_id')
    const told = federation.told.flatMap(({ party, event }) =>
      event.type === 'notice' && event.run === run && event.notice.kind === 'failure'
        ? [[party, event.notice.error.details]]
        : [],
    )
    expect(told).toEqual([['twice', { count: 1, lines: ['5', '10'] }]])
  })

  it('NaN is data_not_finite before the invite is spent', async () => {
    const { ids, columns } = tables.feature
    const table = { ids, columns: { ...columns, a0: ids.map((_, row) => (row === 3 ? Number.NaN : row)) } }
    const joining = joinVertical({
      ...{ url: federation.url, invite: 'not used', name: 'nan', role: 'feature', peers: {}, approve: () => true },
      ...{ stateDir: `${federation.folder}/nan`, passphrase: 'the passphrase of nan', table },
    })
    await expect(joining).rejects.toMatchObject({ code: 'data_not_finite', details: { column: 'a0', line: 4 } })
  })

  it.each<[what: string, code: string, kind: Content['kind'], body: (send: Send) => object]>([
    ['another rule for ids', 'psi_rule_mismatch', 'psi-set', () => ({ ruleSha256: 'ee'.repeat(32) })],
    ['another count', 'slr_alignment', 'aligned', () => ({ rows: 69 })],
    ['another list', 'slr_alignment', 'aligned', () => ({ listSha256: 'ee'.repeat(32) })],
  ])('%s is %s, and no key was made', async (_, expected, kind, body) => {
    const { run, code } = await play({ bank: (send) => [send.content.kind === kind ? withBody(send, body(send)) : send] })
    expect(code).toBe(expected)
    expect(logOf(run).some(({ record }) => record.kind === 'keyed')).toBe(false)
  })

  // Weights that parties hold, but not the same ones: the machines' attack tests.
  it('weights of rows that a party has not are slr_row_weights before anything is signed', async () => {
    expect((await play({}, { rowWeights: true })).failure).toMatchObject({
      code: 'slr_refused',
      details: { code: 'slr_row_weights' },
    })
  })
})

describe('attack 11: columns that read labels', () => {
  // Batches that are cut again or too small are refused where batches are cut (the machines' attack tests): no run has any yet.
  it('a column of a single row is slr_leverage; the others are not told which', async () => {
    const { code, failure, ends } = await play({}, {}, ['one-hot', 'shop', 'keys'])
    expect(code).toBe('slr_leverage')
    expect(JSON.stringify(failure)).not.toMatch(/\ba0\b/)
    expect(ends['one-hot']?.code).toBe('slr_leverage')
  })
})

describe('attack 12: too many digits, too long steps, weak parameters', () => {
  it('F too large is slr_overflow_bound before anything is signed', async () => {
    const settings = { optimiser: { name: 'gd', learningRate: 0.1 }, fixedPoint: { fx: 24, fu: 26 } } as const
    expect((await play({}, settings)).failure).toMatchObject({ code: 'slr_refused', details: { code: 'slr_overflow_bound' } })
  })

  it.each<[string, VerticalSettingsInput]>([
    ['nesterov with step 10/m', { optimiser: { name: 'nesterov', step: 5 } }],
    ['gd with a rate of 5', { optimiser: { name: 'gd', learningRate: 5 } }],
  ])('%s is slr_range or slr_diverged, never a wrap', async (_, settings) => {
    const { code, ends } = await play({}, settings)
    expect(['slr_range', 'slr_diverged']).toContain(code)
    for (const end of Object.values(ends)) expect(end.outcome).toBeNull()
  })

  it("a label party's weak parameters are slr_params at who is asked to sign them", async () => {
    const weaken = (manifest: unknown) => {
      const strong = manifestSchema.parse(manifest)
      return { ...strong, he: { ...strong.he, primeBits: [60, 60, 60, 60] } }
    }
    const identity = federation.identities.shop as SecretIdentity
    let weak: unknown = null
    const { failure } = await play({
      answer: (path, json, party) => {
        const run = json as { id?: string; manifest?: unknown; phase?: string; parties?: { name: string }[] }
        if (party === 'shop' || !path.includes('/vertical-runs') || Array.isArray(json) || run.phase !== 'approving') return json
        weak = weaken(run.manifest)
        const manifestSha256 = canonicalSha256(weak)
        const signature = sign(identity, Buffer.from(manifestSha256, 'hex'))
        const parties = run.parties?.map((entry) => (entry.name === 'shop' ? { ...entry, signature } : entry))
        return { ...run, manifest: weak, manifestSha256, parties }
      },
    })
    expect(weak).not.toBeNull()
    expect(failure).toMatchObject({ code: 'slr_refused', details: { code: 'slr_params' } })
  })
})

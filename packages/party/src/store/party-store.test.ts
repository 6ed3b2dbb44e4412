import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MissingBulk } from '../jobs/job-runner.ts'
import { charter } from '../testing/small-charter.ts'
import { openPartyStore, type PartyStore } from './party-store.ts'
import { EMPTY_COMMIT, type OutgoingMail, type ReceivedMail } from './run-commit.ts'

const COST = 16
const RUN = 'run_00000001'
const SECRET = 'patient-4711-has-a-secret'
const bytes = (text: string) => new TextEncoder().encode(text)
const hash = (digit: string) => digit.repeat(64)

const letter = (seq: number, change: Partial<OutgoingMail> = {}): OutgoingMail => ({
  receiver: 'b',
  seq,
  sha256: hash(String(seq)),
  kind: 'u',
  step: 1,
  bytes: bytes(`sealed ${seq}`),
  ...change,
})
const received = (change: Partial<ReceivedMail> = {}): ReceivedMail => ({
  cursor: 1,
  sender: 'b',
  seq: 1,
  sha256: hash('e'),
  kind: 'd',
  step: 1,
  content: bytes(SECRET),
  refusal: null,
  heads: [],
  receipts: [],
  told: [],
  ...change,
})

let folder: string
let open: PartyStore[] = []
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tributary-store-')), 'state')
})
afterEach(() => {
  for (const store of open) store.close()
  open = []
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

async function openStore(passphrase = 'correct horse battery'): Promise<PartyStore> {
  const store = await openPartyStore({ folder, lock: { passphrase }, keyCost: COST })
  open.push(store)
  return store
}
async function reopened(store: PartyStore): Promise<PartyStore> {
  store.close()
  open = open.filter((one) => one !== store)
  return openStore()
}

describe('a party store', () => {
  it('keeps identity, decision, state, blobs, mail and outcome over a restart', async () => {
    const first = await openStore()
    const identity = first.identity()
    first.decide(RUN, 'approved', charter)
    first.run(RUN).commit({
      ...EMPTY_COMMIT,
      state: '{"w":[1]}',
      received: received(),
      outgoing: [letter(1), letter(2)],
      keep: [{ blob: 'own-u', parts: [bytes('one'), bytes('')] }],
    })
    const store = await reopened(first)
    expect(store.identity()).toEqual(identity)
    expect(store.decision(RUN)).toEqual({ decision: 'approved', charter })
    expect(store.runOf(charter.manifestSha256)).toBe(RUN)
    const run = store.run(RUN)
    expect(run.state()).toEqual({ version: 1, json: '{"w":[1]}' })
    expect(run.blob('own-u').map((part) => new TextDecoder().decode(part))).toEqual(['one', ''])
    expect(new TextDecoder().decode(run.message(hash('e')))).toBe(SECRET)
    expect(run.cursor()).toBe(1)
    expect(run.lastReceived('b')).toMatchObject({ seq: 1, sha256: hash('e') })
    expect(run.lastSent('b')).toMatchObject({ seq: 2, sha256: hash('2') })
  })

  it('hands out unsent mail in order with its very bytes, until it is marked', async () => {
    const store = await openStore()
    store.decide(RUN, 'approved', charter)
    const run = store.run(RUN)
    run.commit({ ...EMPTY_COMMIT, state: '1', outgoing: [letter(1), letter(2)] })
    expect(run.receiversWaiting()).toEqual(['b'])
    expect(run.nextUnsent('b')).toEqual(letter(1))
    run.markSent('b', 1)
    expect(run.nextUnsent('b')).toEqual(letter(2))
    run.markSent('b', 2)
    expect(run.nextUnsent('b')).toBeNull()
    expect(run.sentHashes('u')).toEqual([hash('1'), hash('2')])
  })

  it('never changes a message that it has: the whole commit fails', async () => {
    const store = await openStore()
    store.decide(RUN, 'approved', charter)
    const run = store.run(RUN)
    run.commit({ ...EMPTY_COMMIT, state: '1', outgoing: [letter(1)] })
    expect(() => run.commit({ ...EMPTY_COMMIT, state: '2', outgoing: [letter(1, { sha256: hash('9') })] })).toThrow()
    expect(() => run.commit({ ...EMPTY_COMMIT, state: '2', received: received(), outgoing: [letter(1)] })).toThrow()
    expect(run.state()).toEqual({ version: 1, json: '1' })
    expect(run.lastReceived('b')).toBeNull()
  })

  it('forgets blobs and messages, and says that they are missing', async () => {
    const store = await openStore()
    store.decide(RUN, 'approved', charter)
    const run = store.run(RUN)
    run.commit({ ...EMPTY_COMMIT, state: '1', received: received(), keep: [{ blob: 'secret-key', parts: [bytes('k')] }] })
    run.commit({ ...EMPTY_COMMIT, state: '2', forgetBlobs: ['secret-key'], forgetMessages: [hash('e')] })
    expect(() => run.blob('secret-key')).toThrow(MissingBulk)
    expect(() => run.message(hash('e'))).toThrow(MissingBulk)
    expect(run.receivedHash('b', 1)).toBe(hash('e'))
  })

  it('is encrypted at rest: no value, id or key in any file', async () => {
    const store = await openStore()
    const { signing, sealing } = store.identity()
    store.decide(RUN, 'approved', charter)
    await store.membership().save({
      url: 'https://hub',
      name: 'a',
      participant: 'par_00000001' as never,
      federation: 'fed_00000001' as never,
      token: SECRET,
      inviteSha256: hash('f'),
      savedAt: new Date(0).toISOString(),
    })
    const blob = { blob: 'table', parts: [bytes(SECRET), new Uint8Array(Float64Array.of(1234.5678, 8765.4321).buffer)] }
    store.run(RUN).commit({
      ...EMPTY_COMMIT,
      state: JSON.stringify({ secret: SECRET }),
      received: received(),
      keep: [blob],
      outcome: {
        converged: true,
        names: [SECRET],
        weights: [1234.5678],
        means: [0],
        deviations: [1],
        dropped: [],
        intercept: null,
        labelDeviation: null,
        f: 1,
        loss: 1,
        steps: 1,
      },
    })
    const plain = [bytes(SECRET), new Uint8Array(Float64Array.of(1234.5678).buffer), signing, sealing]
    const look = () => {
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
      return plain.map((secret) => files.some((file) => file.includes(Buffer.from(secret))))
    }
    expect(look()).toEqual(plain.map(() => false))
    // The look itself finds what lies open.
    writeFileSync(join(folder, 'leak'), SECRET)
    expect(look()[0]).toBe(true)
    rmSync(join(folder, 'leak'))
    const again = await reopened(store)
    expect((await again.membership().find('https://hub', 'a'))[0]?.token).toBe(SECRET)
    expect(look()).toEqual(plain.map(() => false))
  })

  it('lets nobody else read its files', async () => {
    const store = await openStore()
    store.identity()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
  })

  it('opens with no other passphrase, and with no short one', async () => {
    const store = await openStore()
    const identity = store.identity()
    store.close()
    open = []
    await expect(openStore('another passphrase')).rejects.toMatchObject({ code: 'secret_storage_locked' })
    await expect(openStore('short')).rejects.toMatchObject({ code: 'secret_storage_locked' })
    expect((await openStore()).identity()).toEqual(identity)
  })

  it('opens with a key file, of at least 32 bytes', async () => {
    const keyFile = join(folder, '..', 'key')
    writeFileSync(keyFile, Buffer.alloc(31, 7))
    await expect(openPartyStore({ folder, lock: { keyFile }, keyCost: COST })).rejects.toMatchObject({
      code: 'secret_storage_locked',
    })
    writeFileSync(keyFile, Buffer.alloc(32, 7))
    const store = await openPartyStore({ folder, lock: { keyFile }, keyCost: COST })
    const identity = store.identity()
    store.close()
    const again = await openPartyStore({ folder, lock: { keyFile }, keyCost: COST })
    open.push(again)
    expect(again.identity()).toEqual(identity)
  })

  it("is one process' at a time", async () => {
    const store = await openStore()
    await expect(openStore()).rejects.toMatchObject({ code: 'config_invalid', details: { setting: 'stateDir' } })
    await reopened(store)
  })

  it('holds a whole commit or none when the process is killed between its statements', async () => {
    const child = fileURLToPath(new URL('../testing/killed-in-commit.node.ts', import.meta.url))
    const seen = new Set<string>()
    for (const statement of [1, 3, 5, 6]) {
      rmSync(folder, { recursive: true, force: true })
      const { signal } = spawnSync(process.execPath, [child, folder, String(statement)], { encoding: 'utf8' })
      const store = await openStore()
      const run = store.run(RUN)
      const whole = {
        state: run.state()?.json,
        blob: run.hasBlob('new'),
        mail: run.lastSent('b')?.seq,
        from: run.lastReceived('b')?.seq,
      }
      const expected =
        signal === 'SIGKILL'
          ? { state: '"old"', blob: false, mail: 1, from: undefined }
          : { state: '"new"', blob: true, mail: 2, from: 1 }
      expect(whole).toEqual(expected)
      seen.add(String(signal))
      store.close()
      open = []
    }
    expect(seen).toEqual(new Set(['SIGKILL', 'null']))
  }, 60_000)
})

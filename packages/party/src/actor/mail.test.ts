import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalSha256, createIdentity, publicKeysOf, type SecretIdentity, sealEnvelope } from '@tributary/crypto'
import {
  type Content,
  createSha256,
  type EnvelopeHeader,
  encodeContent,
  FIRST_PREV_HASH,
  fingerprintOf,
  type Mail,
} from '@tributary/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPartyStore, type PartyStore } from '../store/party-store.ts'
import { EMPTY_COMMIT } from '../store/run-commit.ts'
import { charter } from '../testing/small-charter.ts'
import { IncomingMail } from './incoming-mail.ts'
import { Mailbox } from './mailbox.ts'
import type { Standing } from './standing.ts'

const [me, peer, stranger] = [createIdentity(), createIdentity(), createIdentity()]
const manifest = {
  ...charter.manifest,
  parties: charter.manifest.parties.map((party) =>
    party.name === 'c' ? party : { ...party, fingerprint: fingerprintOf(publicKeysOf(party.name === 'a' ? me : peer)) },
  ),
}
const manifestSha256 = canonicalSha256(manifest)
const standing: Standing = {
  runId: 'run_00000001',
  me: 'a',
  identity: me,
  manifest,
  manifestSha256,
  keys: { a: publicKeysOf(me), b: publicKeysOf(peer) },
}

interface Letter {
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly header: EnvelopeHeader
}

async function seal(
  seq: number,
  prevHash: string,
  change: Partial<EnvelopeHeader> = {},
  from: SecretIdentity = peer,
  content: Content = share(seq),
): Promise<Letter> {
  const header: EnvelopeHeader = {
    proto: 'tributary-slr/1',
    run: manifestSha256,
    step: 1,
    kind: 'predict-share',
    from: 'b',
    to: 'a',
    seq,
    prevHash,
    ...change,
  }
  return { header, ...(await sealEnvelope({ header, content: encodeContent(content), from, to: publicKeysOf(me) })) }
}
const share = (seq: number): Content => ({
  kind: 'predict-share',
  body: { request: 'request-1', count: 1, label: null },
  parts: [Uint8Array.of(seq)],
})

async function chain(length: number): Promise<Letter[]> {
  const letters: Letter[] = []
  for (let seq = 1; seq <= length; seq += 1) letters.push(await seal(seq, letters.at(-1)?.sha256 ?? FIRST_PREV_HASH))
  return letters
}

const mailOf = ({ header, sha256, bytes }: Letter, cursor: number): Mail => ({
  cursor,
  sha256,
  from: header.from,
  to: header.to,
  kind: header.kind,
  step: header.step,
  seq: header.seq,
  bytes: bytes.length,
  at: new Date(0).toISOString(),
})

let folder: string
let store: PartyStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-mail-'))
  store = await openPartyStore({ folder, lock: { passphrase: 'correct horse battery' }, keyCost: 16 })
  store.decide(standing.runId, 'approved', charter)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Hands letters over in this order, as an actor does; returns the codes of what was refused and the places of what was taken. */
async function handOver(letters: readonly Letter[], mail = new IncomingMail(standing, store.run(standing.runId))) {
  const taken: number[] = []
  const refused: string[] = []
  for (const [index, letter] of letters.entries()) {
    for (let next = await mail.admit(mailOf(letter, index + 1), letter.bytes); next !== null; next = await mail.nextHeld()) {
      if (!next.ok) refused.push(next.refusal.code)
      else {
        taken.push(next.received.seq)
        store.run(standing.runId).commit({ ...EMPTY_COMMIT, state: '0', received: next.received })
      }
    }
  }
  return { taken, refused }
}

describe('a mailbox', () => {
  it('reads again from where it is told to, and asks for nothing that is known', async () => {
    const mails = (await chain(4)).map((letter, index) => mailOf(letter, index + 1))
    const known = new Set<number>()
    const asked: number[] = []
    const fetched: string[] = []
    const hub = {
      inbox: async (_run: string, after: number) => {
        asked.push(after)
        return mails.filter(({ cursor }) => cursor > after)
      },
      fetch: async (_run: string, sha256: string) => {
        fetched.push(sha256)
        return new Uint8Array()
      },
    }
    const box: Mailbox = new Mailbox({
      run: standing.runId,
      hub,
      after: 0,
      isKnown: ({ cursor }) => known.has(cursor),
      take: async ({ cursor }) => {
        // The second finds no room the first time.
        if (cursor !== 2 || fetched.length > 4) known.add(cursor)
        if (cursor === 3) box.rewind(1)
      },
      onFailed: (error) => {
        throw error
      },
    })
    box.wake()
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    await box.stop()
    expect([...known].sort()).toEqual([1, 2, 3, 4])
    expect(fetched).toEqual([...mails.map(({ sha256 }) => sha256), mails[1]?.sha256])
    expect(asked.slice(0, 2)).toEqual([0, 1])
    expect(box.cursor).toBe(4)
  })
})

describe('mail', () => {
  it('is taken in the order of its chain, each once, whatever order and repetitions it comes in', async () => {
    const letters = await chain(5)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], { minLength: 10 }), async (order) => {
        store.close()
        rmSync(folder, { recursive: true, force: true })
        store = await openPartyStore({ folder, lock: { passphrase: 'correct horse battery' }, keyCost: 16 })
        store.decide(standing.runId, 'approved', charter)
        const result = await handOver(order.flatMap((index) => letters[index] ?? []))
        expect(result).toEqual({ taken: [1, 2, 3, 4, 5], refused: [] })
        expect(store.run(standing.runId).cursor()).toBe(10)
      }),
      { numRuns: 4, seed: 7 },
    )
  })

  it('that waits for an earlier one is taken in its turn, whatever number the hub gives it', async () => {
    const [first, second] = await chain(2)
    if (first === undefined || second === undefined) throw new Error('no letters')
    const mail = new IncomingMail(standing, store.run(standing.runId))
    expect(await mail.admit({ ...mailOf(second, 1), seq: 77 }, second.bytes)).toBeNull()
    expect(await handOver([first], mail)).toEqual({ taken: [1, 2], refused: [] })
  })

  it.each([
    ['two and a half', 2.5],
    ['not even one', 0.5],
  ])(
    'that waits is held up to so many bytes (%s messages); the rest is read again when its turn may have come',
    async (_, room) => {
      const letters = await chain(6)
      const limits = { messages: 64, bytes: room * (letters[0]?.bytes.length ?? 0) }
      const run = store.run(standing.runId)
      const mail = new IncomingMail(standing, run, limits)
      // As a hub would that hands out the newest first: the cursor is its own.
      const order = [6, 5, 4, 3, 2, 1].map((seq) => letters[seq - 1] as Letter)
      const taken: number[] = []
      let reads = 0
      for (let from: number | null = 1; from !== null; from = mail.rereadFrom()) {
        reads += 1
        for (const [index, letter] of order.entries()) {
          if (index + 1 < from || taken.includes(letter.header.seq)) continue
          for (
            let next = await mail.admit(mailOf(letter, index + 1), letter.bytes);
            next !== null;
            next = await mail.nextHeld()
          ) {
            if (!next.ok) throw next.refusal
            taken.push(next.received.seq)
            run.commit({ ...EMPTY_COMMIT, state: '0', received: next.received })
            // Until all is taken, a restart has to be told of everything that was left out.
            if (taken.length < 6) expect(run.cursor()).toBe(0)
          }
        }
      }
      expect(taken).toEqual([1, 2, 3, 4, 5, 6])
      expect(reads).toBeGreaterThan(1)
      expect(run.cursor()).toBe(6)
    },
  )

  it('that waited and then goes on from another history is refused once', async () => {
    const [first] = await chain(1)
    if (first === undefined) throw new Error('no letter')
    const other = await seal(2, 'ee'.repeat(32))
    expect(await handOver([other, first])).toEqual({ taken: [1], refused: ['slr_equivocation'] })
  })

  it('is refused when it was announced as another kind', async () => {
    const [letter] = await chain(1)
    if (letter === undefined) throw new Error('no letter')
    const mail = new IncomingMail(standing, store.run(standing.runId))
    const admission = await mail.admit({ ...mailOf(letter, 1), kind: 'psi-set' }, letter.bytes)
    expect(admission).toMatchObject({ ok: false, refusal: { code: 'envelope_malformed' } })
    expect(await handOver([letter], mail)).toEqual({ taken: [1], refused: [] })
  })

  it('comes with the hash of its parts when it is a key, and of nothing else', async () => {
    const head = { seq: 1, hash: 'ab'.repeat(32), signature: 'c'.repeat(86) }
    const body = { keyId: 'key-1', publicKeySha256: '0'.repeat(64), closing: false, exponent: 0, head }
    const parts = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const key = await seal(1, FIRST_PREV_HASH, { kind: 'step-key' }, peer, { kind: 'step-key', body, parts })
    const other = await seal(1, FIRST_PREV_HASH)
    const hashed = async (letter: Letter) => {
      const admitted = await new IncomingMail(standing, store.run(standing.runId)).admit(mailOf(letter, 1), letter.bytes)
      return admitted?.ok ? admitted.event.content.partsSha256 : 'refused'
    }
    expect(await hashed(key)).toBe(
      createSha256()
        .update(Uint8Array.of(1, 2, 3))
        .hex(),
    )
    expect(await hashed(other)).toBeNull()
  })

  it('is taken once over restarts', async () => {
    const letters = await chain(3)
    await handOver(letters.slice(0, 2))
    expect(await handOver(letters)).toEqual({ taken: [3], refused: [] })
  })

  it('with another hash for a place that is taken is equivocation', async () => {
    const letters = await chain(2)
    const other = await seal(2, letters[0]?.sha256 ?? '')
    expect(await handOver([...letters, other])).toEqual({ taken: [1, 2], refused: ['slr_equivocation'] })
  })

  it('that goes on from another history is equivocation', async () => {
    const [first] = await chain(1)
    const other = await seal(1, FIRST_PREV_HASH)
    const second = await seal(2, other.sha256)
    expect(await handOver([first ?? other, second])).toEqual({ taken: [1], refused: ['slr_equivocation'] })
  })

  it.each<[string, () => Promise<Letter>, string]>([
    ['signed by another key', () => seal(1, FIRST_PREV_HASH, {}, stranger), 'auth_signature'],
    ['to somebody else', () => seal(1, FIRST_PREV_HASH, { to: 'c' }), 'auth_signature'],
    ['of another run', () => seal(1, FIRST_PREV_HASH, { run: '9'.repeat(64) }), 'auth_signature'],
    ['from a party that is not pinned', () => seal(1, FIRST_PREV_HASH, { from: 'd' }, stranger), 'party_fingerprint_unknown'],
    ['whose kind was said to be another', () => seal(1, FIRST_PREV_HASH, { kind: 'share' }), 'message_malformed'],
  ])('%s is refused, and changes nothing', async (_, letter, code) => {
    expect(await handOver([await letter()])).toEqual({ taken: [], refused: [code] })
    expect(store.run(standing.runId).state()).toBeNull()
  })

  it('is refused when a byte was altered, and the true message is taken afterwards', async () => {
    const [letter] = await chain(1)
    if (letter === undefined) throw new Error('no letter')
    for (const place of [20, letter.bytes.length - 1]) {
      const bytes = letter.bytes.slice()
      bytes[place] = (bytes[place] ?? 0) ^ 1
      const { taken, refused } = await handOver([{ ...letter, bytes }])
      expect(taken).toEqual([])
      expect(['auth_signature', 'envelope_malformed']).toContain(refused[0])
    }
    expect(await handOver([letter])).toEqual({ taken: [1], refused: [] })
  })
})

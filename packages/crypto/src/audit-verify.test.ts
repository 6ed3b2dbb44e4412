import { createHash, createPublicKey, verify as edVerify } from 'node:crypto'
import { type AuditEntry, type AuditRecord, type SignedHead, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { AUDIT_START, auditEntry, auditHash, headOf } from './audit-chain.ts'
import { type AuditView, verifyAuditLog } from './audit-verify.ts'
import { canonicalJson } from './canonical-json.ts'
import { createIdentity, publicKeysOf } from './identity.ts'

const service = createIdentity()
const keys = publicKeysOf(service)
const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keys.signing }, format: 'jwk' })
const sha = (text: string) => createHash('sha256').update(text).digest('hex')
type Draft = Omit<AuditRecord, 'seq' | 'prev'>

const draft = (change: Partial<Draft>): Draft => ({
  run: sha('run'),
  step: 0,
  keyId: 'k0',
  party: 'keys',
  kind: 'keyed',
  requestSha256: null,
  ciphertextsSha256: null,
  numbersReturned: 0,
  responseSha256: null,
  quotaLeft: 0,
  code: null,
  at: '2026-11-24T10:00:00.000Z',
  ...change,
})
const opening = (party: string, step: number, quotaLeft: number, change: Partial<Draft> = {}): Draft =>
  draft({
    party,
    step,
    kind: 'opening',
    requestSha256: sha(`${party} asks ${step}`),
    ciphertextsSha256: sha(`${party} ciphertexts ${step}`),
    responseSha256: sha(`${party} numbers ${step}`),
    numbersReturned: 5,
    quotaLeft,
    ...change,
  })

/** Two parties with five features each and a quota of 20, two steps, a refusal of the bank. */
const honest: readonly Draft[] = [
  draft({ kind: 'opened-run' }),
  draft({}),
  opening('bank', 0, 15),
  opening('hospital', 0, 15),
  draft({ kind: 'decided', responseSha256: sha('alpha is 2') }),
  draft({ step: 1, keyId: 'k1' }),
  draft({ party: 'bank', step: 1, kind: 'refused', requestSha256: sha('bank asks too much'), code: 'key_quota', quotaLeft: 15 }),
  opening('bank', 1, 10),
  opening('hospital', 1, 10),
  draft({ step: 1, kind: 'ended' }),
]

/** The log that a key service, honest or not, makes of drafts. */
function chain(drafts: readonly Draft[], by = service): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (const its of drafts) {
    const prev = entries.at(-1)?.hash ?? AUDIT_START
    entries.push(auditEntry({ ...its, seq: entries.length + 1, prev }, by))
  }
  return entries
}

const log = chain(honest)
const at = (seq: number, entries: readonly AuditEntry[] = log): AuditEntry => {
  const entry = entries[seq - 1]
  if (entry === undefined) throw new Error(`no entry ${seq}`)
  return entry
}
const bank: AuditView = {
  name: 'bank',
  requests: [sha('bank asks 0'), sha('bank asks 1'), sha('bank asks too much'), sha('bank’s share')],
  receipts: [at(3), at(8)],
  heads: [headOf(at(2)), headOf(at(5)), headOf(at(10))],
  told: [{ seq: 5, responseSha256: sha('alpha is 2') }],
  quota: { bank: 20, hospital: 20 },
}
const verdict = (entries: readonly AuditEntry[], mine?: AuditView): unknown => {
  try {
    return verifyAuditLog(entries, keys, mine).head
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error
    return `${error.code} ${error.details.seq}`
  }
}
const replaced = (seq: number, change: (entry: AuditEntry) => AuditEntry) =>
  log.map((entry, index) => (index === seq - 1 ? change(entry) : entry))
const rechained = (change: (drafts: Draft[]) => Draft[]) => chain(change([...honest]))

describe('audit log', () => {
  it('hashes SHA-256(prev ‖ canonical JSON) and signs run, place and hash', () => {
    const { record, hash, signature } = at(2)
    const text = `tributary audit head v1:${sha('run')}:2:${hash}`
    expect(edVerify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
    expect(hash).toBe(sha(at(1).hash + canonicalJson(record)))
    expect(auditHash(record.prev, record)).toBe(hash)
  })

  it('holds as it was written, alone and against what a party knows', () => {
    expect(verdict(log)).toEqual(headOf(at(10)))
    expect(verdict(log, bank)).toEqual(headOf(at(10)))
    expect(verdict(log.slice(0, 4))).toEqual(headOf(at(4)))
  })

  it('is at least one entry', () => {
    expect(verdict([])).toBe('audit_broken 0')
  })

  describe('tampered with by who has not the key', () => {
    it.each<[string, AuditEntry[], string]>([
      ['altered record', replaced(3, (e) => ({ ...e, record: { ...e.record, numbersReturned: 4 } })), 'audit_broken 3'],
      ['altered time', replaced(9, (e) => ({ ...e, record: { ...e.record, at: '2026-11-24T10:00:01.000Z' } })), 'audit_broken 9'],
      [
        'altered record and hash',
        replaced(3, (e) => {
          const record = { ...e.record, numbersReturned: 4 }
          return { ...e, record, hash: auditHash(record.prev, record) }
        }),
        'audit_broken 3',
      ],
      ['entry of another signer', replaced(10, (e) => auditEntry(e.record, createIdentity())), 'audit_broken 10'],
      ['forged signature', replaced(4, (e) => ({ ...e, signature: at(5).signature })), 'audit_broken 4'],
      ['removed entry', log.filter((_, index) => index !== 3), 'audit_broken 4'],
      ['removed first entry', log.slice(1), 'audit_broken 1'],
      ['inserted entry', [...log.slice(0, 4), at(4), ...log.slice(4)], 'audit_broken 5'],
      ['reordered entries', [...log.slice(0, 2), at(4), at(3), ...log.slice(4)], 'audit_broken 3'],
      ['field that is none', replaced(1, (e) => ({ ...e, note: 'x' })), 'audit_broken 1'],
    ])('shows: %s', (_, entries, expected) => {
      expect(verdict(entries)).toBe(expected)
      expect(verdict(entries, bank)).toBe(expected)
    })

    it('shows a cut tail by the heads that were seen', () => {
      expect(verdict(log.slice(0, 9))).toEqual(headOf(at(9)))
      expect(verdict(log.slice(0, 9), bank)).toBe('audit_broken 10')
    })
  })

  describe('written anew by the key service itself', () => {
    /** Nobody has seen heads but at the start; what is left are the own receipts. */
    const unseen = (receipts: readonly AuditEntry[]): AuditView => ({ ...bank, heads: [headOf(at(2))], receipts })

    it.each<[string, AuditEntry[]]>([
      ['without my opening', rechained((drafts) => drafts.filter((_, index) => index !== 7))],
      [
        'with another request in it',
        rechained((drafts) => drafts.with(7, opening('bank', 1, 10, { requestSha256: sha('other') }))),
      ],
      ['with fewer numbers', rechained((drafts) => drafts.with(7, opening('bank', 1, 14, { numbersReturned: 1 })))],
    ])('%s: my receipt proves the fork', (_, entries) => {
      expect(verdict(entries)).toEqual(headOf(at(entries.length, entries)))
      expect(verdict(entries, unseen([at(8)]))).toMatch(/^audit_fork 8/)
    })

    it('with a decision that I was not told', () => {
      const view = { ...bank, told: [{ seq: 5, responseSha256: sha('alpha is 3') }] }
      expect(verdict(log, view)).toBe('audit_broken 5')
      expect(verdict(log, { ...bank, told: [{ seq: 11, responseSha256: sha('alpha is 2') }] })).toBe('audit_broken 11')
    })

    it('shorter than my receipt: it is missing', () => {
      expect(verdict(log.slice(0, 7), unseen([at(8)]))).toBe('audit_broken 8')
    })

    it('with an opening in my name that I did not ask for', () => {
      const entries = rechained((drafts) => [...drafts, opening('bank', 2, 5)])
      expect(verdict(entries, bank)).toBe('audit_broken 11')
    })

    it('with a refusal in my name that I did not ask for', () => {
      const entries = rechained((drafts) => [
        ...drafts,
        draft({ party: 'bank', kind: 'refused', requestSha256: sha('never'), quotaLeft: 10 }),
      ])
      expect(verdict(entries, bank)).toBe('audit_broken 11')
    })

    it('with an opening in my name without any request', () => {
      const entries = rechained((drafts) => [...drafts, opening('bank', 2, 5, { requestSha256: null })])
      expect(verdict(entries, bank)).toBe('audit_broken 11')
    })

    it('with one request of mine answered twice', () => {
      const entries = rechained((drafts) => [...drafts, opening('bank', 1, 5)])
      expect(verdict(entries, bank)).toBe('audit_broken 11')
    })

    it('with somebody above the quota, or nobody’s quota', () => {
      const more = { ...bank, quota: { bank: 20, hospital: 9 }, receipts: [] }
      expect(verdict(chain(honest.with(3, opening('hospital', 0, 4)).slice(0, 9)), { ...more, heads: [] })).toBe('audit_broken 9')
      expect(verdict(log, { ...bank, quota: { bank: 20 } })).toBe('audit_broken 4')
    })

    it('with a quota that is counted wrongly', () => {
      const entries = rechained((drafts) => drafts.with(8, opening('hospital', 1, 11)))
      expect(verdict(entries, { ...bank, heads: [] })).toBe('audit_broken 9')
    })

    it('with less left than there should be, but for one opening in work when a key was lost', () => {
      const nobody = { ...bank, heads: [], receipts: [] }
      const lost = (quotaLeft: number, kind: 'reissued' | 'decided') =>
        chain([
          ...honest.slice(0, 7),
          draft({ kind }),
          opening('hospital', 1, quotaLeft),
          opening('hospital', 2, quotaLeft - 1, { numbersReturned: 1 }),
        ])
      expect(verdict(lost(10, 'reissued'), nobody)).toMatchObject({ seq: 10 })
      expect(verdict(lost(5, 'reissued'), nobody)).toMatchObject({ seq: 10 })
      expect(verdict(lost(4, 'reissued'), nobody)).toBe('audit_broken 9')
      expect(verdict(lost(5, 'decided'), nobody)).toBe('audit_broken 9')
      expect(verdict(lost(11, 'reissued'), nobody)).toBe('audit_broken 9')
    })

    it('with numbers returned by what is no opening', () => {
      const entries = rechained((drafts) => drafts.with(9, draft({ kind: 'decided', numbersReturned: 3 })))
      expect(verdict(entries, { ...bank, heads: [] })).toBe('audit_broken 10')
    })

    it('with entries of another run', () => {
      expect(verdict(rechained((drafts) => drafts.with(9, draft({ run: sha('other run') }))))).toBe('audit_broken 10')
    })
  })

  describe('split view', () => {
    const other = rechained((drafts) => drafts.with(4, draft({ kind: 'decided', code: 'for the hospital' })))

    it('is a fork with both hashes when another party was shown another log', () => {
      const view = { ...bank, heads: [...bank.heads, headOf(at(5, other))] }
      expect(() => verifyAuditLog(log, keys, view)).toThrow(
        expect.objectContaining({ code: 'audit_fork', details: { seq: 5, one: at(5).hash, other: at(5, other).hash } }),
      )
    })

    it('shows by two heads beyond the log that I was given', () => {
      const view = { ...bank, receipts: [], heads: [headOf(at(9)), headOf(at(9, other))] }
      expect(verdict(log.slice(0, 4), view)).toBe('audit_fork 9')
    })

    it('is no fork when a signed hash is shown at another place', () => {
      for (const seq of [4, 6, 7, 11])
        expect(verdict(log, { ...bank, heads: [{ ...headOf(at(5)), seq }] })).toBe(`audit_broken ${seq}`)
    })

    it('is no fork when the head is of another run', () => {
      const elsewhere = chain(honest.map((its) => ({ ...its, run: sha('other run') })))
      expect(verdict(elsewhere)).toEqual(headOf(at(10, elsewhere)))
      expect(verdict(log, { ...bank, heads: [headOf(at(5, elsewhere))] })).toBe('audit_broken 5')
    })

    it('is no fork when the head is forged', () => {
      const forged: SignedHead = { ...headOf(at(5, other)), signature: at(4).signature }
      expect(verdict(log, { ...bank, heads: [forged] })).toBe('audit_broken 5')
    })
  })

  it('refuses receipts that were made up or are somebody else’s', () => {
    expect(verdict(log, { ...bank, receipts: [{ ...at(3), record: { ...at(3).record, numbersReturned: 9 } }] })).toBe(
      'audit_broken 3',
    )
    expect(verdict(log, { ...bank, receipts: [at(4)] })).toBe('audit_broken 4')
    expect(verdict(log, { ...bank, receipts: [at(3), at(7)] })).toBe('audit_broken 7')
  })
})

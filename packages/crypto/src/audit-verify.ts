import {
  type AuditEntry,
  auditEntrySchema,
  type PartyKeys,
  type SignedHead,
  signedHeadSchema,
  TributaryError,
} from '@tributary/protocol'
import { AUDIT_START, auditHash, headOf, isSignedHead } from './audit-chain.ts'

/** What one party knows by itself and the log of a run has to agree with. */
export interface AuditView {
  readonly name: string
  /** SHA-256 of every message that this party sent to the key service. */
  readonly requests: readonly string[]
  /** Receipts that came with its openings. */
  readonly receipts: readonly AuditEntry[]
  /** Signed heads that it was told or that other parties showed it. */
  readonly heads: readonly SignedHead[]
  /** What the key service's own messages to this party said of lines of the log: keys, decisions, the result. */
  readonly told: readonly { readonly seq: number; readonly responseSha256: string }[]
  /** Numbers that each party may have opened in the run (p_j·T), by name. */
  readonly quota: Readonly<Record<string, number>>
}

const broken = (seq: number, reason: string) => new TributaryError('audit_broken', { seq, reason })
const fork = (seq: number, one: string, other: string) => new TributaryError('audit_fork', { seq, one, other })

/**
 * Verifies the log of one run. Always: form, numbering, chain, every signature, one run, at least one entry. With `mine`: each own
 * receipt and each seen head stands in this very log, keys and decisions as they were told, no opening or refusal in my name without a request of mine, none answered
 * twice, nobody above its quota and every `quotaLeft` right.
 * @param keys the key service's, pinned
 * @throws TributaryError `audit_broken`; `audit_fork` when two hashes for one place are both signed: proof against the key service
 */
export function verifyAuditLog(entries: readonly AuditEntry[], keys: PartyKeys, mine?: AuditView): { head: SignedHead } {
  verifyChain(entries, keys)
  const last = entries.at(-1)
  if (last === undefined) throw broken(0, 'there is no entry')
  if (mine !== undefined) {
    verifyHeads([...mine.heads, ...mine.receipts.map(headOf)], entries, keys)
    verifyTold(mine, entries)
    verifyReceipts(mine, entries)
    verifyRequests(mine, entries)
    verifyQuota(mine, entries)
  }
  return { head: headOf(last) }
}

function verifyChain(entries: readonly AuditEntry[], keys: PartyKeys): void {
  let prev = AUDIT_START
  entries.forEach((entry, index) => {
    const seq = index + 1
    if (!auditEntrySchema.safeParse(entry).success) throw broken(seq, 'it has not the form of an entry')
    const { record, hash } = entry
    if (record.seq !== seq) throw broken(seq, `it is numbered ${record.seq}`)
    if (record.prev !== prev) throw broken(seq, 'it does not follow the entry before it')
    if (auditHash(prev, record) !== hash) throw broken(seq, 'its hash is not that of its record')
    if (!isSignedHead(keys, record.run, headOf(entry))) throw broken(seq, 'the key service did not sign it')
    if (record.run !== entries[0]?.record.run) throw broken(seq, 'it is of another run')
    prev = hash
  })
}

/** Every head seen lies on this chain. */
function verifyHeads(heads: readonly SignedHead[], entries: readonly AuditEntry[], keys: PartyKeys): void {
  const bySeq = new Map(entries.map(({ record, hash }) => [record.seq, hash]))
  const run = entries[0]?.record.run ?? ''
  bySeq.set(0, AUDIT_START)
  for (const head of heads) {
    const { seq, hash } = head
    if (!signedHeadSchema.safeParse(head).success || !isSignedHead(keys, run, head)) {
      throw broken(seq, 'a head that was seen is not signed by the key service')
    }
    const other = bySeq.get(seq)
    if (other !== undefined && other !== hash) throw fork(seq, other, hash)
    // Two heads beyond the end can contradict each other, too.
    bySeq.set(seq, hash)
  }
  const beyond = heads.find(({ seq }) => seq > entries.length)
  if (beyond !== undefined) throw broken(entries.length + 1, `it is missing: a signed head of entry ${beyond.seq} was seen`)
}

/** The log says of each key and decision what this party was told of it: nobody was told anything else under these heads. */
function verifyTold({ told }: AuditView, entries: readonly AuditEntry[]): void {
  for (const { seq, responseSha256 } of told) {
    if (entries[seq - 1]?.record.responseSha256 !== responseSha256) throw broken(seq, 'it is not what the key service told')
  }
}

/** Receipts lie on the chain (their heads do); here: they are whole and of own requests. */
function verifyReceipts({ name, receipts, requests }: AuditView, entries: readonly AuditEntry[]): void {
  for (const { record, hash } of receipts) {
    if (auditHash(record.prev, record) !== hash || entries[record.seq - 1]?.hash !== hash) {
      throw broken(record.seq, 'it is not what the receipt says')
    }
    const { party, kind, requestSha256 } = record
    if (party !== name || kind !== 'opening' || requestSha256 === null || !requests.includes(requestSha256)) {
      throw broken(record.seq, `its receipt is of no opening that ${name} asked for`)
    }
  }
}

function verifyRequests({ name, requests }: AuditView, entries: readonly AuditEntry[]): void {
  const sent = new Set(requests)
  const answered = new Set<string>()
  for (const { record } of entries) {
    if (record.party !== name || (record.kind !== 'opening' && record.kind !== 'refused')) continue
    if (record.requestSha256 === null || !sent.has(record.requestSha256)) {
      throw broken(record.seq, `${name} sent no such request`)
    }
    if (record.kind !== 'opening') continue
    if (answered.has(record.requestSha256)) throw broken(record.seq, 'it answers a request for the second time')
    answered.add(record.requestSha256)
  }
}

/**
 * Nobody gets more numbers than its quota, and what the log says is left agrees. A key that is lost with an opening in work takes that
 * opening's numbers along without a line of its own: after a reissue there may be less left, by one opening each.
 */
function verifyQuota({ quota }: AuditView, entries: readonly AuditEntry[]): void {
  const parties = new Map<string, { left: number; reissues: number }>()
  let reissues = 0
  for (const { record } of entries) {
    const { seq, party, kind, numbersReturned, quotaLeft } = record
    if (kind === 'reissued') reissues += 1
    if (kind !== 'opening') {
      if (numbersReturned > 0) throw broken(seq, `numbers were returned by an entry of kind ${kind}`)
      continue
    }
    const allowed = quota[party]
    if (allowed === undefined) throw broken(seq, `${party} may have nothing opened`)
    const before = parties.get(party) ?? { left: allowed, reissues: 0 }
    const left = before.left - numbersReturned
    if (left < 0) throw broken(seq, `${party} had ${numbersReturned} numbers opened and ${before.left} of ${allowed} were left`)
    const lost = (reissues - before.reissues) * numbersReturned
    if (quotaLeft > left || quotaLeft < left - lost) throw broken(seq, `it says that ${quotaLeft} numbers are left; ${left} are`)
    parties.set(party, { left: quotaLeft, reissues })
  }
}

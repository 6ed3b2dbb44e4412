import { auditHash, pairMask, sign, verify } from '@tributary/crypto'
import type { PreparedTable, VerticalSurroundings } from '@tributary/federation'
import { auditRecordSchema } from '@tributary/protocol'
import { unpinned } from '../identity/pinned-peers.ts'
import type { Standing } from './standing.ts'

/** What a machine may look at, from a party's keys and its prepared table. */
export function surroundingsOf(standing: Standing, table: PreparedTable | null, now: number): VerticalSurroundings {
  const { me, identity, manifest, manifestSha256: run, keys } = standing
  return {
    now,
    me,
    manifest,
    run,
    table,
    sign: (bytes) => sign(identity, bytes),
    verify(party, bytes, signature) {
      const known = keys[party]
      return known !== undefined && verify(known, bytes, signature)
    },
    auditHash: (prev, record) => auditHash(prev, auditRecordSchema.parse(record)),
    pairMask(peer, step, kind) {
      const known = keys[peer]
      if (known === undefined) throw unpinned(peer)
      return pairMask({ me: identity, peer: known, run, step, kind })
    },
  }
}

import { sealEnvelope } from '@tributary/crypto'
import type { VerticalEffect } from '@tributary/federation'
import { encodeContent, FIRST_PREV_HASH, VERTICAL_PROTOCOL } from '@tributary/protocol'
import { unpinned } from '../identity/pinned-peers.ts'
import type { ChainLink } from '../store/mail-rows.ts'
import type { OutgoingMail } from '../store/run-commit.ts'
import type { Standing } from './standing.ts'

type Send = Extract<VerticalEffect, { type: 'send' }>

/** Seals messages in order, each in the chain of its receiver. `last` tells where the chains end in the store. */
export async function sealAll(
  sends: readonly Send[],
  standing: Standing,
  last: (receiver: string) => ChainLink | null,
): Promise<readonly OutgoingMail[]> {
  const ends = new Map<string, ChainLink>()
  const sealed: OutgoingMail[] = []
  for (const { to: receivers, step, content } of sends) {
    const bytesOfContent = encodeContent(content)
    for (const receiver of receivers) {
      const keys = standing.keys[receiver]
      if (keys === undefined || receiver === standing.me) throw unpinned(receiver)
      const before = ends.get(receiver) ?? last(receiver)
      const seq = (before?.seq ?? 0) + 1
      const { bytes, sha256 } = await sealEnvelope({
        header: {
          proto: VERTICAL_PROTOCOL,
          run: standing.manifestSha256,
          step,
          kind: content.kind,
          from: standing.me,
          to: receiver,
          seq,
          prevHash: before?.sha256 ?? FIRST_PREV_HASH,
        },
        content: bytesOfContent,
        from: standing.identity,
        to: keys,
      })
      ends.set(receiver, { seq, sha256 })
      sealed.push({ receiver, seq, sha256, kind: content.kind, step, bytes })
    }
  }
  return sealed
}

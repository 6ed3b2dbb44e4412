import type { Content, MessageBody, SignedHead } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { decidedLine, endedLine, keyedLine } from './run/audit-line.ts'
import { begin, signatureOf, small } from './testing/attack-story.ts'
import type { Delivery } from './testing/world.ts'

describe('attack 9: two faces of the key service', () => {
  const alter =
    (change: (body: MessageBody<'step-key'>) => MessageBody<'step-key'>, parts?: (part: Uint8Array) => Uint8Array) =>
    (mail: Delivery): Delivery => {
      if (mail.content.kind !== 'step-key' || mail.to !== 'guest' || mail.step !== 1) return mail
      const body = change(mail.content.body as MessageBody<'step-key'>)
      return { ...mail, content: { kind: 'step-key', body, parts: mail.content.parts.map(parts ?? ((part) => part)) } }
    }
  const otherKey = (part: Uint8Array) => {
    const copy = part.slice()
    copy[0] = (copy[0] ?? 0) ^ 1
    return copy
  }

  it('another key under the same hash is key_mismatch where it arrives', () => {
    const world = begin(small, { tamper: alter((body) => body, otherKey) }).settle()
    expect(world.ends.get('guest')?.code).toBe('key_mismatch')
  })

  it('another key under its own hash is key_mismatch when u comes', () => {
    const tamper = (mail: Delivery): Delivery => {
      if (mail.content.kind !== 'u' || mail.step !== 1) return mail
      return {
        ...mail,
        content: { ...mail.content, body: { ...mail.content.body, publicKeySha256: 'ee'.repeat(32) } } as Content,
      }
    }
    const world = begin(small, { tamper }).settle()
    expect(world.ends.get('guest')?.code).toBe('key_mismatch')
  })

  it('another log is audit_fork at who sees both heads', () => {
    // The guest is shown another log from step 1 on; the head in the host's u is of the first one.
    const forked = alter((body) => {
      const hash = 'dd'.repeat(32)
      return { ...body, head: { seq: body.head.seq, hash, signature: signatureOf(body.head.seq, hash) } }
    })
    const world = begin(small, { tamper: forked }).settle()
    expect(world.ends.get('guest')?.code).toBe('audit_fork')
  })

  it('a party that makes a head up proves no fork', () => {
    const madeUp = (mail: Delivery): Delivery => {
      if (mail.content.kind !== 'u' || mail.step !== 1) return mail
      const body = mail.content.body as MessageBody<'u'>
      return {
        ...mail,
        content: { ...mail.content, body: { ...body, head: { ...body.head, hash: 'dd'.repeat(32) } } } as Content,
      }
    }
    expect(begin(small, { tamper: madeUp }).settle().ends.get('guest')?.code).toBe('audit_broken')
  })

  it.each<[string, (head: SignedHead) => SignedHead]>([
    ['at another place', (head) => ({ ...head, seq: head.seq + 1 })],
    ['of another run', (head) => ({ ...head, signature: signatureOf(head.seq, head.hash, 'cd'.repeat(32)) })],
  ])('a signed head %s is refused as audit_broken', (_, change) => {
    const forged = alter((body) => ({ ...body, head: change(body.head) }))
    const world = begin(small, { tamper: forged }).settle()
    expect(world.ends.get('guest')?.code).toBe('audit_broken')
  })

  it('a head that the key service did not sign is audit_broken', () => {
    const unsigned = alter((body) => ({ ...body, head: { ...body.head, hash: 'dd'.repeat(32) } }))
    expect(begin(small, { tamper: unsigned }).settle().ends.get('guest')?.code).toBe('audit_broken')
  })

  it.each<[string, (body: MessageBody<'opened'>) => MessageBody<'opened'>]>([
    ['other numbers', (body) => ({ ...body, numbers: body.numbers.map(() => '1') })],
    ['one number more', (body) => ({ ...body, numbers: [...body.numbers, '1'] })],
    [
      'a receipt of another step',
      (body) => ({ ...body, receipt: { ...body.receipt, record: { ...body.receipt.record, step: 9 } } }),
    ],
    [
      'a changed receipt',
      (body) => ({ ...body, receipt: { ...body.receipt, record: { ...body.receipt.record, quotaLeft: 99 } } }),
    ],
    ['a receipt without signature', (body) => ({ ...body, receipt: { ...body.receipt, signature: 'A'.repeat(86) } })],
  ])('%s in a reply is audit_broken', (_, change) => {
    const tamper = (mail: Delivery): Delivery =>
      mail.content.kind === 'opened' && mail.to === 'host-a' && mail.step === 1
        ? { ...mail, content: { ...mail.content, body: change(mail.content.body as MessageBody<'opened'>) } as Content }
        : mail
    expect(begin(small, { tamper }).settle().ends.get('host-a')?.code).toBe('audit_broken')
  })

  it.each<[string, Partial<MessageBody<'done'>>]>([
    ['not converged', { converged: false }],
    ['a gradient that is none of a minimum', { gradientRatio: 1e-3 }],
    ['a loss that the steps did not lead to', { f: 1 }],
    ['other steps', { steps: 1 }],
  ])('%s in a result that does not follow is slr_range', (_, change) => {
    const tamper = (mail: Delivery): Delivery =>
      mail.content.kind === 'done' && mail.to === 'host-a'
        ? { ...mail, content: { ...mail.content, body: { ...mail.content.body, ...change } } as Content }
        : mail
    const world = begin(small, { tamper }).settle()
    expect(world.ends.get('host-a')?.code).toBe('slr_range')
    expect(world.outcomes.has('guest')).toBe(true)
  })

  it('two decisions that both follow from their totals stand against the one line of the log', () => {
    let first: MessageBody<'decide'> | undefined
    const told = new Map<string, MessageBody<'decide'>>()
    const tamper = (mail: Delivery): Delivery => {
      if (mail.content.kind !== 'decide' || mail.step > 1) return mail
      const body = mail.content.body as MessageBody<'decide'>
      if (mail.step === 0) first = body
      if (body.totals.eta === undefined) return mail
      const { f: before, totals } = first ?? body
      const alpha = (body.alpha ?? 0) / 2
      const other = { ...body, totals: { eta: 2 * body.totals.eta }, alpha, f: (before ?? 0) - (alpha * (totals.rho ?? 0)) / 2 }
      told.set(mail.to, mail.to === 'guest' ? other : body)
      return { ...mail, content: { ...mail.content, body: told.get(mail.to) } as Content }
    }
    const world = begin(small, { tamper })
    while (told.size < 2) world.step()
    // Both take it. Who went on lying to one of them would be found out by the log alone.
    while (
      !world.sent.some(
        ({ from, step, content: { kind, body } }) =>
          from === 'guest' && step === 1 && kind === 'share' && 'rho' in (body as MessageBody<'share'>).values,
      )
    )
      world.step()
    const holds = (name: string) => {
      const body = told.get(name)
      if (body === undefined) throw new Error(name)
      const { seq, responseSha256 } = decidedLine(body)
      return world.audit[seq - 1]?.record.responseSha256 === responseSha256
    }
    expect({ host: holds('host-a'), guest: holds('guest') }).toEqual({ host: true, guest: false })
  })

  it('every key, decision and result is in the log as it was told', () => {
    const world = begin(small).settle()
    const lines = world.sent.flatMap(({ to, content: { kind, body } }) => {
      if (to !== 'guest') return []
      if (kind === 'step-key') return [keyedLine(body as MessageBody<'step-key'>)]
      if (kind === 'decide') return [decidedLine(body as MessageBody<'decide'>)]
      return kind === 'done' ? [endedLine(body as MessageBody<'done'>)] : []
    })
    expect(lines.length).toBeGreaterThan(6)
    expect(lines.map(({ seq }) => world.audit[seq - 1]?.record.responseSha256)).toEqual(
      lines.map(({ responseSha256 }) => responseSha256),
    )
    const logged = world.audit.filter(({ record }) => ['keyed', 'decided', 'ended'].includes(record.kind))
    expect(lines.map(({ seq }) => seq)).toEqual(logged.map(({ record }) => record.seq))
  })

  it.each<[string, (body: MessageBody<'decide'>) => MessageBody<'decide'>]>([
    ['α', (body) => ({ ...body, alpha: (body.alpha ?? 1) * 1.0000001 })],
    ['f', (body) => ({ ...body, f: (body.f ?? 0) - 1 })],
    ['the next step', (body) => ({ ...body, next: 'step' })],
  ])('%s that does not follow from the totals is slr_range', (_, change) => {
    const tamper = (mail: Delivery): Delivery =>
      mail.content.kind === 'decide' &&
      mail.to === 'host-a' &&
      mail.step === 1 &&
      'eta' in (mail.content.body as MessageBody<'decide'>).totals
        ? { ...mail, content: { ...mail.content, body: change(mail.content.body as MessageBody<'decide'>) } as Content }
        : mail
    expect(begin(small, { tamper }).settle().ends.get('host-a')?.code).toBe('slr_range')
  })
})

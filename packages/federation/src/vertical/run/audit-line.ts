import { createSha256, type MessageBody } from '@tributary/protocol'

/** SHA-256 of an opening's numbers as a JSON array of decimal strings. */
export const responseSha256 = (numbers: readonly string[]): string => sha256OfText(JSON.stringify(numbers))

/** SHA-256 of what the key service decided from the totals: the log's line of the decision holds it. */
export function decisionSha256({ totals, alpha, beta, restart, f, next }: Omit<MessageBody<'decide'>, 'head'>): string {
  const sums = Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256OfText(JSON.stringify([sums, alpha, beta, restart, f, next]))
}

/** The same of a run's result. */
export const resultSha256 = ({ converged, f, loss, gradientRatio, steps }: Omit<MessageBody<'done'>, 'head'>): string =>
  sha256OfText(JSON.stringify([converged, f, loss, gradientRatio, steps]))

/** The line of the log that a message of the key service speaks of, and what that line says was told. */
export interface ToldLine {
  readonly seq: number
  readonly responseSha256: string
}

/** Of a decision that ends its step the head is one line further: that of the step's end. */
export const decidedLine = ({ head, ...decision }: MessageBody<'decide'>): ToldLine => ({
  seq: decision.next === 'share' ? head.seq : head.seq - 1,
  responseSha256: decisionSha256(decision),
})

export const endedLine = ({ head, ...result }: MessageBody<'done'>): ToldLine => ({
  seq: head.seq,
  responseSha256: resultSha256(result),
})

export const keyedLine = ({ head, publicKeySha256 }: MessageBody<'step-key'>): ToldLine => ({
  seq: head.seq,
  responseSha256: publicKeySha256,
})

export const sha256OfText = (text: string): string => createSha256().update(new TextEncoder().encode(text)).hex()

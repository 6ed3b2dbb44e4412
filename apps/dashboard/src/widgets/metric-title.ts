import type { WordId, Words } from '../words/words.ts'

const known: Readonly<Record<string, WordId>> = { accuracy: 'metric.accuracy', loss: 'metric.loss', seconds: 'metric.seconds' }

/** A metric's name in words; one that this page does not know, as it is. */
export function metricTitle(w: Words, name: string): string {
  const id = Object.hasOwn(known, name) ? known[name] : undefined
  return id === undefined ? name : w(id)
}

import { formatSeconds, secondsBetween } from '../format/times.ts'
import { useWords } from '../words/words.ts'
import { useNow } from './now.ts'

/** How long something took, or takes: its own clock, so that a page is not drawn each second for it. */
export function Duration({ from, to }: { from: string | null; to: string | null }) {
  const { language } = useWords()
  const now = useNow(1_000, to === null)
  return <>{formatSeconds(secondsBetween(from, to, now), language)}</>
}

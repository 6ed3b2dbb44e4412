import { usePreferences } from '../app/preferences-context.tsx'
import { NONE } from '../format/numbers.ts'
import { formatAbsolute, formatRelative, nowBeside } from '../format/times.ts'
import { useWords } from '../words/words.ts'
import { useNow } from './now.ts'

/** A moment: relative in words, absolute with its zone on hover and for machines. */
export function When({ at, absolute = false }: { at: string | null; absolute?: boolean }) {
  const { language } = useWords()
  const { zone } = usePreferences().preferences
  const now = useNow(10_000)
  if (at === null) return <>{NONE}</>
  const moment = Date.parse(at)
  const full = formatAbsolute(moment, language, zone)
  return (
    <time dateTime={at} title={full}>
      {absolute ? full : formatRelative(moment, nowBeside(moment, now), language)}
    </time>
  )
}

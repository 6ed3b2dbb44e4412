import { useWords } from '../../../words/words.ts'
import type { RunParts } from '../run-page.tsx'
import { SightTable } from './sight-table.tsx'
import { horizontalSights } from './who-sees-what.ts'

/** Who can see what, from this run's own settings. */
export default function Privacy({ state }: RunParts) {
  const { w } = useWords()
  return (
    <div className="stack">
      <h2>{w('privacy.title')}</h2>
      <p className="notice" data-kind="warn">
        {w('privacy.plain')}
      </p>
      <SightTable rows={horizontalSights(state.run.config)} />
      <p>{w('privacy.epsilon')}</p>
    </div>
  )
}

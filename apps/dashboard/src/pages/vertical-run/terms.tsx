import type { VerticalRun } from '@tributary/protocol'
import { formatCount, NONE } from '../../format/numbers.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { Fact } from '../../widgets/fact.tsx'
import { useWords } from '../../words/words.ts'

/** What a run asks of its parties, as it was created: nobody has begun yet. */
export function Terms({ run }: { run: VerticalRun }) {
  const { w, language } = useWords()
  const { session } = useSignedIn()
  const { maxSteps, minimumRows, maximumIds, predictionReceiver } = run.settings
  const rows = run.parties.flatMap((party) => party.rows ?? [])
  return (
    <section className="card stack" aria-labelledby="terms">
      <h2 id="terms">{w('vertical.terms')}</h2>
      <p>{w('vertical.terms-asked')}</p>
      <dl className="facts">
        <Fact name={w('vertical.terms-steps')}>{formatCount(maxSteps, language)}</Fact>
        <Fact name={w('vertical.terms-rows')}>{rows.length === 0 ? NONE : formatCount(Math.min(...rows), language)}</Fact>
        <Fact name={w('vertical.terms-minimum')}>{formatCount(minimumRows, language)}</Fact>
        <Fact name={w('vertical.terms-ids')}>{formatCount(maximumIds, language)}</Fact>
        <Fact name={w('vertical.terms-receiver')}>{predictionReceiver ?? w('vertical.terms-label-party')}</Fact>
      </dl>
      <p>{w('vertical.terms-not-protected')}</p>
      {session.who.role === 'institution' ? <p className="quiet">{w('vertical.terms-program')}</p> : null}
    </section>
  )
}

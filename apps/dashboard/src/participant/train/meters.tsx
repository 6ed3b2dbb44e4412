import { formatBytes, formatCount, formatNumber, formatShare, NONE } from '../../format/numbers.ts'
import { formatSeconds } from '../../format/times.ts'
import { useNow } from '../../widgets/now.ts'
import styles from '../participant.module.css'
import { useParticipantWords } from '../words/words.ts'
import { secondsLeft, type TrainingState } from './progress.ts'

interface MetersProps {
  readonly training: TrainingState
  readonly rows: number
  readonly backend: string | null
}

/** What happens and what left the machine. */
export function Meters({ training, rows, backend }: MetersProps) {
  const { p, language } = useParticipantWords()
  const now = useNow(1_000)
  const { task, phase, fraction, samplesPerSecond, loss, bytesSent, updates, ownAccuracy } = training
  const left = secondsLeft(training, now)
  const facts = [
    [p('meter.rows-sent'), formatBytes(0, language)],
    [p('meter.updates-sent'), `${formatBytes(bytesSent, language)} (${p('meter.updates', { count: updates })})`],
    [p('meter.round'), task === null ? NONE : p('meter.round-of', { round: task.round, rounds: task.rounds })],
    [p('meter.left'), left === null ? NONE : formatSeconds(left, language)],
    [
      p('meter.speed'),
      samplesPerSecond === null ? NONE : p('meter.per-second', { count: formatCount(Math.round(samplesPerSecond), language) }),
    ],
    [p('meter.loss'), formatNumber(loss, language)],
    [p('meter.accuracy'), formatShare(ownAccuracy, language)],
    [p('meter.rows'), formatCount(rows, language)],
    [p('meter.backend'), backend === null ? NONE : backend === 'webgpu' ? p('backend.webgpu') : p('backend.wasm')],
  ] as const
  return (
    <>
      <label className="field">
        <span>{p(`doing.${phase}`)}</span>
        <progress className={styles.progress} value={phase === 'waiting' ? 0 : fraction} max={1} />
      </label>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

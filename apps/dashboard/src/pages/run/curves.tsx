import { useMemo } from 'react'
import { useAddress } from '../../app/address.ts'
import { type AxisName, axisNames } from '../../charts/curve-data.ts'
import { roundLines } from '../../live-store/index.ts'
import { useSignedIn } from '../../session/session-context.tsx'
import { Choice } from '../../widgets/look.tsx'
import { useTyped } from '../../widgets/typed.ts'
import { useWords } from '../../words/words.ts'
import { MetricFigure } from './metric-figure.tsx'
import type { RunParts } from './run-page.tsx'

export interface CurveView {
  readonly axis: AxisName
  readonly smoothing: number
  readonly isLogarithmic: boolean
  /** `band`, `none`, or a participant's name. */
  readonly clients: string
}

const NO_LINES: ReturnType<typeof roundLines> = []

/** Each metric by rounds, time, bytes or epochs: the global one bold, the clients as a band and their worst. */
export function Curves({ state }: RunParts) {
  const { w } = useWords()
  const { session } = useSignedIn()
  const [search, set] = useAddress()
  const axis = axisNames.find((name) => name === search.get('x')) ?? 'round'
  const smoothing = Math.min(0.99, Math.max(0, Number(search.get('smooth') ?? 0) || 0))
  const smooth = useTyped(String(smoothing), (value) => set({ smooth: value }))
  const isLogarithmic = search.get('log') === '1'
  const clients = search.get('clients') ?? 'band'
  const { run, history, rounds, curves, spreads, clients: values } = state
  const names = useMemo(
    () => [...new Set([...curves.map(({ name }) => name), ...spreads.map(({ name }) => name), ...values.keys()])].sort(),
    [curves, spreads, values],
  )
  const participants = useMemo(() => {
    // An institution is told its own values alone, and has no curve of others.
    const measured = [...values.values()].flatMap((byRound) => [...byRound.values()].flatMap((ofRound) => [...ofRound.keys()]))
    return [...new Set(session.who.role === 'institution' ? measured : [...measured, ...history.names])].sort()
  }, [values, history, session])
  const { startedAt } = run
  const { epochs } = run.config.training
  // Where rounds lie by number or by epochs, no event of theirs changes: what is drawn then stays.
  const isByLines = axis === 'time' || axis === 'bytes'
  const lines = useMemo(() => (isByLines ? roundLines({ history, rounds }) : NO_LINES), [isByLines, history, rounds])
  const source = useMemo(() => ({ lines, startedAt, epochsPerRound: epochs }), [lines, startedAt, epochs])
  const look = useMemo(() => ({ axis, smoothing, isLogarithmic, clients }), [axis, smoothing, isLogarithmic, clients])
  return (
    <div className="stack">
      <div className="row">
        <Choice
          label={w('curves.x')}
          value={axis}
          options={axisNames.map((name) => [name, w(`axis.${name}`)] as const)}
          onChange={(name) => set({ x: name })}
        />
        <label className="field">
          <span>{w('curves.smoothing', { value: smooth.value })}</span>
          <input type="range" min={0} max={0.95} step={0.05} {...smooth} />
        </label>
        <Choice
          label={w('curves.clients')}
          value={clients}
          options={[
            ['band', w('curves.band')] as const,
            ['none', w('curves.none')] as const,
            ...participants.map((name) => [name, name] as const),
          ]}
          onChange={(name) => set({ clients: name })}
        />
        <label className="row">
          <input type="checkbox" checked={isLogarithmic} onChange={({ target }) => set({ log: target.checked ? '1' : '0' })} />
          {w('curves.log')}
        </label>
      </div>
      {names.length === 0 ? <p>{w('curves.empty')}</p> : null}
      {names.length > 0 && curves.length === 0 ? <p className="notice">{w('curves.no-global')}</p> : null}
      {names.map((name) => (
        <MetricFigure
          key={name}
          run={run.id}
          name={name}
          curve={curves.find((curve) => curve.name === name)}
          spread={spreads.find((spread) => spread.name === name)}
          values={values.get(name)}
          source={source}
          look={look}
        />
      ))}
    </div>
  )
}

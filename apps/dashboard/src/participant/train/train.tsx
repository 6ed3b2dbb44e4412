import { joinFederation } from '@tributary/client/browser'
import { wasmFiles } from '@tributary/models/wasm-addresses'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { Problem } from '../../widgets/problem.tsx'
import type { ConnectedData } from '../connect/connected-data.ts'
import { useParticipantWords } from '../words/words.ts'
import { Leave } from './leave.tsx'
import { Meters } from './meters.tsx'
import { Result } from './result.tsx'
import { type Snapshot, TakingPart } from './taking-part.ts'
import { WebGpuRefused } from './webgpu-refused.tsx'

interface TrainProps {
  readonly invite: string | undefined
  readonly name: string
  readonly data: ConnectedData
  /** Whether the graphics processor is to be tried. */
  readonly webgpu: boolean
  readonly onBack: () => void
}

/** Kept out of training, to tell what models are worth here. */
const HELD_OUT = 0.2

export default function Train({ invite, name, data, webgpu, onBack }: TrainProps) {
  const { p } = useParticipantWords()
  const [taking] = useState(() => takePart(invite, name, data, webgpu))
  const snapshot = useSyncExternalStore(taking.subscribe, taking.snapshot)
  useEffect(() => {
    void taking.start()
    return () => void taking.close()
  }, [taking])
  const { stage, error, training, backend, webgpuRefusal } = snapshot
  return (
    <section className="stack">
      <h2>{p('train.title', { name: snapshot.name ?? name })}</h2>
      <StageLine snapshot={snapshot} />
      {error === null ? null : <Problem error={error} />}
      {error === null && training.problem !== null ? <Problem error={training.problem} /> : null}
      {webgpuRefusal === null ? null : <WebGpuRefused refusal={webgpuRefusal} />}
      {stage === 'left' ? null : <Meters training={training} rows={data.rows} backend={backend} />}
      <div className="row">
        {stage === 'running' ? (
          <button type="button" className="button" onClick={() => void taking.pause()}>
            {p('train.pause')}
          </button>
        ) : null}
        {stage === 'paused' || stage === 'ended' ? (
          <button type="button" className="button" data-kind="main" onClick={() => void taking.start()}>
            {p(stage === 'paused' ? 'train.resume' : 'train.again')}
          </button>
        ) : null}
        {stage === 'ended' ? (
          <button type="button" className="button" onClick={onBack}>
            {p('train.other-data')}
          </button>
        ) : null}
        {stage === 'running' ? <Leave onLeave={() => void taking.leave()} /> : null}
      </div>
      {training.result === null || stage === 'left' ? null : <Result taking={taking} outcome={training.result} />}
    </section>
  )
}

function takePart(invite: string | undefined, name: string, data: ConnectedData, webgpu: boolean): TakingPart {
  // From now on the browser's own identity is what counts: a reload goes there, and the code leaves the address.
  const onJoined = () => history.replaceState(null, '', '/take-part')
  const given = { url: location.origin, invite, name, holdOut: HELD_OUT, wasm: wasmFiles, webgpu, data: () => data.take() }
  return new TakingPart(joinFederation, given, onJoined)
}

function StageLine({ snapshot: { stage, training } }: { snapshot: Snapshot }) {
  const { p } = useParticipantWords()
  if (stage === 'running' && training.line === 'lost') return <p role="status">{p('train.lost')}</p>
  return <p role="status">{p(`stage.${stage}`)}</p>
}

import { useQuery } from '@tanstack/react-query'
import type { SavedParticipant } from '@tributary/client/browser'
import { Suspense, useEffect, useState } from 'react'
import { useTitle } from '../app/title.ts'
import { Boundary } from '../widgets/boundary.tsx'
import { lazyPart } from '../widgets/lazy-part.ts'
import { Look } from '../widgets/look.tsx'
import { Loaded, Loading } from '../widgets/waiting.tsx'
import type { ConnectedData } from './connect/connected-data.ts'
import { type Invitation, invitationFrom } from './invitation.ts'
import styles from './participant.module.css'
import { Terms } from './terms.tsx'
import { useParticipantCatalogue, useParticipantWords } from './words/words.ts'

const loadTrain = () => import('./train/train.tsx')
// The terms can be read while the rest is on its way.
const ConnectData = lazyPart(() => import('./connect/connect-data.tsx'))
const Train = lazyPart(loadTrain)

/** Where an institution takes part with nothing but a browser: terms, data, training, result. */
export default function ParticipantPage() {
  useParticipantCatalogue()
  return <Steps />
}

type Step = 'terms' | 'connect' | 'train'

function Steps() {
  const { p } = useParticipantWords()
  useTitle(p('take-part.title'))
  const [hash] = useState(() => location.hash)
  useEffect(() => {
    // Another link in the same tab is another invitation: what was begun with the first must not go on with it.
    const again = () => {
      if (location.hash !== hash) location.reload()
    }
    addEventListener('hashchange', again)
    // It may have come between the reading of the address and here; once joined, the page takes the hash away, which tells nobody.
    again()
    return () => removeEventListener('hashchange', again)
  }, [hash])
  const [invitation] = useState<Invitation | null>(() => invitationFrom(hash))
  const [name, setName] = useState<string | null>(invitation?.name ?? null)
  const [step, setStep] = useState<Step>('terms')
  const [data, setData] = useState<ConnectedData | null>(null)
  const [webgpu, setWebgpu] = useState(false)
  useEffect(() => {
    // Fetched while data is connected: a network that is lost then stops no one before training itself needs it.
    if (step === 'connect') void loadTrain().catch(() => undefined)
  }, [step])
  const steps = ['terms', 'connect', 'train'] as const
  return (
    <main id="main" className={styles.page} tabIndex={-1}>
      <header className="row spread">
        <h1>{p('take-part.title')}</h1>
        <span className="quiet">{p('take-part.host', { host: location.host })}</span>
      </header>
      <ol className={styles.steps} aria-label={p('take-part.steps')}>
        {steps.map((each) => (
          <li key={each} aria-current={each === step ? 'step' : undefined}>
            {p(`step.${each}`)}
          </li>
        ))}
      </ol>
      {step === 'terms' ? (
        <Beginning
          invitation={invitation}
          name={name}
          onAccept={(chosen) => {
            setName(chosen)
            setStep('connect')
          }}
        />
      ) : null}
      <Boundary at={step} around="part">
        <Suspense fallback={<Loading />}>
          {step === 'connect' ? (
            <ConnectData
              webgpu={webgpu}
              onWebgpu={setWebgpu}
              onConnected={(connected) => {
                setData(connected)
                setStep('train')
              }}
            />
          ) : null}
          {step === 'train' && data !== null && name !== null ? (
            <Train invite={invitation?.code} name={name} data={data} webgpu={webgpu} onBack={() => setStep('connect')} />
          ) : null}
        </Suspense>
      </Boundary>
      <footer>
        <Look />
      </footer>
    </main>
  )
}

interface BeginningProps {
  readonly invitation: Invitation | null
  readonly name: string | null
  readonly onAccept: (name: string) => void
}

/** With an invite the terms; without one, whoever took part from this browser. */
function Beginning({ invitation, name, onAccept }: BeginningProps) {
  const saved = useQuery({
    queryKey: ['saved-participants'],
    queryFn: async () => (await import('@tributary/client/browser')).savedParticipants(location.origin),
    enabled: invitation === null,
    refetchInterval: 2_000,
    retry: false,
  })
  if (invitation !== null) return <Terms name={name} onAccept={onAccept} />
  return <Loaded query={saved}>{(participants) => <ComeBack saved={participants} onChoose={onAccept} />}</Loaded>
}

function ComeBack({ saved, onChoose }: { saved: readonly SavedParticipant[]; onChoose: (name: string) => void }) {
  const { p } = useParticipantWords()
  if (saved.length === 0) return <p className="notice">{p('back.nobody')}</p>
  return (
    <section className="stack">
      <h2>{p('back.title')}</h2>
      <p>{p('back.same')}</p>
      {saved.map(({ participant: { id, name }, active }) => (
        <div key={id} className="card row spread">
          <strong>{name}</strong>
          {active ? (
            <span role="status">{p('back.active')}</span>
          ) : (
            <button type="button" className="button" data-kind="main" onClick={() => onChoose(name)}>
              {p('back.go', { name })}
            </button>
          )}
        </div>
      ))}
    </section>
  )
}

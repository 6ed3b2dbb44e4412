import type { LoggedVerticalEvent, MessageKind, SignedHead, VerticalRun } from '@tributary/protocol'

/** What went over one lane of the hub in one step: everything but its content. */
export interface Lane {
  readonly step: number
  readonly kind: MessageKind
  readonly from: string
  readonly to: string
  readonly count: number
  readonly bytes: number
  readonly firstAt: string
  readonly lastAt: string
}

export interface StepLoss {
  readonly step: number
  readonly f: number | null
  readonly rho: number | null
  readonly at: string
}

export interface Openings {
  readonly used: number
  readonly left: number
}

export interface VerticalState {
  readonly run: VerticalRun
  /** Events up to here are in it. */
  readonly seq: number
  readonly steps: readonly StepLoss[]
  readonly lanes: ReadonlyMap<string, Lane>
  readonly openings: ReadonlyMap<string, Openings>
  /** Heads of the key service's log that it published, by place in the log. */
  readonly heads: ReadonlyMap<number, SignedHead>
  /** Two heads of one place that differ: the log was forked. */
  readonly forks: readonly SignedHead[]
}

export const emptyVertical = (run: VerticalRun): VerticalState => ({
  run,
  seq: 0,
  steps: [],
  lanes: new Map(),
  openings: new Map(),
  heads: new Map(),
  forks: [],
})

/** The run after an event; one that is in the state already changes nothing. */
export function foldVertical(state: VerticalState, { event, at, seq }: LoggedVerticalEvent): VerticalState {
  if (seq <= state.seq) return state
  const next = { ...state, seq }
  const { run } = next
  switch (event.type) {
    case 'vertical.state': {
      const { to: phase, error: failure } = event.data
      const isOver = phase === 'completed' || phase === 'aborted'
      const startedAt = phase === 'running' ? (run.startedAt ?? at) : run.startedAt
      return { ...next, run: { ...run, phase, failure, startedAt, endedAt: isOver ? at : null } }
    }
    case 'vertical.manifest':
      return { ...next, run: { ...run, manifestSha256: event.data.manifestSha256 } }
    case 'vertical.approved': {
      const parties = run.parties.map((party) => (party.name === event.data.name ? { ...party, approved: true } : party))
      return { ...next, run: { ...run, parties } }
    }
    case 'vertical.action': {
      const { action, by } = event.data
      if (action !== 'approve') return next
      const parties = run.parties.map((party) => (party.name === by ? { ...party, consented: true } : party))
      return { ...next, run: { ...run, parties } }
    }
    case 'vertical.message': {
      const { from, to, kind, step, bytes } = event.data
      const key = `${step}/${kind}/${from}/${to}`
      const known = next.lanes.get(key)
      const lane: Lane =
        known === undefined
          ? { step, kind, from, to, count: 1, bytes, firstAt: at, lastAt: at }
          : { ...known, count: known.count + 1, bytes: known.bytes + bytes, lastAt: at }
      return { ...next, lanes: new Map(next.lanes).set(key, lane) }
    }
    case 'vertical.published':
      return publish(next, event.data, at)
    default:
      return next
  }
}

type Published = Extract<LoggedVerticalEvent['event'], { type: 'vertical.published' }>['data']

function publish(state: VerticalState, published: Published, at: string): VerticalState {
  const { run } = state
  switch (published.type) {
    case 'aligned':
      return { ...state, run: { ...run, rows: published.rows } }
    case 'step.opened':
      return { ...state, run: { ...run, step: published.step } }
    case 'opening': {
      const { party, numbers, quotaLeft } = published
      const used = (state.openings.get(party)?.used ?? 0) + numbers
      return { ...state, openings: new Map(state.openings).set(party, { used, left: quotaLeft }) }
    }
    case 'step.closed': {
      const { step, f, rho, head } = published
      const steps = [...state.steps.filter((one) => one.step !== step), { step, f, rho, at }]
      return withHead({ ...state, steps, run: { ...run, step, f: f ?? run.f, head } }, head)
    }
    case 'ended':
      return withHead({ ...state, run: { ...run, f: published.f, head: published.head } }, published.head)
    default:
      return state
  }
}

function withHead(state: VerticalState, head: SignedHead): VerticalState {
  const known = state.heads.get(head.seq)
  if (known !== undefined) return known.hash === head.hash ? state : { ...state, forks: [...state.forks, known, head] }
  return { ...state, heads: new Map(state.heads).set(head.seq, head) }
}

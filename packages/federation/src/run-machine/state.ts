import type { ErrorBody, FailureReason, ParticipantId, RunConfig, RunId, TrainingReport } from '@tributary/protocol'

/*
 * A run, with the round in it:
 *
 *   created ──start──▶ selecting ──enough eligible──▶ training ──target, or deadline with the minimum──▶ aggregating
 *                          ▲                                                                               │ aggregated
 *                          │◀── round closed, rounds left ───────────── evaluating ◀────────────────────────┘
 *                          │                                                │
 *                        resume                                round closed: paused (when asked), completed (last round)
 *
 *   any resting or working phase ──cancel──▶ cancelled;  below the minimum too long, or a broken step ──▶ failed
 */

/** A participant as the machine knows it: `name` orders and seeds, `id` addresses. */
export interface Member {
  readonly id: ParticipantId
  readonly name: string
}

/** An update that is durable and validated. */
export interface StoredUpdate {
  readonly sha256: string
  readonly bytes: number
  /** n_k. */
  readonly samples: number
  readonly report: TrainingReport
}

export type MemberStatus = 'selected' | 'downloaded' | 'accepted' | 'failed' | 'left' | 'excluded'

/** One participant's part in a round. */
export interface RoundMember extends Member {
  readonly status: MemberStatus
  /** Milliseconds since the epoch. */
  readonly selectedAt: number
  readonly downloadedAt: number | null
  readonly uploadedAt: number | null
  /** The update that counts; kept when its sender leaves, dropped when an admin excludes the sender in time. */
  readonly update: StoredUpdate | null
  /** Updates of this participant that were refused in this round. */
  readonly rejects: number
  /** Why the status is failed, left or excluded. */
  readonly reason: string | null
  /** The refusal of the newest update, where one was refused; not there in rounds of before it was kept. */
  readonly refusal?: Pick<ErrorBody, 'code' | 'details'> | null | undefined
}

export interface OpenRound {
  /** 1-based. */
  readonly number: number
  readonly openedAt: number
  readonly deadlineAt: number
  /** The deadline passed below the minimum: the round closes as soon as the minimum is there. */
  readonly overdue: boolean
  /** m of McMahan 2017, Algorithm 1: updates that close the round at once. Fixed at opening: nobody's leaving lowers it. */
  readonly target: number
  readonly minimum: number
  /** The model that the round starts from. */
  readonly modelSha256: string
  /** In the order of their names, which is the order of folding. */
  readonly members: readonly RoundMember[]
}

export interface RunBase {
  readonly run: RunId
  readonly config: RunConfig
  /** The round that is open or was last closed; 0 before the first. */
  readonly round: number
  /** The newest model: the initial one, then that of the last closed round. */
  readonly modelSha256: string
  /** Size in bytes of a model container. */
  readonly modelBytes: number
  readonly pausePending: boolean
  /** Participants that an admin excluded from this run. */
  readonly excluded: readonly ParticipantId[]
}

export type Created = RunBase & { readonly phase: 'created' }
/** Waiting until enough participants are eligible; fails after `giveUpAt`. */
export type Selecting = RunBase & { readonly phase: 'selecting'; readonly giveUpAt: number }
export type Training = RunBase & { readonly phase: 'training'; readonly open: OpenRound }
export type Aggregating = RunBase & { readonly phase: 'aggregating'; readonly open: OpenRound }
export type Evaluating = RunBase & { readonly phase: 'evaluating'; readonly open: OpenRound; readonly aggregatedSha256: string }
export type Paused = RunBase & { readonly phase: 'paused' }
export type Completed = RunBase & { readonly phase: 'completed' }
/** The round that was open when the run ended is kept for its account. */
export type Failed = RunBase & { readonly phase: 'failed'; readonly failure: FailureReason; readonly open: OpenRound | null }
export type Cancelled = RunBase & {
  readonly phase: 'cancelled'
  readonly failure: FailureReason
  readonly open: OpenRound | null
}

export type RunState = Created | Selecting | Training | Aggregating | Evaluating | Paused | Completed | Failed | Cancelled

/** What a run keeps in every phase; a pause that was asked for is spent by the next phase that takes this. */
export const baseOf = ({ run, config, round, modelSha256, modelBytes, excluded }: RunState): RunBase => ({
  run,
  config,
  round,
  modelSha256,
  modelBytes,
  excluded,
  pausePending: false,
})

/** The open round, or the one that was open at the end of a failed or cancelled run. */
export const openRoundOf = (state: RunState): OpenRound | null => ('open' in state ? state.open : null)

export const hasEnded = (state: RunState): boolean =>
  state.phase === 'completed' || state.phase === 'failed' || state.phase === 'cancelled'

import type { ParticipantId } from '@tributary/protocol'
import { foldPlan } from '../../aggregation/fold-plan.ts'
import type { Effect } from '../events.ts'
import { openRoundOf, type RunState, type StoredUpdate } from '../state.ts'
import { must, type Step } from './invariants.ts'

const text = (value: unknown): string => JSON.stringify(value)

/** The checks that need the run's history: what was acknowledged, folded and set as timer. */
export class History {
  /** Acknowledged updates of each round; the machine's own members are not asked. */
  readonly #acknowledged = new Map<number, Map<ParticipantId, StoredUpdate>>()
  #plan: readonly string[] = []
  #planRound = 0
  #wakeAt: number | null = null

  get wakeAt(): number | null {
    return this.#wakeAt
  }

  observe(step: Step): void {
    this.#ledger(step)
    this.#closing(step)
    this.#folding(step)
    this.#timer(step.after.state, step.after.effects, step.event.type === 'tick' ? step.around.now : null)
  }

  /** After a restart the timer is what the recovery sets. */
  recovered(state: RunState, effects: readonly Effect[]): void {
    this.#wakeAt = null
    this.#timer(state, effects, null)
  }

  #ledger({ before, event, after }: Step): void {
    const round = this.#acknowledged.get(after.state.round) ?? new Map<ParticipantId, StoredUpdate>()
    this.#acknowledged.set(after.state.round, round)
    if (event.type === 'updateStored' && after.refusal === null) {
      const known = this.#acknowledged.get(event.round)?.get(event.participant)
      must('I1', known === undefined || known.sha256 === event.update.sha256, `two updates of ${event.participant} acknowledged`)
      if (known === undefined) {
        must('I8', before.phase === 'training' && event.round === before.round, `acknowledged in ${before.phase}`)
        round.set(event.participant, event.update)
      }
    }
    if (event.type === 'exclude' && before.phase === 'training') round.delete(event.participant)
    const open = openRoundOf(after.state)
    if (open === null) return
    const counting = open.members.flatMap(({ id, update }) =>
      update === null ? [] : [`${id} ${update.sha256} ${update.samples}`],
    )
    const acknowledged = [...round].map(([id, { sha256, samples }]) => `${id} ${sha256} ${samples}`)
    must('I1', text([...counting].sort()) === text(acknowledged.sort()), `counting ${counting}, acknowledged ${acknowledged}`)
  }

  #closing({ before, after }: Step): void {
    for (const entry of after.log) {
      if (entry.type !== 'round.closed') continue
      const { counted, missing, round } = entry.data
      const acknowledged = this.#acknowledged.get(round) ?? new Map<ParticipantId, StoredUpdate>()
      const uniform = before.config.strategy.weighting === 'uniform'
      const total = [...acknowledged.values()].reduce((sum, { samples }) => sum + (uniform ? 1 : samples), 0)
      must('I2', counted.length === acknowledged.size, `${counted.length} counted of ${acknowledged.size}`)
      for (const { participant, weight, samples } of counted) {
        const update = acknowledged.get(participant)
        must('I2', update !== undefined && update.samples === samples, `${participant} counts with ${samples}`)
        must(
          'I2',
          weight !== null && Math.abs(weight - (uniform ? 1 : (update?.samples ?? Number.NaN)) / total) < 1e-12,
          `${participant} has weight ${weight}`,
        )
      }
      const sum = counted.reduce((part, { weight }) => part + (weight ?? Number.NaN), 0)
      must('I2', Math.abs(sum - 1) < 1e-12, `the weights sum to ${sum}`)
      const named = [...counted, ...missing].map(({ name }) => name)
      const members = (openRoundOf(before)?.members ?? []).map(({ name }) => name)
      must('I2', text(named.sort()) === text(members), `the account names ${named}, the members are ${members}`)
    }
  }

  #folding({ before, event, after: { state } }: Step): void {
    if (state.phase !== 'training' && state.phase !== 'aggregating') return
    const { open } = state
    const plan = foldPlan(open, state.phase === 'aggregating').map(({ update }) => update.sha256)
    const earlier = openRoundOf(before)
    const joined = earlier !== null && earlier.number === open.number && open.members.length > earlier.members.length
    const beginsAgain = open.number !== this.#planRound || event.type === 'exclude' || joined
    if (!beginsAgain)
      must('I10', text(plan.slice(0, this.#plan.length)) === text(this.#plan), `after ${event.type} the plan is ${plan}`)
    if (state.phase === 'aggregating') {
      const all = open.members.flatMap(({ update }) => (update === null ? [] : [update.sha256]))
      must('I10', text(plan) === text(all), `the plan at the close is ${plan}`)
    }
    this.#plan = plan
    this.#planRound = open.number
  }

  #timer(state: RunState, effects: readonly Effect[], tickAt: number | null): void {
    if (tickAt !== null && this.#wakeAt !== null && tickAt >= this.#wakeAt) this.#wakeAt = null
    for (const effect of effects) if (effect.type === 'wake') this.#wakeAt = effect.at
    const expected =
      state.phase === 'selecting'
        ? state.giveUpAt
        : state.phase === 'training'
          ? state.open.deadlineAt + (state.open.overdue ? state.config.patienceSeconds * 1000 : 0)
          : null
    must('I11', this.#wakeAt === expected, `${state.phase}: wakes at ${this.#wakeAt}, expected ${expected}`)
  }
}

import { type RunEvent, TributaryError } from '@tributary/protocol'

type Accepted = Extract<RunEvent, { type: 'update.accepted' }>['data']

/** What a participant sent or measured, and what is said of it. */
export type Told = Pick<Accepted, 'sha256' | 'samples' | 'seconds' | 'loss' | 'backend'> & {
  readonly weight: number
  /** Its own words. */
  readonly words: string
  /** The admin's, who excludes it. */
  readonly verdict: string
}

/** One event of each kind that tells of one participant in round 1. */
export function eventsAbout(of: Pick<Accepted, 'participant' | 'name'>, told: Told): RunEvent[] {
  const { participant, name } = of
  const { sha256, samples, seconds, loss, backend, weight, words, verdict } = told
  const who = { round: 1, participant, name }
  const error = new TributaryError('training_failed', { participant: name, reason: words }).toBody()
  return [
    { type: 'participant.trained', data: { ...who, seconds, loss } },
    { type: 'update.accepted', data: { ...who, sha256, samples, bytes: 900, seconds, loss, backend } },
    { type: 'update.rejected', data: { ...who, error } },
    { type: 'participant.failed', data: { ...who, error } },
    {
      type: 'action',
      data: { action: 'exclude', by: 'ada', reason: verdict, details: { participant, name, countsThisRound: false } },
    },
    { type: 'participant.dropped', data: { ...who, reason: words } },
    {
      type: 'round.closed',
      data: {
        round: 1,
        modelSha256: 'c'.repeat(64),
        counted: [{ participant, name, samples, weight }],
        missing: [{ participant, name, reason: words }],
        seconds: 2,
      },
    },
  ]
}

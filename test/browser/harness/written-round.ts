import { createHash } from 'node:crypto'
import type { MetricPoint, StoredRound } from '@tributary/coordinator'
import type { ParticipantId, RunEvent, RunId } from '@tributary/protocol'

/* What a coordinator's engine would have stored of a round, made up from its number. */

type OpenRound = StoredRound['open']

/** Rounds follow each other, each as long as a real one. */
const ROUND_MS = 60_000
export const BEGAN = Date.parse('2026-03-01T08:00:00.000Z')

export const hex = (...parts: readonly (string | number)[]) => createHash('sha256').update(parts.join('/')).digest('hex')
/** A number of [0, 1), always the same for the same parts. */
const chance = (...parts: readonly (string | number)[]) => Number.parseInt(hex(...parts).slice(0, 12), 16) / 2 ** 48

export interface WrittenMember {
  readonly id: ParticipantId
  readonly name: string
  /** Below 1 is faster than the others. */
  readonly pace: number
}
export const memberOf = (federation: string, n: number): WrittenMember => {
  const name = `site-${String(n).padStart(3, '0')}`
  return { name, id: `par_${hex(federation, name).slice(0, 16)}` as ParticipantId, pace: 0.5 + chance(name, 'pace') }
}

export interface WrittenRound {
  readonly stored: StoredRound
  readonly metrics: readonly MetricPoint[]
  readonly events: RunEvent[]
  readonly modelSha256: string
  readonly bytes: number
}

export const lossAt = (round: number) => 2.3 * 0.997 ** round + 0.2 + 0.02 * Math.sin(round)

export function writtenRound(run: RunId, number: number, members: readonly WrittenMember[], startsFrom: string): WrittenRound {
  const openedAt = BEGAN + number * ROUND_MS
  const closedAt = openedAt + 50_000
  const open: OpenRound = {
    number,
    openedAt,
    deadlineAt: openedAt + 600_000,
    overdue: false,
    target: members.length,
    minimum: 1,
    modelSha256: startsFrom,
    members: members.map((member) => part(member, number, openedAt)),
  }
  const modelSha256 = hex(run, number)
  const counted = open.members.flatMap(({ name, update }) => (update === null ? [] : [{ name, update }]))
  const samples = counted.reduce((sum, { update }) => sum + update.samples, 0)
  const weights = Object.fromEntries(counted.map(({ name, update }) => [name, update.samples / samples]))
  const global = { loss: lossAt(number), accuracy: 1 - lossAt(number) / 3 }
  const point = (name: string, value: number | null, participant: string | null): MetricPoint[] => {
    const scope = participant === null ? 'global' : 'participant'
    return value === null ? [] : [{ run, round: number, scope, participant, name, value }]
  }
  const metrics = [
    ...counted.flatMap(({ name, update: { report } }) => [
      ...point('loss', report.loss, name),
      ...point('accuracy', report.accuracy, name),
    ]),
    ...Object.entries(global).flatMap(([name, value]) => point(name, value, null)),
  ]
  return {
    stored: { phase: 'closed', closedAt, modelSha256, metrics: global, weights, open },
    metrics,
    events: eventsOf(open, metrics, weights, modelSha256, (closedAt - openedAt) / 1000),
    modelSha256,
    bytes: counted.reduce((sum, { update }) => sum + update.bytes, 0),
  }
}

/** One part in a hundred fails, one in two hundred is never answered. */
function part({ id, name, pace }: WrittenMember, round: number, selectedAt: number): OpenRound['members'][number] {
  const luck = chance(name, round)
  const asked = { id, name, selectedAt, uploadedAt: null, update: null, rejects: 0, reason: null }
  if (luck < 0.005) return { ...asked, status: 'selected', downloadedAt: null }
  const downloadedAt = selectedAt + Math.round(500 + 1_500 * luck)
  if (luck < 0.015) return { ...asked, status: 'failed', downloadedAt, reason: 'the disk is full' }
  const seconds = Math.round(10_000 * pace * (1 + luck)) / 1000
  const uploadedAt = downloadedAt + Math.round(seconds * 1000) + 800
  const loss = lossAt(round) * (0.7 + 0.6 * pace) + 0.1 * luck
  const report = { loss, accuracy: Math.max(0, 1 - loss / 3), seconds, backend: 'wasm' }
  const update = { sha256: hex(name, round), bytes: 31_464, samples: 400 + Math.round(400 * pace), report }
  return { ...asked, status: 'accepted', downloadedAt, uploadedAt, update }
}

/** In the order in which the engine tells of them. */
function eventsOf(
  { number: round, members, target, minimum, deadlineAt, modelSha256: startsFrom }: OpenRound,
  metrics: readonly MetricPoint[],
  weights: Readonly<Record<string, number>>,
  modelSha256: string,
  seconds: number,
): RunEvent[] {
  const who = ({ id, name }: { id: ParticipantId; name: string }) => ({ participant: id, name })
  const told = ({ scope, name, participant, value }: MetricPoint): RunEvent => ({
    type: 'metric',
    data: { round, scope, name, participant, value },
  })
  const ownMetrics = new Map<string | null, MetricPoint[]>()
  for (const point of metrics) {
    const own = ownMetrics.get(point.participant)
    if (own === undefined) ownMetrics.set(point.participant, [point])
    else own.push(point)
  }
  const events: RunEvent[] = [
    {
      type: 'round.opened',
      data: {
        round,
        selected: members.map(who),
        target,
        minimum,
        deadlineAt: new Date(deadlineAt).toISOString(),
        modelSha256: startsFrom,
      },
    },
  ]
  for (const member of members)
    if (member.downloadedAt !== null)
      events.push({ type: 'participant.downloaded', data: { round, ...who(member), bytes: 31_464 } })
  for (const member of members) {
    const { update } = member
    if (update === null) continue
    const { sha256, samples, bytes, report } = update
    const { seconds: trained, loss, backend } = report
    events.push(
      { type: 'participant.trained', data: { round, ...who(member), seconds: trained, loss } },
      { type: 'update.accepted', data: { round, ...who(member), sha256, samples, bytes, seconds: trained, loss, backend } },
      ...(ownMetrics.get(member.name) ?? []).map(told),
    )
  }
  events.push(...(ownMetrics.get(null) ?? []).map(told), {
    type: 'round.closed',
    data: {
      round,
      modelSha256,
      counted: members.flatMap((member) =>
        member.update === null ? [] : [{ ...who(member), samples: member.update.samples, weight: weights[member.name] ?? null }],
      ),
      missing: members.flatMap((member) =>
        member.update === null ? [{ ...who(member), reason: member.reason ?? 'no answer' }] : [],
      ),
      seconds,
    },
  })
  return events
}

import { type Run, runPhaseSchema } from '@tributary/protocol'
import { z } from 'zod'

/** What the table of runs shows, as it stands in the address; what does not parse is left out. */
export const runsQuerySchema = z.object({
  q: z.string().max(100).catch('').default(''),
  phase: runPhaseSchema.nullable().catch(null).default(null),
  federation: z.string().max(60).nullable().catch(null).default(null),
  sort: z.enum(['newest', 'name', 'accuracy', 'duration']).catch('newest').default('newest'),
  selected: z
    .string()
    .transform((text) => text.split(',').filter((id) => id !== ''))
    .catch([])
    .default([]),
})
export type RunsQuery = z.infer<typeof runsQuerySchema>

export const readRunsQuery = (search: URLSearchParams): RunsQuery => runsQuerySchema.parse(Object.fromEntries(search))

const seconds = ({ startedAt, endedAt }: Run) =>
  startedAt === null ? 0 : (endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)

const orders: Record<RunsQuery['sort'], (a: Run, b: Run) => number> = {
  newest: (a, b) => b.createdAt.localeCompare(a.createdAt),
  name: (a, b) => a.name.localeCompare(b.name),
  accuracy: (a, b) => (b.metrics.accuracy ?? -1) - (a.metrics.accuracy ?? -1),
  duration: (a, b) => seconds(b) - seconds(a),
}

export function shownRuns(runs: readonly Run[], { q, phase, federation, sort }: RunsQuery): Run[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const text = (run: Run) => `${run.name} ${run.id} ${run.config.model.name} ${run.createdBy}`.toLowerCase()
  return runs
    .filter((run) => phase === null || run.phase === phase)
    .filter((run) => federation === null || run.federation === federation)
    .filter((run) => words.every((word) => text(run).includes(word)))
    .sort((a, b) => orders[sort](a, b) || a.id.localeCompare(b.id))
}

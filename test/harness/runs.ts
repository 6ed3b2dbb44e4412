import type { CoordinatorApi } from '@tributary/client'
import type { Run, RunEvent, RunEventType, RunPhase } from '@tributary/protocol'
import { eventually } from './small-federation.ts'

export type EventData = { [Event in RunEvent as Event['type']]: Event['data'] }

const FINAL: readonly RunPhase[] = ['completed', 'failed', 'cancelled']

/** All events of one type so far. */
export async function eventsOf<Type extends RunEventType>(
  admin: CoordinatorApi,
  run: string,
  type: Type,
): Promise<EventData[Type][]> {
  const { events } = await admin.events(run, { limit: 5_000 })
  return events
    .map(({ event }) => event)
    .filter((event) => event.type === type)
    .map(({ data }) => data as EventData[Type])
}

/** Waits until the run is in this phase. @throws at once when it has ended in another, with the reason */
export async function reached(admin: CoordinatorApi, run: string, phase: RunPhase, limitMs: number): Promise<Run> {
  const read = async () => {
    const now = await admin.run(run)
    return now.phase === phase || FINAL.includes(now.phase) ? now : null
  }
  const now = await eventually(`the run to be ${phase}`, read, limitMs)
  if (now.phase !== phase) throw new Error(`the run is ${now.phase}, not ${phase}: ${JSON.stringify(now.failure)}`)
  return now
}

import { type ClientEvent, deferred, joinFederation, type Participation } from '@tributary/client'
import type { RunEnded } from '@tributary/protocol'
import { endOfProcess, tellParent } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import type { JoinOptions } from '../commands/join.ts'
import { exitCodeOfRun } from '../outcome/exit-code.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { createProgressView } from '../output/progress-view.ts'
import { countOf } from '../output/units.ts'
import { eventLine } from './event-lines.ts'
import { inviteCode } from './invite-code.ts'
import { loadLocalData } from './local-data.ts'

/** Takes part in a federation until this process should end, or with --once until a run has ended. */
export async function takePart(options: JoinOptions, printer: Printer): Promise<number> {
  const { url, name, stateDir, once, leave, wait } = options
  const language = chooseLanguage(options.language, process.env)
  const end = endOfProcess()
  const view = createProgressView(printer, printer.json ? process.stderr : process.stdout)
  const counts = { rounds: 0, bytesUp: 0 }
  let ended: RunEnded | null = null
  const runEnded = deferred<void>()

  const onEvent = (event: ClientEvent): void => {
    const line = eventLine(event, language)
    if (line !== null) view.line(line)
    if (event.type === 'progress') {
      const { phase, fraction, samplesPerSecond } = event.progress
      const doing = samplesPerSecond === null ? phase : `${phase}, ${Math.round(samplesPerSecond)} rows/s`
      view.show([{ name, fraction: phase === 'training' ? fraction : phase === 'downloading' ? 0 : 1, doing }])
    }
    if (event.type === 'uploaded') counts.bytesUp += event.bytes
    if (event.type === 'roundClosed' && event.counted) counts.rounds += 1
    if (event.type === 'runEnded') {
      ended = event
      runEnded.resolve()
    }
  }

  const invite = await inviteCode(options)
  const joining = new AbortController()
  const stopJoining = () => joining.abort()
  end.addEventListener('abort', stopJoining)
  let participation: Participation
  try {
    participation = await joinFederation({
      url,
      name,
      data: () => loadLocalData(options),
      onEvent,
      signal: joining.signal,
      firstContactSeconds: wait,
      ...(invite === undefined ? {} : { invite }),
      ...(stateDir === undefined ? {} : { stateDir }),
    })
  } catch (error) {
    view.stop()
    if (end.aborted) return 0
    throw error
  }
  // From here on the end is orderly: leaving needs the connection.
  end.removeEventListener('abort', stopJoining)
  const { participant, backend } = participation
  await tellParent({ type: 'institutionConnected', name: participant.name, backend })
  view.line(`Training runs on the ${backend} backend.`)
  try {
    await Promise.race([participation.done, whenAborted(end), ...(once ? [runEnded.promise] : [])])
    if (leave) await participation.leave('the operator asked for it')
  } finally {
    view.stop()
    await participation.close()
  }
  const { id, name: memberName, federation } = participant
  const result = { participant: id, name: memberName, federation, backend, ...counts, run: ended, left: leave === true }
  printer.result(result, [`${memberName} counted in ${countOf(counts.rounds, 'round')}.`])
  return ended === null ? 0 : exitCodeOfRun((ended as RunEnded).phase)
}

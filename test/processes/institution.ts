import { createInterface } from 'node:readline'
import { type ClientEvent, joinFederation, type Trainer } from '@tributary/client'
import { train } from '@tributary/models'
import { TributaryError } from '@tributary/protocol'
import { rowsOf } from '../harness/small-federation.ts'

/**
 * An institution as its own process. Argument: JSON of InstitutionOptions; the invite's code, for the first start, in
 * TRIBUTARY_INVITE. Prints its events, and `holding` of its own, as lines of JSON. Takes commands as lines of JSON, and ends
 * with its input.
 */
export interface InstitutionOptions {
  url: string
  name: string
  stateDir: string
  /** Which rows, and how many: see rowsOf. */
  client: number
  rows: number
}

export type InstitutionCommand =
  /** Stop at the beginning of each of the next trainings, and say `holding`. */
  | { do: 'hold'; trainings: number }
  /** Let the held training go on. */
  | { do: 'go' }
  /** The next training throws. */
  | { do: 'fail'; reason: string }
  | { do: 'leave'; reason: string }

type Said = ClientEvent | { type: 'holding' }
/** With when it happened, in milliseconds, by this machine's clock. */
export type InstitutionEvent = Said & { happenedAt: number }

const { url, name, stateDir, client, rows } = JSON.parse(process.argv[2] ?? 'null') as InstitutionOptions

const say = (said: Said): void => {
  const event: InstitutionEvent = { ...said, happenedAt: Date.now() }
  const line = JSON.stringify(event, (_, value: unknown) => (value instanceof TributaryError ? value.toBody() : value))
  process.stdout.write(`${line}\n`)
}

let holds = 0
let failure: string | null = null
let release: () => void = () => {}

/** The product's trainer, which can be held and broken. As the product's, it stops when the work is withdrawn. */
const trainer: Trainer = async function* (task) {
  if (failure !== null) {
    const reason = failure
    failure = null
    throw new Error(reason)
  }
  if (holds > 0) {
    holds -= 1
    await new Promise<void>((resolve, reject) => {
      release = resolve
      task.signal.addEventListener('abort', () => reject(task.signal.reason as Error), { once: true })
      say({ type: 'holding' })
    })
  }
  return yield* train(task)
}

const participation = await joinFederation({
  url,
  name,
  stateDir,
  invite: process.env.TRIBUTARY_INVITE,
  data: rowsOf(client, rows),
  trainer,
  onEvent: say,
})

async function obey(command: InstitutionCommand): Promise<void> {
  if (command.do === 'hold') holds = command.trainings
  else if (command.do === 'fail') failure = command.reason
  else if (command.do === 'go') release()
  else {
    await participation.leave(command.reason)
    process.exit(0)
  }
}
const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => void obey(JSON.parse(line) as InstitutionCommand))
commands.on('close', () => process.exit(0))

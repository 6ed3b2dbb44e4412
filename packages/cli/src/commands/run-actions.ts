import type { RunActionInput } from '@tributary/client'
import type { RunActionName } from '@tributary/protocol'
import type { Command } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { integer } from './values.ts'

interface ActionOptions extends ConnectionOptions {
  readonly reason: string
  readonly idempotencyKey?: string
  readonly seconds?: number
  readonly participant?: string
}

const descriptions: Record<RunActionName, { description: string; example: string }> = {
  start: { description: 'start a run that was only created', example: '' },
  pause: { description: 'pause a run when its round closes', example: ' --reason "the weekend"' },
  resume: { description: 'let a paused run go on', example: '' },
  cancel: { description: 'end a run for good; its models are kept', example: ' --reason "wrong learning rate"' },
  extend: { description: 'give the open round more time', example: ' --seconds 600' },
  exclude: { description: 'leave a participant out for the rest of the run', example: ' --participant north-hospital' },
}

/** The ways to steer a run, each a command. */
export function defineRunActionCommands(group: Command, surroundings: Surroundings): void {
  for (const [name, { description, example }] of Object.entries(descriptions)) {
    const action = name as RunActionName
    const command = defineCommand(group, {
      name,
      description,
      examples: [`tributary run ${name} run_0123456789${example}`, `tributary run ${name} run_0123456789${example} --json`],
    })
    withConnection(command)
      .argument('<run>', 'its id')
      .option('--reason <text>', 'why; kept in the log of the run', 'asked on the command line')
      .option('--idempotency-key <key>', 'the same key does the same action once, however often it is sent')
    if (action === 'extend') command.requiredOption('--seconds <n>', 'how much longer', integer(1, 30 * 86_400))
    if (action === 'exclude') command.requiredOption('--participant <participant>', 'its name or id')
    defineAction<ActionOptions>(command, surroundings, async ({ args: [run = ''], options, printer }) => {
      const api = await connect(options)
      const after = await api.act(run, await actionOf(action, run, options, api))
      printer.result(after, [
        `${run}: ${name} is done; the run is ${after.phase}, round ${after.round} of ${after.config.rounds}.`,
      ])
      return undefined
    })
  }
}

type Api = Awaited<ReturnType<typeof connect>>

async function actionOf(action: RunActionName, run: string, options: ActionOptions, api: Api): Promise<RunActionInput> {
  const { reason, idempotencyKey, seconds = 0, participant = '' } = options
  const plain = { reason, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }
  if (action === 'extend') return { action, seconds, ...plain }
  if (action === 'exclude') return { action, participant: await participantId(api, run, participant), ...plain }
  return { action, ...plain }
}

async function participantId(api: Api, run: string, asked: string) {
  const { federation } = await api.run(run)
  const { findParticipant } = await import('../people/find-user.ts')
  return findParticipant(await api.participants(federation), asked).id
}

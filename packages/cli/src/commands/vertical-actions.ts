import type { VerticalAction } from '@tributary/protocol'
import type { Command } from 'commander'
import { type ConnectionOptions, connectVertically } from '../connection/connect.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'

interface ActionOptions extends ConnectionOptions {
  readonly reason: string
  readonly idempotencyKey?: string
}

const descriptions: Record<VerticalAction['action'], { description: string; example: string }> = {
  pause: {
    description: 'pause a vertical run: messages are kept, not handed out, and no deadline passes',
    example: ' --reason "maintenance"',
  },
  resume: { description: 'let a paused vertical run go on', example: '' },
  cancel: { description: 'end a vertical run for good; its keys are destroyed', example: ' --reason "wrong table"' },
  approve: {
    description: 'as a person of a party: say yes to a run; a program with --approve-in-dashboard then signs',
    example: ' --reason "as agreed in March"',
  },
  decline: { description: 'as a person of a party: say no to a run, which ends it', example: ' --reason "not these columns"' },
  withdraw: {
    description: 'as a person of a party: take no more part in a run, which ends it',
    example: ' --reason "a mistake"',
  },
}

/** The ways to steer a vertical run, each a command. */
export function defineVerticalActionCommands(group: Command, surroundings: Surroundings): void {
  for (const [name, { description, example }] of Object.entries(descriptions)) {
    const action = name as VerticalAction['action']
    const command = defineCommand(group, {
      name,
      description,
      examples: [
        `tributary vertical ${name} run_0123456789${example}`,
        `tributary vertical ${name} run_0123456789${example} --json`,
      ],
    })
    withConnection(command)
      .argument('<run>', 'its id')
      .option('--reason <text>', 'why; kept in the log of the run', 'asked on the command line')
      .option('--idempotency-key <key>', 'the same key does the same action once, however often it is sent')
    defineAction<ActionOptions>(command, surroundings, async ({ args: [run = ''], options, printer }) => {
      const { reason, idempotencyKey } = options
      const { api } = await connectVertically(options)
      const after = await api.act(run, { action, reason, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) })
      printer.result(after, [`${run}: ${name} is done; the run is ${after.phase}.`])
      return undefined
    })
  }
}

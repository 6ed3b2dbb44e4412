import type { Command } from 'commander'
import { type ConnectionOptions, connectVertically } from '../connection/connect.ts'
import type { VerticalSettingsFlags } from '../vertical/run-settings.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'
import { defineVerticalActionCommands } from './vertical-actions.ts'
import { withVerticalSettings } from './vertical-settings-options.ts'

interface InFederation extends ConnectionOptions {
  readonly federation?: string
  readonly language?: string
}
interface CreateOptions extends InFederation, VerticalSettingsFlags {
  readonly name?: string
  readonly party?: readonly string[]
  readonly watch?: true
}

const inFederation = (command: Command): Command =>
  withConnection(command).option('--federation <federation>', 'id or name; not needed while there is only one')

export function defineVerticalCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'vertical',
    description: 'create, watch and steer vertical runs: institutions that share customers but not columns',
    examples: ['tributary vertical create --watch', 'tributary vertical parties', 'tributary vertical watch run_0123456789'],
  })
  defineCreate(group, surroundings)

  const list = defineCommand(group, {
    name: 'list',
    description: 'list vertical runs, newest first',
    examples: ['tributary vertical list', 'tributary vertical list --federation banks --json'],
  }).option('--federation <federation>', 'only those of this federation (id or name)')
  defineAction<InFederation>(withConnection(list), surroundings, async ({ options, printer }) => {
    const { listVerticalRuns } = await import('../vertical/show-vertical-run.ts')
    await listVerticalRuns(await connectVertically(options), options.federation, printer)
    return undefined
  })

  const show = defineCommand(group, {
    name: 'show',
    description: 'show a vertical run: its parties, what it is encrypted with, how far it is; for an ended one why',
    examples: ['tributary vertical show run_0123456789', 'tributary vertical show run_0123456789 --json'],
  })
  withConnection(show).argument('<run>', 'its id')
  defineAction<InFederation>(show, surroundings, async ({ args: [run = ''], options, printer }) => {
    const { showVerticalRun } = await import('../vertical/show-vertical-run.ts')
    await showVerticalRun(await connectVertically(options), run, printer, options.language)
    return undefined
  })

  const watch = defineCommand(group, {
    name: 'watch',
    description:
      'follow a vertical run until it ends: alignment, loss by step, what goes over the hub; exit code 3 when it was aborted, 0 when ' +
      'it ended, also without having converged: its result is kept, and stderr says what helps',
    examples: ['tributary vertical watch run_0123456789', 'tributary vertical watch run_0123456789 --json'],
  })
  withConnection(watch).argument('<run>', 'its id')
  defineAction<InFederation>(watch, surroundings, async ({ args: [run = ''], options, printer }) => {
    const { watchVerticalUntilEnd } = await import('../vertical/watch-vertical-until-end.ts')
    return watchVerticalUntilEnd(await connectVertically(options), run, printer, options.language)
  })

  const parties = defineCommand(group, {
    name: 'parties',
    description:
      "list who has registered for vertical runs. The fingerprints are the coordinator's word: pin what the parties tell you",
    examples: ['tributary vertical parties', 'tributary vertical parties --federation banks --json'],
  })
  defineAction<InFederation>(inFederation(parties), surroundings, async ({ options, printer }) => {
    const { listVerticalParties } = await import('../vertical/show-vertical-run.ts')
    await listVerticalParties(await connectVertically(options), options.federation, printer)
    return undefined
  })

  defineVerticalActionCommands(group, surroundings)
}

function defineCreate(group: Command, surroundings: Surroundings): void {
  const create = defineCommand(group, {
    name: 'create',
    description:
      'create a vertical run of registered parties: one with the label, one or more with features, a key service. The label ' +
      "party's program writes the manifest, and every party is asked for its signature",
    examples: [
      'tributary vertical create --watch',
      'tributary vertical create --federation banks --party bank-a --party bank-b --party keys --task logistic --lambda 0.5',
      'tributary vertical create --fx 20 --fu 22 --optimiser nesterov --max-steps 40 --id-rule trim,case-fold --json',
    ],
  })
  inFederation(create)
    .option('--name <name>', 'for people')
    .option('--party <name>', 'one that takes part; may be given again (default: all that have registered)', another)
    .option('--watch', 'follow it until it ends')
  withVerticalSettings(create)
  defineAction<CreateOptions>(create, surroundings, async ({ options, printer }) => {
    const { verticalSettings } = await import('../vertical/run-settings.ts')
    const { settingsLine } = await import('../vertical/manifest-lines.ts')
    const settings = verticalSettings(options)
    const { coordinator, api } = await connectVertically(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const federation = await chooseFederation(coordinator, options.federation)
    const { name, party } = options
    const parties = party === undefined ? null : [...party]
    const run = await api.createRun(federation.id, { settings, parties, ...(name === undefined ? {} : { name }) })
    const said = `Created the vertical run ${run.id} in ${federation.name}: ${settingsLine(run.settings)}.`
    if (options.watch) {
      printer.line(said)
      const { watchVerticalUntilEnd } = await import('../vertical/watch-vertical-until-end.ts')
      return watchVerticalUntilEnd({ api }, run.id, printer, options.language)
    }
    printer.result(run, [said, `Its parties are asked for their signatures. Follow it: tributary vertical watch ${run.id}`])
    return undefined
  })
}

const another = (name: string, before: readonly string[] = []): string[] => [...before, name]

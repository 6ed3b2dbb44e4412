import { type Command, Option } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { formatTable } from '../output/table.ts'
import { formatMetric, formatShare } from '../output/units.ts'
import type { RunFlags } from '../runs/run-config.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'
import { defineRunActionCommands } from './run-actions.ts'
import { batchSize, fraction, integer, nonNegative, positive, seed, shape, widths } from './values.ts'

interface CreateOptions extends ConnectionOptions, RunFlags {
  readonly federation?: string
  readonly name?: string
  readonly initialModel?: string
  readonly start: boolean
  readonly watch?: true
  readonly language?: string
}
interface WatchOptions extends ConnectionOptions {
  readonly language?: string
}

export function defineRunCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'run',
    description: 'create, watch and steer runs',
    examples: ['tributary run create --model softmax --mnist --rounds 10 --watch', 'tributary run watch run_0123456789'],
  })
  defineCreate(group, surroundings)

  const list = defineCommand(group, {
    name: 'list',
    description: 'list runs',
    examples: ['tributary run list', 'tributary run list --federation hospitals --json'],
  }).option('--federation <federation>', 'only those of this federation (id or name)')
  defineAction<ConnectionOptions & { federation?: string }>(withConnection(list), surroundings, async ({ options, printer }) => {
    const api = await connect(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const runs = await api.runs(
      options.federation === undefined ? undefined : (await chooseFederation(api, options.federation)).id,
    )
    const columns = [
      { title: 'id' },
      { title: 'name' },
      { title: 'model' },
      { title: 'phase' },
      { title: 'round', align: 'right' },
      { title: 'accuracy', align: 'right' },
      { title: 'loss', align: 'right' },
      { title: 'created' },
    ] as const
    const rows = runs.map(({ id, name, config, phase, round, metrics, createdAt }) => [
      id,
      name,
      config.model.name,
      phase,
      `${round}/${config.rounds}`,
      formatShare(metrics.accuracy),
      formatMetric(metrics.loss),
      createdAt,
    ])
    printer.result(runs, formatTable(columns, rows))
    return undefined
  })

  const show = defineCommand(group, {
    name: 'show',
    description: 'show a run and its rounds; for a failed run: whose failure, in which phase, why, and what to do',
    examples: ['tributary run show run_0123456789', 'tributary run show run_0123456789 --json'],
  })
  withConnection(show).argument('<run>', 'its id')
  defineAction<WatchOptions>(show, surroundings, async ({ args: [run = ''], options, printer }) => {
    const { showRun } = await import('../runs/show-run.ts')
    await showRun(await connect(options), run, printer, options.language)
    return undefined
  })

  const watch = defineCommand(group, {
    name: 'watch',
    description: 'follow a run until it ends; exit code 3 when it failed or was cancelled',
    examples: ['tributary run watch run_0123456789', 'tributary run watch run_0123456789 --json > run.json'],
  })
  withConnection(watch).argument('<run>', 'its id')
  defineAction<WatchOptions>(watch, surroundings, async ({ args: [run = ''], options, printer }) => {
    const { watchUntilEnd } = await import('../runs/watch-until-end.ts')
    return watchUntilEnd(await connect(options), run, printer, options.language)
  })

  defineRunActionCommands(group, surroundings)
}

function defineCreate(group: Command, surroundings: Surroundings): void {
  const create = defineCommand(group, {
    name: 'create',
    description: 'create a run from flags, from a JSON file, or from a file with flags over it',
    examples: [
      'tributary run create --model cnn --mnist --rounds 20 --epochs 1 --batch 32 --learning-rate 0.1',
      'tributary run create --model logistic --schema schema.json --minimum 3 --deadline 120 --watch',
      'tributary run create --config run.json --seed 7 --no-start --json',
    ],
  })
  withConnection(create)
    .option('--federation <federation>', 'id or name; not needed while there is only one')
    .option('--name <name>', 'what people call it')
    .option('--config <file>', "JSON file with the run's config")
    .addOption(
      new Option('--model <model>', 'from the zoo').choices(['softmax', '2nn', 'cnn', 'lenet', 'logistic', 'linear', 'mlp']),
    )
    .option('--mnist', 'the model takes images of MNIST')
    .option('--schema <file>', 'the model takes rows of this schema')
    .option('--input-shape <sizes>', 'shape of one example, like 784 or 28x28x1', shape)
    .option('--outputs <n>', 'number of classes, or 1', integer(1, 100_000))
    .option('--hidden <widths>', 'widths of the hidden layers of an mlp, like 64,32', widths)
    .option('--rounds <n>', 'rounds (default: 10)', integer(1, 100_000))
    .option('--epochs <n>', 'E: passes over the local rows in a round', integer(1, 1000))
    .option('--batch <n|all>', 'B: rows of a local batch', batchSize)
    .addOption(new Option('--optimiser <name>', 'of local training').choices(['sgd', 'momentum', 'adam']))
    .option('--learning-rate <rate>', 'of local training', positive)
    .addOption(new Option('--form <form>', 'what institutions send').choices(['parameters', 'gradients']))
    .addOption(new Option('--weighting <weighting>', 'what an institution counts').choices(['samples', 'uniform']))
    .option('--server-learning-rate <rate>', 'with --form gradients', positive)
    .option('--fraction <share>', 'C: share of the institutions asked in each round', fraction)
    .option('--minimum <n>', 'institutions without which no round opens or closes', integer(1, 100_000))
    .option('--over-selection <share>', 'extra share asked, so that the slowest need not be waited for', nonNegative)
    .option('--deadline <seconds>', 'of a round', positive)
    .option('--patience <seconds>', 'beyond the deadline while the minimum is missing', nonNegative)
    .option('--seed <seed>', 'of all chance in the run', seed)
    .option('--initial-model <sha256>', 'begin from this stored model')
    .option('--no-start', 'only create it; start it later with "tributary run start"')
    .option('--watch', 'follow it until it ends')
  defineAction<CreateOptions>(create, surroundings, async ({ options, printer }) => {
    const { runConfigOf } = await import('../runs/run-config.ts')
    const config = await runConfigOf(options)
    const api = await connect(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const federation = await chooseFederation(api, options.federation)
    const run = await api.createRun(federation.id, {
      config,
      start: options.start,
      initialModel: options.initialModel ?? null,
      ...(options.name === undefined ? {} : { name: options.name }),
    })
    const said = `Created the run ${run.id} in ${federation.name}: ${config.model.name}, ${config.rounds} rounds, ${run.phase}.`
    if (options.watch) {
      printer.line(said)
      const { watchUntilEnd } = await import('../runs/watch-until-end.ts')
      return watchUntilEnd(api, run.id, printer, options.language)
    }
    printer.result(run, [said, `Follow it: tributary run watch ${run.id}`])
    return undefined
  })
}

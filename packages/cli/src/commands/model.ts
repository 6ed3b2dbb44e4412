import type { Command } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { formatTable } from '../output/table.ts'
import { formatBytes, formatMetric, formatShare } from '../output/units.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'
import { integer } from './values.ts'

interface GetOptions extends ConnectionOptions {
  readonly round?: number
  readonly output?: string
}

export function defineModelCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'model',
    description: 'list and fetch the models of a run',
    examples: ['tributary model list run_0123456789', 'tributary model get run_0123456789 --output digits.model'],
  })

  const list = defineCommand(group, {
    name: 'list',
    description: 'list the model versions of a run; round 0 is the initial model',
    examples: ['tributary model list run_0123456789', 'tributary model list run_0123456789 --json'],
  })
  withConnection(list).argument('<run>', 'its id')
  defineAction<ConnectionOptions>(list, surroundings, async ({ args: [run = ''], options, printer }) => {
    const models = await (await connect(options)).models(run)
    const columns = [
      { title: 'round', align: 'right' },
      { title: 'accuracy', align: 'right' },
      { title: 'loss', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'sha256' },
    ] as const
    const rows = models.map(({ round, metrics, bytes, sha256 }) => [
      `${round}`,
      formatShare(metrics.accuracy),
      formatMetric(metrics.loss),
      formatBytes(bytes),
      sha256,
    ])
    printer.result(models, formatTable(columns, rows))
    return undefined
  })

  const get = defineCommand(group, {
    name: 'get',
    description: 'fetch a model into a file and check it against its hash',
    examples: [
      'tributary model get run_0123456789 --output digits.model',
      'tributary model get run_0123456789 --round 3 --json   # the model after round 3',
    ],
  })
  withConnection(get)
    .argument('<run>', 'its id')
    .option('--round <n>', 'the model after this round (default: the last)', integer(0, 100_000))
    .option('--output <file>', 'where to write it (default: RUN-round-N.model in this folder)')
  defineAction<GetOptions>(get, surroundings, async ({ args: [run = ''], options, printer }) => {
    const { TributaryError } = await import('@tributary/protocol')
    const { writeFile } = await import('node:fs/promises')
    const api = await connect(options)
    const models = await api.models(run)
    const last = Math.max(...models.map(({ round }) => round))
    const wanted = options.round ?? last
    const model = models.find(({ round }) => round === wanted)
    if (model === undefined) throw new TributaryError('not_found', { what: 'model of round', id: String(wanted) })
    const file = options.output ?? `${run}-round-${wanted}.model`
    try {
      await writeFile(file, await api.downloadModel(model.sha256))
    } catch (error) {
      if (error instanceof TributaryError) throw error
      throw new TributaryError('config_invalid', { setting: 'output', reason: (error as Error).message }, { cause: error })
    }
    printer.result({ ...model, file }, [
      `Wrote the model after round ${wanted} (${formatBytes(model.bytes)}) to ${file}.`,
      `sha256 ${model.sha256}`,
    ])
    return undefined
  })
}

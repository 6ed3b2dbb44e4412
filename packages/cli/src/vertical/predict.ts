import { writeFile } from 'node:fs/promises'
import { runIdSchema, TributaryError } from '@tributary/protocol'
import { endOfProcess } from '../children/parent-channel.ts'
import type { PredictOptions } from '../commands/predict.ts'
import type { Printer } from '../output/printer.ts'
import { formatTable } from '../output/table.ts'
import { countOf } from '../output/units.ts'
import type { ControlAnswer } from './control/control-calls.ts'
import { askHolder } from './control/control-client.ts'
import { chosenPartyFolder } from './party-folder.ts'

type Prediction = ControlAnswer<'predict'>['predictions'][number]

/**
 * Asks the receiver's own process, which holds its state folder and its place at the hub.
 * @throws TributaryError `config_invalid` when it does not run, `predict_*`, `not_found`
 */
export async function predict(options: PredictOptions, printer: Printer): Promise<void> {
  const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
  const folder = chosenPartyFolder(options)
  const run = options.run === undefined ? null : runIdSchema.safeParse(options.run)
  if (run?.success === false) throw invalid('run', `${options.run} is no run's id`)
  const rows = options.rows === 'all' ? options.rows : [...options.rows]
  const answer = await askHolder(folder, 'predict', { run: run?.data ?? null, rows }, endOfProcess())
  if (answer === null)
    throw invalid('stateDir', `no process works with ${folder}: start "tributary join --role …" with it and leave it running`)
  const { predictions } = answer
  if (options.output === undefined) return printer.result(answer, predictionTable(predictions))
  try {
    await writeFile(options.output, predictionCsv(predictions))
  } catch (error) {
    throw new TributaryError('config_invalid', { setting: 'output', reason: (error as Error).message }, { cause: error })
  }
  printer.result({ ...answer, file: options.output }, [
    `Wrote ${countOf(predictions.length, 'prediction')} to ${options.output}.`,
  ])
}

const columns = [{ title: 'row', align: 'right' }, { title: 'id' }, { title: 'prediction', align: 'right' }] as const

const predictionTable = (predictions: readonly Prediction[]): string[] =>
  formatTable(
    columns,
    predictions.map(({ row, id, value }) => [String(row), id ?? '', value.toFixed(6)]),
  )

/** RFC 4180; ids are quoted where they must be. */
export const predictionCsv = (predictions: readonly Prediction[]): string =>
  `row,id,prediction\n${predictions.map(({ row, id, value }) => `${row},${quoted(id ?? '')},${value}\n`).join('')}`

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

import type { Dataset } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import type { Part } from '../commands/values.ts'

export interface LocalDataOptions {
  readonly data?: string
  readonly schema?: string
  readonly mnist?: true
  readonly part?: Part
  readonly alpha: number
  readonly seed: number
}

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })

/**
 * The rows that an institution trains on: a table with its schema, or a part of MNIST.
 * @throws TributaryError `config_invalid`, `data_unreadable`, `data_invalid`
 */
export async function loadLocalData({ data, schema, mnist, part, alpha, seed }: LocalDataOptions): Promise<Dataset> {
  if (mnist) {
    if (data !== undefined || schema !== undefined) throw invalid('data', '--mnist excludes --data and --schema')
    const { loadMnistPart } = await import('./mnist-part.ts')
    const { number, of } = part ?? { number: 1, of: 1 }
    return loadMnistPart(number, { parts: of, alpha, seed })
  }
  if (data === undefined || schema === undefined) throw invalid('data', 'give --data FILE and --schema FILE, or --mnist')
  if (part !== undefined) throw invalid('part', '--part belongs to --mnist')
  const { loadTable, parseTableSchema } = await import('@tributary/data/node')
  const { readJson } = await import('../runs/run-config.ts')
  return (await loadTable(data, parseTableSchema(await readJson(schema)))).dataset
}

import { type Command, InvalidArgumentError } from 'commander'
import { defineAction, defineCommand, type Surroundings } from './define.ts'

export interface PredictOptions {
  readonly run?: string
  readonly rows: 'all' | readonly number[]
  readonly name?: string
  readonly stateDir?: string
  readonly output?: string
}

export function definePredictCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'predict',
    description:
      'predict common rows with the joint model of a vertical run, as the party that receives predictions. Its own "tributary join" ' +
      'must be running on this machine, and so must the other data parties: each sends its share under a mask',
    examples: [
      'tributary predict --name bank-b --run run_0123456789 --rows 0,1,5',
      'tributary predict --name bank-b --rows all --output predictions.csv',
      'tributary predict --state-dir /srv/bank-b --rows 0-99 --json',
    ],
  })
    .option('--run <run>', 'its id; not needed while only one is done')
    .requiredOption('--rows <rows>', 'places in the common order like 0,1,5 or 0-99, or all', rowPlaces)
    .option('--name <name>', "this party's name, when its folder is the default one")
    .option('--state-dir <folder>', 'its state folder')
    .option('--output <file>', 'write CSV there instead of a table')
  defineAction<PredictOptions>(command, surroundings, async ({ options, printer }) => {
    const { predict } = await import('../vertical/predict.ts')
    await predict(options, printer)
    return undefined
  })
}

const MOST_ROWS = 100_000

/** "0,1,5" or "0-99" or both → places; "all". */
export function rowPlaces(text: string): 'all' | number[] {
  if (text === 'all') return 'all'
  const places: number[] = []
  for (const piece of text.split(',')) {
    const [, from, to = from] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(piece) ?? []
    const [first, last] = [Number(from ?? Number.NaN), Number(to ?? Number.NaN)]
    if (!(first <= last)) throw new InvalidArgumentError('Expected places like 0,1,5 or 0-99, or all.')
    if (places.length + last - first >= MOST_ROWS) throw new InvalidArgumentError(`Expected at most ${MOST_ROWS} rows.`)
    for (let place = first; place <= last; place += 1) places.push(place)
  }
  return places
}

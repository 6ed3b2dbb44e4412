import { TributaryError } from '@tributary/protocol'
import { type Dataset, takeRows } from './dataset.ts'
import { rowsOfClasses } from './description.ts'
import { seededRandom } from './random.ts'

/**
 * Splits into two disjoint parts that cover the dataset, stratified: of a class with n rows, round(fraction × n) rows go
 * to the test part, but never all of them. Without classes the split is plainly random. Rows keep their order.
 * @throws TributaryError `config_invalid` when the fraction is not between 0 and 1, or a part would be empty.
 */
export function holdOut(dataset: Dataset, fraction: number, seed: number): { train: Dataset; test: Dataset } {
  if (!(fraction > 0 && fraction < 1)) throw refuse(`expected a number between 0 and 1, found ${fraction}`)
  const random = seededRandom(seed)
  const strata =
    dataset.classes === null ? [Uint32Array.from(dataset.labels.keys())] : rowsOfClasses(dataset.labels, dataset.classes)
  const inTest = new Uint8Array(dataset.count)
  for (const rows of strata) {
    const size = Math.max(0, Math.min(Math.round(fraction * rows.length), rows.length - 1))
    for (const row of random.shuffle(rows).subarray(0, size)) inTest[row] = 1
  }
  const part = (wanted: number) => Uint32Array.from(inTest.keys()).filter((row) => inTest[row] === wanted)
  const [trainRows, testRows] = [part(0), part(1)]
  if (trainRows.length === 0 || testRows.length === 0) throw refuse(`${fraction} of ${dataset.count} rows leaves one part empty`)
  return { train: takeRows(dataset, trainRows), test: takeRows(dataset, testRows) }
}

const refuse = (reason: string) => new TributaryError('config_invalid', { setting: 'fraction', reason })

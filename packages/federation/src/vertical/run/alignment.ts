import { type Manifest, type MessageBody, TributaryError } from '@tributary/protocol'
import { dataParties, fewestRows } from './roles.ts'

/**
 * All data parties found the same rows in the same order, enough of them.
 * @throws TributaryError `slr_alignment`, `slr_secret_weights`, `slr_too_few_rows`
 */
export function requireSameRows(alignments: Readonly<Record<string, MessageBody<'aligned'>>>, manifest: Manifest): void {
  const lists = dataParties(manifest).flatMap((name) => {
    const list = alignments[name]
    return list === undefined ? [] : [{ name, ...list }]
  })
  const [first, ...others] = lists
  if (first === undefined) return
  const differs = (reason: string) => new TributaryError('slr_alignment', { reason })
  for (const other of others) {
    const pair = `${first.name} and ${other.name}`
    if (first.rows !== other.rows) throw differs(`${pair} count ${first.rows} and ${other.rows}`)
    if (first.listSha256 !== other.listSha256) throw differs(`${pair} list other rows`)
    if (manifest.settings.rowWeights && first.weightsSha256 !== other.weightsSha256)
      throw differs(`${pair} weight rows otherwise`)
  }
  if (manifest.settings.rowWeights && first.weightsSha256 === null) throw new TributaryError('slr_secret_weights')
  if (first.rows > manifest.rowsBound) throw differs(`${first.rows} rows are more than the ${manifest.rowsBound} of the manifest`)
  const minimum = fewestRows(manifest)
  if (first.rows < minimum) throw new TributaryError('slr_too_few_rows', { rows: first.rows, minimum })
}

import { describeCsv, guessDelimiter, idxPairDataset, readCsvText } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import { bytesOf, headOf, textOf } from './file-content.ts'
import { readImages } from './images.ts'
import type { PlacedFile, ReadingAnswer, ReadingAsk, Recipe } from './messages.ts'

/** Files are read here, so that the page answers while they are. One question, one answer. */
addEventListener('message', ({ data: ask, ports: [port] }: MessageEvent<ReadingAsk>) => {
  if (port === undefined) return
  const answer = (content: ReadingAnswer, transfer: Transferable[] = []) => port.postMessage(content, transfer)
  const work = ask.do === 'describe' ? describe(ask.csv) : read(ask.recipe)
  work.then(
    (value) => answer({ ok: true, value }, 'features' in value ? [value.features.buffer, value.labels.buffer] : []),
    (error: unknown) => answer({ ok: false, error: bodyOf(error) }),
  )
})

async function describe({ path, file }: PlacedFile) {
  return describeCsv(textOf(file), guessDelimiter(await headOf(file)), path)
}

async function read(recipe: Recipe) {
  switch (recipe.kind) {
    case 'table': {
      const { csv, schema } = recipe
      return (await readCsvText(textOf(csv.file), schema, csv.path)).dataset
    }
    case 'images':
      return readImages(recipe.images, recipe.form)
    case 'idx': {
      const [first, second] = await Promise.all(
        recipe.pair.map(async ({ path, file }) => ({ name: path, bytes: await bytesOf(file) })),
      )
      if (first === undefined || second === undefined) throw new TypeError('an IDX pair is two files')
      const { classes } = recipe.form
      return idxPairDataset([first, second], recipe.form, classes.length === 0 ? null : classes.length)
    }
  }
}

function bodyOf(error: unknown) {
  if (error instanceof TributaryError) return error.toBody()
  const reason = error instanceof Error ? error.message : String(error)
  return new TributaryError('data_unreadable', { file: '-', reason }).toBody()
}

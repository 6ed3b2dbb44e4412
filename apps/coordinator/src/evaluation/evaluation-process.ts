import { readFile } from 'node:fs/promises'
import { type Dataset, loadMnist, loadTable } from '@tributary/data/node'
import { evaluate, misfitOf, selectBackend } from '@tributary/models'
import { decodeContainer } from '@tributary/protocol'
import { type EvaluateAnswer, type EvaluateMessage, type TestData, testDataSchema } from './messages.ts'

/** Entry of the evaluation process: holds the test rows, answers one model at a time. */
const testData = testDataSchema.parse(JSON.parse(process.argv[2] ?? 'null'))
const ready = Promise.all([selectBackend(), load(testData)])
// The first message reports a failure; until then it must not count as unhandled.
ready.catch(() => {})

async function load(data: TestData): Promise<Dataset> {
  if (data.kind === 'mnist')
    return loadMnist({ split: 'test', ...(data.rows === null ? {} : { rows: Array.from({ length: data.rows }, (_, i) => i) }) })
  return (await loadTable(data.file, data.schema as never)).dataset
}

async function answer({ id, model, file }: EvaluateMessage): Promise<EvaluateAnswer> {
  try {
    const [, dataset] = await ready
    const misfit = misfitOf(model, dataset)
    if (misfit !== null) return { id, ok: true, metrics: {}, misfit }
    const { tensors } = decodeContainer(await readFile(file))
    const { loss, accuracy, meanSquaredError } = await evaluate({ model, parameters: tensors, data: dataset })
    const metrics: Record<string, number> = { loss }
    if (accuracy !== null) metrics.accuracy = accuracy
    if (meanSquaredError !== undefined) metrics.meanSquaredError = meanSquaredError
    return { id, ok: true, metrics }
  } catch (error) {
    return { id, ok: false, reason: (error as Error).message }
  }
}

let queue: Promise<unknown> = Promise.resolve()
process.on('message', (message: EvaluateMessage) => {
  queue = queue.then(async () => {
    process.send?.(await answer(message))
  })
})
// Without its coordinator it has no purpose.
process.on('disconnect', () => process.exit(0))

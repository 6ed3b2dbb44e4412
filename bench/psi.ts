import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { PsiCall } from './psi-party.ts'

interface Answer {
  readonly chunks: readonly Uint8Array[]
  readonly rows: number
  readonly list: string
}

/** One party on one core. */
class Party {
  readonly #worker = new Worker(new URL('./psi-party.ts', import.meta.url))

  async ask(call: PsiCall): Promise<Answer> {
    this.#worker.postMessage(call)
    const [answer] = (await once(this.#worker, 'message')) as [Answer]
    return answer
  }
  close = (): Promise<number> => this.#worker.terminate()
}

/** Two parties of `size` ids each, half of them common, from ids to the order of rows. */
async function align(size: number): Promise<{ seconds: number; bytes: number; peakMegabytes: number }> {
  const feature = new Party()
  const label = new Party()
  const ids = (from: number) => Array.from({ length: size }, (_, i) => `customer ${from + i}`)
  const [a, b] = [ids(0), ids(Math.floor(size / 2))]
  // The threads are there before the clock starts, as they are in a party's process.
  await Promise.all([feature.ask({ job: 'mask', chunks: [] }), label.ask({ job: 'mask', chunks: [] })])
  let peak = 0
  const before = process.memoryUsage.rss()
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - before)
  }, 20)
  const begin = performance.now()
  const [ownA, ownB] = await Promise.all([feature.ask({ job: 'own', ids: a }), label.ask({ job: 'own', ids: b })])
  const [homeA, homeB] = await Promise.all([
    label.ask({ job: 'mask', chunks: ownA.chunks }),
    feature.ask({ job: 'mask', chunks: ownB.chunks }),
  ])
  const [finalA] = await Promise.all([
    feature.ask({ job: 'sort', chunks: homeA.chunks }),
    label.ask({ job: 'sort', chunks: homeB.chunks }),
  ])
  const common = await label.ask({ job: 'intersect', chunks: finalA.chunks })
  const [rowsA, rowsB] = await Promise.all([
    feature.ask({ job: 'rows', chunks: common.chunks }),
    label.ask({ job: 'rows', chunks: common.chunks }),
  ])
  const seconds = (performance.now() - begin) / 1000
  clearInterval(timer)
  if (rowsA.rows !== size - Math.floor(size / 2) || rowsA.list !== rowsB.list) throw new Error('the alignment is wrong')
  const sent = [ownA, ownB, homeA, homeB, finalA, common]
  const bytes = sent.reduce((sum, { chunks }) => sum + chunks.reduce((size_, { length }) => size_ + length, 0), 0)
  await Promise.all([feature.close(), label.close()])
  return { seconds, bytes, peakMegabytes: peak / 1e6 }
}

/** Growth of the alignment from 1,000 to 100,000 ids a party. */
export async function benchPsi(): Promise<Record<string, unknown>> {
  const table = []
  for (const size of [1_000, 10_000, 100_000]) {
    const { seconds, bytes, peakMegabytes } = await align(size)
    table.push({ idsEach: size, seconds, microsecondsPerId: (seconds / size) * 1e6, megabytes: bytes / 1e6, peakMegabytes })
  }
  console.table(
    table.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value.toPrecision(4))]))),
  )
  const [, middle, large] = table
  return {
    seconds10000: middle?.seconds,
    seconds100000: large?.seconds,
    growthFrom10000: middle && large ? large.seconds / middle.seconds / 10 : Number.NaN,
  }
}

import { TributaryError } from '@tributary/protocol'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { CryptoBench } from './crypto-bench.ts'
import type { WorkerAnswer, WorkerResult, WorkerTask } from './worker-task.ts'

const bench = new CryptoBench()

/** A worker thread's part: one module instance of node-seal, schemes and columns kept between tasks. */
export async function work(task: WorkerTask): Promise<unknown> {
  try {
    return handedOver({ ok: true, answer: await bench.run(task) })
  } catch (error) {
    if (error instanceof TributaryError) return { ok: false, error: error.toBody() } satisfies WorkerResult
    // Anything else (a RuntimeError of WebAssembly) may have left this thread's memory in any state.
    const crashed = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { ok: false, crashed } satisfies WorkerResult
  }
}

/** Bulk changes hands without a copy; parts that are views of something larger are copied. */
function handedOver(result: { readonly ok: true; readonly answer: WorkerAnswer }): unknown {
  const buffers = result.answer.parts.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  )
  return move({ [transferableSymbol]: [...new Set(buffers)], [valueSymbol]: result })
}

import type { HeParameters } from '@tributary/protocol'
import { type BfvContext, createContext } from './context.ts'

interface Shared {
  readonly context: Promise<BfvContext>
  uses: number
}

const shared = new Map<string, Shared>()

/**
 * The context of these parameters, one per thread however many schemes use it (batches of unequal size, runs of one key service);
 * disposing the last use frees it.
 *
 * @throws TributaryError slr_params as `createContext`.
 */
export async function shareContext(he: HeParameters): Promise<BfvContext> {
  const key = JSON.stringify([he.ringDegree, he.plainModulus, he.primeBits, he.openingPrimes])
  const entry = shared.get(key) ?? { context: createContext(he), uses: 0 }
  shared.set(key, entry)
  entry.uses += 1
  let used = true
  const release = () => {
    if (!used) return false
    used = false
    entry.uses -= 1
    if (entry.uses > 0) return false
    if (shared.get(key) === entry) shared.delete(key)
    return true
  }
  try {
    const context = await entry.context
    return {
      ...context,
      [Symbol.dispose]() {
        if (release()) context[Symbol.dispose]()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

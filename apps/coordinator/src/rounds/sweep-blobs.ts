import { openRoundOf } from '@tributary/federation'
import type { Blobs } from '../storage/blobs.ts'
import { isOlder } from '../storage/old-files.ts'
import type { RunRecord, Store } from '../storage/store.ts'

/** Removes blobs that nothing refers to: updates of rounds that closed right before a kill. */
export async function sweepBlobs(store: Pick<Store, 'keptModels'>, blobs: Blobs, live: readonly RunRecord[]): Promise<void> {
  const wanted = new Set(
    live.flatMap(({ state }) => [
      state.modelSha256,
      ...('aggregatedSha256' in state ? [state.aggregatedSha256] : []),
      ...(openRoundOf(state)?.members.flatMap(({ update }) => update?.sha256 ?? []) ?? []),
    ]),
  )
  const unwanted = (await blobs.list()).filter((sha256) => !wanted.has(sha256))
  const models = await store.keptModels(unwanted)
  for (const sha256 of unwanted) if (!models.has(sha256) && (await isOlder(blobs.file(sha256)))) await blobs.remove(sha256)
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoordinatorApi, joinFederation, type Participation, type Trainer } from '@tributary/client'
import type { Dataset } from '@tributary/data'
import type { RunConfigInput } from '@tributary/protocol'

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Small rows with structure, different for each client, of unequal counts; no two clients share a row. */
export function rowsOf(client: number, count: number, features = 6, classes = 3): Dataset {
  const values = new Float32Array(count * features)
  const labels = new Float32Array(count)
  for (let row = 0; row < count; row += 1) {
    const label = (row * 7 + client) % classes
    labels[row] = label
    for (let f = 0; f < features; f += 1)
      values[row * features + f] = Math.fround(((row * 31 + f * 17 + client * 13) % 23) / 23 + (f % classes === label ? 0.8 : 0))
  }
  return { features: values, featureShape: [features], labels, count, classes }
}

export const softmaxRun = (rounds: number, minimum: number, change: Partial<RunConfigInput> = {}): RunConfigInput => ({
  model: { name: 'softmax', inputShape: [6], outputs: 3 },
  rounds,
  training: { epochs: 1, batchSize: 8, optimiser: 'sgd', learningRate: 0.5 },
  selection: { fraction: 1, minimum, overSelection: 0 },
  deadlineSeconds: 60,
  patienceSeconds: 60,
  seed: 42,
  ...change,
})

export interface SmallFederation {
  readonly admin: CoordinatorApi
  readonly id: string
  join(name: string, data: Dataset, options?: { trainer?: Trainer }): Promise<Participation>
}

/** A federation with an invite for each that joins; identities live under `stateDir`. */
export async function smallFederation(url: string, adminToken: string, stateDir: string): Promise<SmallFederation> {
  const admin = new CoordinatorApi({ url, token: adminToken })
  const { id } = await admin.createFederation('test')
  return {
    admin,
    id,
    join: async (name, data, { trainer } = {}) => {
      const { code } = await admin.createInvite(id, { name })
      return joinFederation({ url, invite: code, name, data, stateDir, ...(trainer === undefined ? {} : { trainer }) })
    },
  }
}

/** Polls until the condition holds; fails with its name after the limit, and with what the last look threw. */
export async function eventually<Value>(
  what: string,
  read: () => Promise<Value | null | false>,
  limitMs = 60_000,
): Promise<Value> {
  const until = Date.now() + limitMs
  for (;;) {
    let cause: unknown
    const value = await read().catch((error: unknown) => {
      cause = error
      return null
    })
    if (value !== null && value !== false) return value
    if (Date.now() > until) throw new Error(`still waiting for ${what} after ${limitMs / 1000} s`, { cause })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

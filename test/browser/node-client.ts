import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TestTable } from './csv-rows.ts'

export interface NodeClientOptions {
  readonly url: string
  readonly name: string
  readonly invite: string
  readonly stateDir: string
  readonly table: TestTable
}

/** A client in a Node process of its own, as an institution has one; resolves when it can be asked. */
export async function startNodeClient(options: NodeClientOptions): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./node-client-process.ts', import.meta.url))
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TRIBUTARY_BACKEND: 'wasm', NODE_CLIENT: JSON.stringify(options) },
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error('the client in Node ended before it had joined')
  })
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => undefined)
  return child
}

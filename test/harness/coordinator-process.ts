import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CoordinatorProcessOptions } from '../processes/coordinator.ts'

const program = fileURLToPath(new URL('../processes/coordinator.ts', import.meta.url))

export interface CoordinatorProcess {
  readonly url: string
  readonly port: number
  readonly adminToken: string | null
  readonly child: ChildProcess
  /** Resolves when the process has ended, by whatever signal. */
  readonly ended: Promise<void>
  /** SIGKILL to the real process, then waits until it is gone. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** Starts a coordinator process and waits until it listens. */
export async function startCoordinatorProcess(options: CoordinatorProcessOptions): Promise<CoordinatorProcess> {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => {})
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    ended.then(() => {
      throw new Error('the coordinator ended before it listened')
    }),
  ])) as [string]
  const { url, port, adminToken } = JSON.parse(line) as { url: string; port: number; adminToken: string | null }
  const gone = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return { url, port, adminToken, child, ended, kill: () => gone('SIGKILL'), stop: () => gone('SIGTERM') }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ErrorBody } from '@tributary/protocol'
import { type ChildMessage, childMessageSchema } from './messages.ts'
import { PARENT_VARIABLE } from './parent-channel.ts'

export interface ChildOptions {
  /** A command of this program, without secrets: everybody on the machine can read arguments. */
  readonly args: readonly string[]
  /** Added to the environment; secrets go here. */
  readonly environment: Readonly<Record<string, string>>
  /** Takes its stdout and stderr, appended. */
  readonly logFile: string
  readonly onMessage: (message: ChildMessage) => void
}

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it told before it ended, when it knew. */
  readonly error: ErrorBody | null
}

export interface Child {
  readonly pid: number
  readonly ended: Promise<ChildEnd>
  /** SIGTERM, and SIGKILL when it is still there after `graceMs`. */
  stop(graceMs?: number): Promise<ChildEnd>
}

const program = fileURLToPath(new URL('../main.ts', import.meta.url))
const GRACE_MS = 5_000

/** Starts a command of this program as a process of its own, which ends when this process ends. */
export function startChild({ args, environment, logFile, onMessage }: ChildOptions): Child {
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...environment, [PARENT_VARIABLE]: String(process.pid) },
  })
  closeSync(log)
  const told: { error: ErrorBody | null } = { error: null }
  child.on('message', (raw) => {
    const message = childMessageSchema.parse(raw)
    if (message.type === 'failed') told.error = message.error
    onMessage(message)
  })
  const ended = endOf(child, told)
  return {
    pid: child.pid ?? 0,
    ended,
    async stop(graceMs = GRACE_MS) {
      // One that could not be started has, until that is told, a number that is any other process's.
      if (child.pid !== undefined) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      try {
        return await ended
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** The process ended and its channel is read to the end: 'exit' alone may come before its last message. */
function endOf(child: ChildProcess, told: { readonly error: ErrorBody | null }): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, error: told.error }))
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startChild } from './child.ts'

vi.mock('node:child_process', { spy: true })

const { execPath } = process
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-child-'))
})
afterEach(() => {
  process.execPath = execPath
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

it('one that cannot be started is told as that, and stopping it kills nobody', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  process.execPath = join(folder, 'nothing')
  const child = startChild({ args: [], environment: {}, logFile: join(folder, 'log'), onMessage: () => {} })
  const started = vi.mocked(spawn).mock.results.at(-1)?.value as ChildProcess
  const kill = vi.spyOn(started, 'kill').mockReturnValue(false)
  await expect(child.stop()).rejects.toMatchObject({ code: 'ENOENT' })
  expect(kill).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

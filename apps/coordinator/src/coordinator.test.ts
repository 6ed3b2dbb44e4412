import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '@tributary/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { buildCoordinator } from './coordinator.ts'
import { startCoordinator } from './server.ts'
import { FileBlobs } from './storage/file-blobs.ts'
import { PrismaStore } from './storage/prisma-store.ts'
import { someRunRequest } from './testing/http-world.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-build-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(dataDir, { recursive: true, force: true })
})

it('closes the store when building fails halfway', async () => {
  const close = vi.spyOn(PrismaStore.prototype, 'close')
  const createEngine = () => {
    throw new Error('no engine')
  }
  await expect(buildCoordinator({ dataDir, createEngine })).rejects.toThrow('no engine')
  expect(close).toHaveBeenCalledTimes(1)
})

/** A port of this machine that somebody else listens on. */
async function takenPort(): Promise<{ port: number; free: () => Promise<unknown> }> {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  return { port, free: () => new Promise((resolve) => taken.close(resolve)) }
}

it('closes everything when it cannot listen', async () => {
  const { port, free } = await takenPort()
  const closeStore = vi.spyOn(PrismaStore.prototype, 'close')
  const closeEvaluator = vi.fn(() => Promise.resolve())
  const evaluator = { evaluate: () => Promise.resolve({}), close: closeEvaluator }
  const starting = startCoordinator({ host: '127.0.0.1', port, dataDir, logLevel: 'silent' }, { evaluator })
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(closeStore).toHaveBeenCalledTimes(1)
  expect(closeEvaluator).toHaveBeenCalledTimes(1)
  await free()
})

it("gives the admin's token at the first start that succeeds, and only there", async () => {
  const { port, free } = await takenPort()
  const start = (at: number) => startCoordinator({ host: '127.0.0.1', port: at, dataDir, logLevel: 'silent' })
  await expect(start(port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await free()
  const first = await start(0)
  const headers = { authorization: `Bearer ${first.adminToken}` }
  expect((await fetch(first.url + routes.me, { headers })).status).toBe(200)
  await first.close()
  const second = await start(0)
  expect(second.adminToken).toBeNull()
  expect((await fetch(second.url + routes.me, { headers })).status).toBe(200)
  await second.close()
})

it('removes at a start what no run refers to once it is old, and nothing else', async () => {
  const start = () => startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'silent' })
  const first = await start()
  const headers = { authorization: `Bearer ${first.adminToken}`, 'content-type': 'application/json' }
  const post = async (path: string, body: unknown) =>
    (await fetch(first.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  const { id } = await post(routes.federations, { name: 'ours' })
  const run = await post(routes.federationRuns(id), someRunRequest)
  await first.close()
  expect(run).toMatchObject({ phase: 'created' })
  const blobs = await FileBlobs.create(join(dataDir, 'blobs'))
  const [model] = await blobs.list()
  const { sha256: old } = await blobs.putPieces([Buffer.from('old')])
  const { sha256: young } = await blobs.putPieces([Buffer.from('young')])
  const yesterday = new Date(Date.now() - 86_400_000)
  for (const sha256 of [old, model as string]) utimesSync(blobs.file(sha256), yesterday, yesterday)
  await (await start()).close()
  expect((await blobs.list()).sort()).toEqual([young, model].sort())
})

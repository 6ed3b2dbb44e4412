import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ControlHandlers } from './control-calls.ts'
import { askHolder } from './control-client.ts'
import { readControlFile, writeControlFile } from './control-file.ts'
import { type ControlServer, startControlServer } from './control-server.ts'

let folder = ''
let server: ControlServer | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-control-'))
})
afterEach(async () => {
  await server?.close()
  server = null
  await rm(folder, { recursive: true })
})

const { signal } = new AbortController()
const head = { seq: 1, hash: 'a'.repeat(64), signature: 'b'.repeat(86) }
const handlers: ControlHandlers = {
  predict: async ({ run, rows }) => {
    if (rows === 'all') throw new TributaryError('predict_quota', { asked: 10, left: 3 })
    return { run: run ?? 'run_0123456789', predictions: rows.map((row) => ({ row, id: `id ${row}`, value: row / 2 })) }
  },
  audit: async ({ entries }) => ({ run: 'run_0123456789', entries: entries.length, head, receipts: 0, heads: 0 }),
}

describe('asking the process that holds a folder', () => {
  it('gives its answer, and its refusal with code and details', async () => {
    server = await startControlServer(folder, handlers)
    expect(await askHolder(folder, 'predict', { run: null, rows: [1, 4] }, signal)).toEqual({
      run: 'run_0123456789',
      predictions: [
        { row: 1, id: 'id 1', value: 0.5 },
        { row: 4, id: 'id 4', value: 2 },
      ],
    })
    expect(await askHolder(folder, 'audit', { entries: [] }, signal)).toMatchObject({ entries: 0, head })
    await expect(askHolder(folder, 'predict', { run: null, rows: 'all' }, signal)).rejects.toMatchObject({
      code: 'predict_quota',
      details: { asked: 10, left: 3 },
    })
  })

  it('is for whoever can read the file in the folder, which is its owner', async () => {
    server = await startControlServer(folder, handlers)
    expect((await stat(join(folder, 'control.json'))).mode & 0o777).toBe(0o600)
    const control = await readControlFile(folder)
    expect(control).toMatchObject({ pid: process.pid })
    const { url = '', token = '' } = control ?? {}
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const call = (authorization: string, path = '/predict', body = '{"run":null,"rows":[1]}') =>
      fetch(url + path, { method: 'POST', headers: { authorization }, body })
    expect((await call(`Bearer ${token}`)).status).toBe(200)
    for (const wrong of ['', 'Bearer ', `Bearer ${token}x`, `Bearer ${'x'.repeat(token.length)}`])
      expect((await call(wrong)).status).toBe(401)
    expect((await call(`Bearer ${token}`, '/other')).status).toBe(404)
    for (const body of ['', '{}', '{"run":null,"rows":[-1]}', '{"run":"../x","rows":[1]}'])
      expect((await call(`Bearer ${token}`, '/predict', body)).status).toBe(400)
  })

  it('answers null when no process holds it: none ever did, one ended, one was killed', async () => {
    const ask = () => askHolder(folder, 'audit', { entries: [] }, signal)
    expect(await ask()).toBeNull()
    const control = await startControlServer(folder, handlers)
    const left = await readFile(join(folder, 'control.json'))
    await control.close()
    await expect(stat(join(folder, 'control.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await ask()).toBeNull()
    await writeFile(join(folder, 'control.json'), left)
    expect(await ask()).toBeNull()
  })

  it('says so when the file is damaged, and takes the place of one that was left', async () => {
    await writeFile(join(folder, 'control.json'), '{')
    await expect(askHolder(folder, 'audit', { entries: [] }, signal)).rejects.toMatchObject({ code: 'data_unreadable' })
    await writeControlFile(folder, { url: 'http://127.0.0.1:9', token: 'x'.repeat(43), pid: 1 })
    expect(await readControlFile(folder)).toMatchObject({ pid: 1 })
  })
})

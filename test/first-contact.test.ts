import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { joinFederation } from '@tributary/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandLine } from './harness/command-line.ts'
import { type Hub, openHub } from './harness/open-hub.ts'
import { rowsOf } from './harness/small-federation.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

let hub: Hub
beforeAll(async () => {
  hub = await openHub()
})
afterAll(() => hub.close())

test('a join whose answer is lost is made once, and the participant takes part', async () => {
  const { id } = await hub.admin.createFederation('lossy')
  const { code } = await hub.admin.createInvite(id, { name: 'alder' })
  let lost = 0
  const lossy: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (!String(input).endsWith('/join') || lost >= 2) return response
    lost += 1
    throw new TypeError('the connection broke after the coordinator had answered')
  }
  const participation = await joinFederation({
    url: hub.coordinator.url,
    invite: code,
    name: 'alder',
    data: rowsOf(1, 12),
    stateDir: join(hub.folder, 'alder'),
    fetch: lossy,
  })
  expect(lost).toBe(2)
  expect(await hub.admin.participants(id)).toMatchObject([{ id: participation.participant.id, name: 'alder', online: true }])
  await participation.close()
})

test('the command line gives up with 4 where nobody answers the first contact', async () => {
  const commands = await CommandLine.open({ TRIBUTARY_BACKEND: 'wasm' })
  const irises = here('../packages/data/src/fixtures/iris.csv')
  const schema = join(hub.folder, 'schema.json')
  const features = [{ name: 'petal_length', type: 'number' }]
  const label = { name: 'species', type: 'category', categories: ['setosa', 'versicolor', 'virginica'] }
  await writeFile(schema, JSON.stringify({ task: 'classification', features, label }))
  const state = ['--state-dir', join(hub.folder, 'nobody')]
  const args = ['join', '--url', 'http://127.0.0.1:9', '--name', 'birch', '--data', irises, '--schema', schema, ...state]
  const { code, value } = await commands.tributary([...args, '--wait', '1'], {
    more: { TRIBUTARY_INVITE: 'AAAAAA-AAAAAA-AAAAAA-AAAAAA' },
  })
  expect([code, value.error.code]).toEqual([4, 'unreachable'])
  await commands.close()
})

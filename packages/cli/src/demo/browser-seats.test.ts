import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoordinatorApi } from '@tributary/client'
import { idxPairDataset } from '@tributary/data'
import { MNIST_MEAN, MNIST_STD } from '@tributary/data/node'
import { afterAll, expect, it } from 'vitest'
import { loadMnistPart } from '../institution/mnist-part.ts'
import { idxOf, inviteLink, layOutImages, seatsTaken } from './browser-seats.ts'

const folder = await mkdtemp(join(tmpdir(), 'tributary-seats-'))
afterAll(() => rm(folder, { recursive: true }))
const seat = { name: 'institution-4', invite: 'a+b', part: 40 }

it('lays down images that a page reads as the very rows that an institution loads', async () => {
  const split = { parts: 40, alpha: 0.5, seed: 1 }
  const target = await layOutImages(folder, seat, split)
  const pair = await Promise.all(
    ['images-idx3-ubyte', 'labels-idx1-ubyte'].map(async (name) => ({ name, bytes: await readFile(join(target, name)) })),
  )
  const [images, labels] = pair
  if (images === undefined || labels === undefined) throw new Error('two files were read')
  const { features, ...rest } = idxPairDataset([images, labels], { mean: MNIST_MEAN, std: MNIST_STD }, 10)
  const { features: loaded, ...others } = await loadMnistPart(40, split)
  expect(rest).toEqual(others)
  expect(Buffer.from(features.buffer).equals(Buffer.from(loaded.buffer, loaded.byteOffset, loaded.byteLength))).toBe(true)
})

it('writes no file whose header lies', () => {
  expect([...idxOf([1, 2], Uint8Array.of(7, 8))]).toEqual([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8])
  expect(() => idxOf([3], Uint8Array.of(1))).toThrow('1 values are no [3]')
})

it('keeps the code out of what a browser sends', () => {
  const link = new URL(inviteLink('http://127.0.0.1:7420', seat))
  expect(link.pathname + link.search).toBe('/join')
  expect(new URLSearchParams(link.hash.slice(1)).get('code')).toBe('a+b')
})

it('waits until the seat is taken, and is called off', async () => {
  const answers = [[], [{ online: true, backend: null }], [{ online: true, backend: 'wasm' }]]
  let asked = 0
  const fetch = async () => {
    const [given] = [answers[Math.min(asked, 2)] ?? []]
    asked += 1
    const at = '2026-01-01T00:00:00.000Z'
    const filled = given.map((part) => ({
      id: 'par_00000001',
      federation: 'fed_00000001',
      name: seat.name,
      joinedAt: at,
      state: 'active',
      lastSeenAt: at,
      samples: 3,
      clientVersion: '1',
      roundsCounted: 0,
      bytesUp: 0,
      bytesDown: 0,
      ...part,
    }))
    return Response.json(filled)
  }
  const api = new CoordinatorApi({ url: 'http://127.0.0.1:1', token: 't', fetch })
  expect(await seatsTaken(api, 'fed_00000001', [seat], new AbortController().signal)).toEqual(['wasm'])
  expect(asked).toBe(3)
  const end = new AbortController()
  asked = 0
  const waiting = seatsTaken(api, 'fed_00000001', [seat], end.signal)
  end.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

import { expect, it } from 'vitest'
import { z } from 'zod'
import { newSealingKey, seal, unseal } from './sealed-records.browser.ts'

const schema = z.strictObject({ token: z.string() })
const content = { token: 'trb_i_secret' }

it('gives back what was sealed', async () => {
  const key = await newSealingKey()
  expect(await unseal(key, schema, await seal(key, 'a', content))).toEqual(content)
})

it('keeps the key and the content to itself', async () => {
  const key = await newSealingKey()
  const { sealed, iv } = await seal(key, 'a', content)
  expect(new TextDecoder('latin1').decode(sealed)).not.toContain('secret')
  expect((await seal(key, 'a', content)).iv).not.toEqual(iv)
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow(/extractable/)
})

it.each<[string, (record: Awaited<ReturnType<typeof seal>>) => Promise<unknown>]>([
  ['another key', async (record) => unseal(await newSealingKey(), schema, record)],
  ['another place', async (record) => unseal(await keyOf(record), schema, { ...record, id: 'b' })],
  ['a changed byte', async (record) => unseal(await keyOf(record), schema, { ...record, sealed: flipped(record.sealed) })],
  ['another form', async (record) => unseal(await keyOf(record), z.strictObject({ name: z.string() }), record)],
])('refuses %s', async (_, open) => {
  const key = await newSealingKey()
  const record = await seal(key, 'a', content)
  keys.set(record, key)
  await expect(open(record)).rejects.toMatchObject({ code: 'browser_unfit' })
})

const keys = new WeakMap<object, CryptoKey>()
async function keyOf(record: object): Promise<CryptoKey> {
  const key = keys.get(record)
  if (key === undefined) throw new Error('no key was kept for this record')
  return key
}
function flipped(bytes: ArrayBuffer): ArrayBuffer {
  const copy = new Uint8Array(bytes.slice(0))
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy.buffer
}

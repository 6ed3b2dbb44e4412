import { Readable } from 'node:stream'
import type { Mail, RunId } from '@tributary/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MailRoom } from './mail-room.ts'
import { type VerticalWorld, verticalWorld } from './testing/vertical-world.ts'
import { VerticalEngine } from './vertical-engine.ts'

let world: VerticalWorld
beforeAll(async () => {
  world = await verticalWorld()
})
afterAll(() => world.close())

it('two coordinators on one store take mail of one run at once, and lose and number nothing twice', async () => {
  const { alder, birch, cedar, running, http, events, act } = world
  const store = http.coordinator.store.vertical
  const now = () => http.clock.now
  const other = new VerticalEngine({ store, now })
  const limits = { mailBytesPerRun: 1e9, mailAtOnce: 5, mailDays: 30 }
  const mailRoom = new MailRoom({
    engine: other,
    store,
    blobs: http.coordinator.mailRoom.blobs,
    limits,
    now,
    onRelayed: () => {},
  })
  const { run, manifest } = await running()
  const here = async () => {
    for (let n = 0; n < 12; n += 1) expect((await alder.send(run, manifest, cedar)).answer.status).toBe(200)
  }
  const there = async () => {
    for (let n = 0; n < 12; n += 1) {
      const sealed = await birch.seal(manifest, cedar)
      const record = await other.run(run as RunId)
      expect(await mailRoom.receive(record, 'birch', Readable.from([Buffer.from(sealed.bytes)]))).toMatchObject({
        repeated: false,
      })
      birch.sent(manifest, cedar, sealed)
    }
  }
  await Promise.all([here(), there()])
  const mail = (await cedar.inbox(run)).json() as Mail[]
  expect(mail.map(({ cursor }) => cursor)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
  const log = await events(run)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))

  // One action with one key, asked of both.
  const reason = 'because'
  const [one, two] = await Promise.all([
    act(run, 'pause', 'the-same-key', reason),
    other.act(run as RunId, { action: 'pause', reason, idempotencyKey: 'the-same-key' }, 'admin'),
  ])
  expect([one.status, two.state.phase]).toEqual([200, 'paused'])
  expect((await events(run)).filter(({ event }) => event.data.action === 'pause')).toHaveLength(1)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Mail, routes, type VerticalRun } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeParty, SealedMessage } from './testing/fake-parties.ts'
import type { HubProcessOptions, MailKillPoint } from './testing/hub-process.ts'
import { type NetworkWorld, networkWorld } from './testing/network-world.ts'

const program = fileURLToPath(new URL('./testing/hub-process.ts', import.meta.url))
let dataDir: string
let child: ChildProcess | null = null
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tributary-hub-'))
})
afterEach(async () => {
  await kill()
  rmSync(dataDir, { recursive: true })
})

async function start(options: Omit<HubProcessOptions, 'dataDir'> = {}): Promise<{ url: string; adminToken: string | null }> {
  const started = spawn(process.execPath, [program, JSON.stringify({ dataDir, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = started
  const [line] = (await once(createInterface({ input: started.stdout }), 'line')) as [string]
  return JSON.parse(line) as { url: string; adminToken: string | null }
}

async function kill(): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const gone = async (): Promise<void> => {
  if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child?.signalCode).toBe('SIGKILL')
}

/** Inbox and bytes as the receiver gets them. */
async function received(run: string, to: FakeParty): Promise<{ mail: Mail[]; bytes: Buffer[] }> {
  const mail = (await to.inbox(run, 0, 1_000)).json() as Mail[]
  const bytes: Buffer[] = []
  for (const { sha256 } of mail) bytes.push((await to.open(run, sha256)).bytes)
  return { mail, bytes }
}

async function gaplessLog({ admin }: NetworkWorld, run: string): Promise<number> {
  const { events } = await admin<{ events: { seq: number; event: { type: string } }[] }>(
    'GET',
    `${routes.verticalEvents(run)}?limit=5000`,
  )
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  return events.filter(({ event }) => event.type === 'vertical.message').length
}

// Each start is a process of its own.
describe('a hub that is killed', { timeout: 180_000 }, () => {
  it('at any point of a message: takes the same bytes after its restart, and says whether it had them', async () => {
    const points: { point: MailKillPoint; repeated: boolean }[] = [
      { point: 'before-adopt', repeated: false },
      { point: 'after-adopt', repeated: false },
      { point: 'before-commit', repeated: false },
      { point: 'after-commit', repeated: true },
    ]
    const killAt = (index: number): Omit<HubProcessOptions, 'dataDir'> => {
      const point = points[index]?.point
      return point === undefined ? {} : { kill: { point, message: 3 } }
    }
    const world = await networkWorld(...urlAndToken(await start(killAt(0))))
    const { alder, birch } = world
    const { run, manifest } = await world.running()
    const sent = [
      await alder.send(run, manifest, birch, { bytes: 90_000 }),
      await alder.send(run, manifest, birch),
    ] as SealedMessage[]
    for (const [index, { repeated }] of points.entries()) {
      const lost = await alder.seal(manifest, birch, { bytes: 90_000 })
      await expect(alder.deliver(run, lost.bytes)).rejects.toThrow()
      await gone()
      world.hub.url = (await start(killAt(index + 1))).url
      expect((await birch.inbox(run)).json()).toHaveLength(sent.length + (repeated ? 1 : 0))
      expect((await alder.deliver(run, lost.bytes)).json()).toEqual({ status: 'stored', repeated, sha256: lost.sha256 })
      alder.sent(manifest, birch, lost)
      sent.push(lost, await alder.send(run, manifest, birch))
    }
    const { mail, bytes } = await received(run, birch)
    expect(mail.map(({ cursor, seq, sha256 }) => [cursor, seq, sha256])).toEqual(
      sent.map(({ sha256 }, index) => [index + 1, index + 1, sha256]),
    )
    for (const [index, message] of sent.entries()) expect(bytes[index]?.equals(message.bytes)).toBe(true)
    expect(await gaplessLog(world, run)).toBe(sent.length)
    expect(await world.admin<VerticalRun>('GET', routes.verticalRun(run))).toMatchObject({
      phase: 'running',
      bytes: sent.reduce((sum, message) => sum + message.bytes.length, 0),
    })
  })

  it('again and again under load: has all that it acknowledged, and nothing twice', async () => {
    const world = await networkWorld(...urlAndToken(await start()))
    const { alder, birch, cedar } = world
    const { run, manifest } = await world.running()
    const acknowledged = new Map<FakeParty, SealedMessage[]>([
      [alder, []],
      [birch, []],
    ])
    const pending = new Map<FakeParty, SealedMessage>()
    /** Sends without end, the same bytes until they are acknowledged; ends when the hub is gone. */
    const stream = async (from: FakeParty): Promise<void> => {
      for (;;) {
        const next = pending.get(from) ?? (await from.seal(manifest, cedar, { bytes: 20_000 }))
        pending.set(from, next)
        const answer = await from.deliver(run, next.bytes).catch(() => null)
        if (answer === null) return
        expect(answer.status).toBe(200)
        from.sent(manifest, cedar, next)
        acknowledged.get(from)?.push(next)
        pending.delete(from)
        enough -= 1
        if (enough === 0) void kill()
      }
    }
    let enough = 0
    for (const count of [13, 20]) {
      enough = count
      await Promise.all([alder, birch].map(stream))
      await gone()
      world.hub.url = (await start()).url
    }
    const { mail, bytes } = await received(run, cedar)
    for (const [from, messages] of acknowledged) {
      const theirs = mail.flatMap((one, index) => (one.from === from.name ? [{ ...one, content: bytes[index] }] : []))
      expect(messages.length).toBeGreaterThan(3)
      // One more may have been stored whose acknowledgement was lost.
      expect(theirs.length - messages.length).toBeLessThanOrEqual(1)
      expect(theirs.map(({ seq }) => seq)).toEqual(theirs.map((_, index) => index + 1))
      for (const [index, message] of messages.entries()) expect(theirs[index]?.content?.equals(message.bytes)).toBe(true)
    }
    expect(await gaplessLog(world, run)).toBe(mail.length)
  })
})

const urlAndToken = ({ url, adminToken }: { url: string; adminToken: string | null }): [string, string] => [url, adminToken ?? '']

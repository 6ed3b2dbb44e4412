import { TributaryError } from '@tributary/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JoinOptions, Participation } from './index.node.ts'
import { FakeCoordinator } from './testing/fake-coordinator.node.ts'
import { joined } from './testing/joined.node.ts'
import { DATA, EventRecorder, FakeTrainer, MODEL, modelOf, OTHER_RUN, RUN, taskOf, until } from './testing/participant-fixture.ts'
import { type Clock, systemClock } from './timing/clock.ts'

let fake: FakeCoordinator
let trainer: FakeTrainer
let seen: EventRecorder
let participation: Participation | null = null

beforeEach(async () => {
  fake = await FakeCoordinator.start()
  trainer = new FakeTrainer()
  seen = new EventRecorder()
  const { sha256, bytes } = modelOf(1)
  fake.models.set(sha256, bytes)
})
afterEach(async () => {
  await participation?.close()
  await fake.close()
})

async function participate(options: Partial<JoinOptions> = {}): Promise<Participation> {
  participation = await joined({ fake, trainer, seen }, options)
  return participation
}

describe('a farewell that is refused again and again', () => {
  /** As a coordinator: whoever says ready is told every open task. */
  const opens = (...tasks: ReturnType<typeof taskOf>[]) => {
    fake.onReady = (socket) => {
      for (const task of tasks) socket.emit('task', task)
    }
  }
  const unavailable = () => new TributaryError('unavailable')

  it('leaves the participant in, and the round that it stopped is done on the same connection', async () => {
    const { leave } = await participate()
    trainer.hold()
    opens(taskOf())
    fake.socket?.emit('task', taskOf())
    await until(() => trainer.tasks.length === 1)
    fake.admitLeave = unavailable
    await expect(leave()).rejects.toMatchObject({ code: 'unavailable' })
    trainer.release()
    expect(await seen.nth('uploaded')).toMatchObject({ run: RUN, round: 1 })
    expect(trainer.aborted).toBe(1)
    expect(fake.handshakes).toHaveLength(1)
    expect(seen.of('connected')).toHaveLength(1)
    expect(fake.farewells).toEqual([])
  })

  it('loses no task that came or waited meanwhile, and repeats none that was accepted', async () => {
    const { leave } = await participate()
    fake.socket?.emit('task', taskOf())
    await seen.nth('uploaded')
    trainer.hold()
    fake.socket?.emit('task', taskOf({ round: 2 }))
    await until(() => trainer.tasks.length === 2)
    opens(taskOf(), taskOf({ round: 3 }), taskOf({ run: OTHER_RUN }))
    fake.admitLeave = () => {
      fake.socket?.emit('task', taskOf({ round: 3 }))
      fake.socket?.emit('task', taskOf({ run: OTHER_RUN }))
      return unavailable()
    }
    await expect(leave()).rejects.toMatchObject({ code: 'unavailable' })
    trainer.release()
    await seen.nth('uploaded', 3)
    expect(seen.of('uploaded').map(({ run, round }) => [run, round])).toEqual([
      [RUN, 1],
      [RUN, 3],
      [OTHER_RUN, 1],
    ])
    expect(trainer.tasks).toHaveLength(4)
  })

  it('can be repeated, and is then taken', async () => {
    const { leave, done } = await participate()
    fake.admitLeave = unavailable
    await expect(leave()).rejects.toMatchObject({ code: 'unavailable' })
    fake.admitLeave = () => null
    await leave('at last')
    await done
    expect(fake.farewells).toEqual(['at last'])
  })
})

describe('the end of a participation', () => {
  /** Counts the pauses that nobody has ended yet. */
  function countingClock(): Clock & { pending: number } {
    const clock = {
      pending: 0,
      now: systemClock.now,
      random: () => 0.01,
      async sleep(milliseconds: number, signal: AbortSignal) {
        clock.pending += 1
        await systemClock.sleep(milliseconds, signal).finally(() => {
          clock.pending -= 1
        })
      },
    }
    return clock
  }
  const { sha256 } = modelOf(1)

  it('ends a download and a score that nobody answers any more', async () => {
    const clock = countingClock()
    const data = { ...DATA, labels: Float32Array.of(0, 1, 0, 1, 0) }
    const { model, score, close } = await participate({ clock, data, holdOut: 0.4 })
    await fake.close()
    const asked = [model(sha256), score(MODEL, sha256)].map((promise) => promise.catch((error: unknown) => error))
    await seen.nth('connectFailed', 2)
    await close()
    for (const error of await Promise.all(asked)) expect(error).toMatchObject({ name: 'AbortError' })
    expect(clock.pending).toBe(0)
    await expect(model(sha256)).rejects.toMatchObject({ name: 'AbortError', message: 'the participation was closed' })
  })

  it('ends them too when the coordinator ends it, and the refusal stays the reason of the end', async () => {
    const { model, done } = await participate()
    fake.faults.push({ method: 'GET', path: '/models/', refuse: new TributaryError('unavailable'), retryAfter: 60 })
    const download = model(sha256)
    await until(() => fake.calledWith('GET', '/models/').length === 1)
    fake.admitSocket = () => new TributaryError('participant_connected')
    fake.socket?.disconnect(true)
    await expect(done).rejects.toMatchObject({ code: 'participant_connected' })
    await expect(download).rejects.toMatchObject({ name: 'AbortError' })
  })
})

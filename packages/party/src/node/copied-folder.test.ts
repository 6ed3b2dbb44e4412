import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { PartyWorld } from '../testing/party-world.ts'
import { plainJobRunner } from '../testing/plain-job-runner.ts'
import { smallParties } from '../testing/small-tables.ts'

let world: PartyWorld | null = null
afterEach(async () => {
  await world?.close()
  world = null
})

const NAME = 'clinic-a'

describe('a state folder that was restored from a copy', () => {
  it('ends the run: its next message would be another one for a place that is taken', async () => {
    const opened = await PartyWorld.open({ parties: smallParties(), jobs: plainJobRunner() })
    world = opened
    const { id } = opened.createRun()
    const sent = () => opened.hub.traffic.filter(({ from }) => from === NAME).length
    const until = async (count: number) => {
      while (sent() < count) await new Promise((resolve) => setTimeout(resolve, 5))
      await opened.stop(NAME)
    }
    const [folder, copy] = [join(opened.folder, NAME), join(opened.folder, 'copy')]
    await until(6)
    await cp(folder, copy, { recursive: true })
    const before = sent()
    await opened.start(NAME)
    await until(before + 4)
    await rm(folder, { recursive: true })
    await cp(copy, folder, { recursive: true })

    const restored = await opened.start(NAME)
    await expect(restored.outcome(id)).rejects.toMatchObject({ code: 'slr_equivocation' })
    await expect(opened.node('lab-b').outcome(id)).rejects.toMatchObject({ code: 'slr_aborted' })
    expect(opened.hub.run(id)).toMatchObject({ phase: 'aborted', failure: { details: { code: 'slr_equivocation' } } })
  }, 60_000)
})

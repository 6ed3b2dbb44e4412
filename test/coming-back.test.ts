import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommandLine } from './harness/command-line.ts'
import { type Hub, openHub } from './harness/open-hub.ts'
import { eventsOf } from './harness/runs.ts'
import { eventually, rowsOf, type SmallFederation, smallFederation, softmaxRun } from './harness/small-federation.ts'

const ROUNDS = 8

let hub: Hub
let federation: SmallFederation
beforeAll(async () => {
  hub = await openHub()
  federation = await smallFederation(hub.coordinator.url, hub.coordinator.adminToken as string, join(hub.folder, 'state'))
})
afterAll(() => hub.close())

test('who has left comes back under its name by a new invite, as another participant, and its history stays what it was', async () => {
  const { admin, id } = federation
  const alder = await federation.join('alder', rowsOf(1, 12))
  const first = await federation.join('birch', rowsOf(2, 20))
  const run = (await admin.createRun(id, { config: softmaxRun(ROUNDS, 2) })).id
  await admin.act(run, { action: 'pause', reason: 'birch is about to leave' })
  const { round } = await eventually('the pause', async () => {
    const now = await admin.run(run)
    return now.phase === 'paused' || now.phase === 'completed' ? now : null
  })
  expect(round).toBeLessThan(ROUNDS)
  await first.leave('for a while')
  await first.done

  const second = await federation.join('birch', rowsOf(2, 24))
  expect(second.participant.name).toBe('birch')
  expect(second.participant.id).not.toBe(first.participant.id)
  await admin.act(run, { action: 'resume', reason: 'birch is back' })
  await eventually('the end', async () => (await admin.run(run)).phase === 'completed')

  const holders = (await admin.participants(id)).filter(({ name }) => name === 'birch')
  expect(holders.map(({ id: participant, state, roundsCounted }) => [participant, state, roundsCounted])).toEqual([
    [first.participant.id, 'left', round],
    [second.participant.id, 'active', ROUNDS - round],
  ])
  const birches = (await admin.rounds(run)).map(({ participants }) => participants.find(({ name }) => name === 'birch'))
  expect(birches.map((one) => [one?.participant, one?.samples])).toEqual([
    ...Array(round).fill([first.participant.id, 20]),
    ...Array(ROUNDS - round).fill([second.participant.id, 24]),
  ])
  // By name, the one who holds it now is meant.
  const next = (await admin.createRun(id, { config: softmaxRun(ROUNDS, 1), start: false })).id
  const commands = await CommandLine.open({
    TRIBUTARY_URL: hub.coordinator.url,
    TRIBUTARY_TOKEN: String(hub.coordinator.adminToken),
  })
  const { code, stderr } = await commands.tributary(['run', 'exclude', next, '--participant', 'birch'])
  await commands.close()
  expect(code, stderr).toBe(0)
  const excluded = (await eventsOf(admin, next, 'action')).find(({ action }) => action === 'exclude')
  expect(excluded?.details).toMatchObject({ participant: second.participant.id })
  await expect(federation.join('birch', rowsOf(3, 5))).rejects.toMatchObject({ code: 'participant_name_taken' })
  await Promise.all([alder.close(), second.close()])
})

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { CoordinatorApi } from '@tributary/client'
import { startCoordinator } from '@tributary/coordinator'

/** Rounds of real clients on loopback with the 2NN (199,210 parameters) and no training. */
export async function benchRoundOverhead({
  clients,
  selected,
  rounds,
}: {
  clients: number
  selected: number
  rounds: number
}): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'))
  const coordinator = await startCoordinator({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(folder, 'coordinator'),
    logLevel: 'warn',
  })
  const admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken as string })
  const federation = await admin.createFederation('bench')
  const invites = []
  for (let k = 0; k < clients; k += 1) {
    const name = `client-${String(k).padStart(4, '0')}`
    invites.push({ name, code: (await admin.createInvite(federation.id, { name })).code })
  }
  const child = fork(fileURLToPath(new URL('./clients-process.ts', import.meta.url)))
  child.send({ url: coordinator.url, invites, stateDir: join(folder, 'identities') })
  await once(child, 'message')
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const run = await admin.createRun(federation.id, {
    name: 'bench',
    config: {
      model: { name: '2nn', inputShape: [784], outputs: 10 },
      rounds,
      selection: { fraction: selected / clients, minimum: selected, overSelection: 0 },
    },
  })
  for (;;) {
    const { phase, failure } = await admin.run(run.id)
    if (phase === 'completed') break
    if (phase === 'failed') throw new Error(failure?.message)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  delay.disable()
  const { events } = await admin.events(run.id, { limit: 5_000 })
  const milliseconds = events
    .flatMap(({ event }) => (event.type === 'round.closed' ? [event.data.seconds * 1000] : []))
    .sort((a, b) => a - b)
  const refused = events.filter(({ event }) => event.type === 'update.rejected' || event.type === 'participant.failed').length
  const left = once(child, 'exit')
  child.disconnect()
  await left
  await coordinator.close()
  rmSync(folder, { recursive: true, force: true })
  return {
    clients,
    selected,
    rounds,
    medianRoundMs: milliseconds[Math.floor(milliseconds.length / 2)],
    slowestRoundMs: milliseconds.at(-1),
    refusedOrFailed: refused,
    // The timer itself ticks every 5 ms: that much of each figure is no delay.
    eventLoopMaxMs: delay.max / 1e6,
    eventLoopP99Ms: delay.percentile(99) / 1e6,
  }
}

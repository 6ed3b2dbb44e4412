import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { CoordinatorApi, joinFederation, type Trainer } from '@tributary/client'
import { startCoordinator } from '@tributary/coordinator'

/** A trainer that does nothing: what is left is the round itself. */
const idle: Trainer = async function* ({ parameters, data }) {
  return { tensors: parameters.map((tensor) => ({ ...tensor })), samples: data.count, loss: 0, seconds: 0 }
}

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
  const data = { features: new Float32Array(784), featureShape: [784], labels: new Float32Array(1), count: 1, classes: 10 }
  const joined = []
  for (let k = 0; k < clients; k += 1) {
    const name = `client-${String(k).padStart(4, '0')}`
    const { code } = await admin.createInvite(federation.id, { name })
    joined.push(
      await joinFederation({
        url: coordinator.url,
        invite: code,
        name,
        data,
        stateDir: join(folder, 'identities'),
        trainer: idle,
      }),
    )
  }
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
  const seconds = events
    .flatMap(({ event }) => (event.type === 'round.closed' ? [event.data.seconds * 1000] : []))
    .sort((a, b) => a - b)
  await Promise.all(joined.map((client) => client.close()))
  await coordinator.close()
  rmSync(folder, { recursive: true, force: true })
  return {
    clients,
    selected,
    rounds,
    medianRoundMs: seconds[Math.floor(seconds.length / 2)],
    slowestRoundMs: seconds.at(-1),
    // Clients and coordinator share this process's loop, so this is an upper bound of the coordinator's own delay.
    eventLoopMaxMs: delay.max / 1e6,
    eventLoopP99Ms: delay.percentile(99) / 1e6,
  }
}

import { joinFederation, type Trainer } from '@tributary/client'

/** Many clients in one process of their own, so that the coordinator's loop is measured alone. Says 'ready' when all are in. */
interface ClientsOrder {
  url: string
  invites: { name: string; code: string }[]
  stateDir: string
}

/** A trainer that does nothing: what is left is the round itself. */
const idle: Trainer = async function* ({ parameters, data }) {
  return { tensors: parameters.map((tensor) => ({ ...tensor })), samples: data.count, loss: 0, seconds: 0 }
}

async function joinAll({ url, invites, stateDir }: ClientsOrder): Promise<void> {
  const data = { features: new Float32Array(784), featureShape: [784], labels: new Float32Array(1), count: 1, classes: 10 }
  for (const { name, code } of invites) await joinFederation({ url, invite: code, name, data, stateDir, trainer: idle })
  process.send?.('ready')
}

process.once('message', (order: ClientsOrder) => {
  joinAll(order).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit(0))

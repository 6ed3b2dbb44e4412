import { joinVertical } from '@tributary/party'

// TRIBUTARY_INVITE=… TRIBUTARY_PASSPHRASE=… node scripts/bootstrap.mjs run examples/party.ts http://coordinator.example:7420 bank-a a.csv peers.json
const [url = '', name = '', table = '', peers = ''] = process.argv.slice(2)
const session = await joinVertical({
  url,
  name,
  role: 'feature',
  table,
  idColumn: 'id',
  peers,
  stateDir: `${name}-state`,
  passphrase: process.env.TRIBUTARY_PASSPHRASE ?? '',
  invite: process.env.TRIBUTARY_INVITE,
  approve: ({ settings }) => settings.lambda >= 1,
  onEvent: (event) => console.log(event.type === 'done' ? event.outcome.weights : event.type),
})
process.once('SIGINT', () => void session.close())
await session.done

import { joinFederation } from '@tributary/client'
import { loadTable } from '@tributary/data/node'

// TRIBUTARY_INVITE=… node scripts/bootstrap.mjs run examples/institution.ts http://coordinator.example:7420 garden-a irises.csv
const [url = '', name = '', file = ''] = process.argv.slice(2)
const { dataset } = await loadTable(file, {
  task: 'classification',
  features: [
    { name: 'petal_length', type: 'number' },
    { name: 'petal_width', type: 'number' },
  ],
  label: { name: 'species', type: 'category', categories: ['setosa', 'versicolor', 'virginica'] },
})
const invite = process.env.TRIBUTARY_INVITE
const participation = await joinFederation({ url, name, invite, data: dataset, onEvent: ({ type }) => console.log(type) })
process.once('SIGINT', () => void participation.leave('the operator ended it'))
await participation.done

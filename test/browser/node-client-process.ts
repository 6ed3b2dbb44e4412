import { joinFederation } from '@tributary/client'
import { rowsOf } from './csv-rows.ts'
import type { NodeClientOptions } from './node-client.ts'

const { table, ...options } = JSON.parse(process.env.NODE_CLIENT ?? 'null') as NodeClientOptions
await joinFederation({ ...options, data: await rowsOf(table) })
process.stdout.write('joined\n')

import { resolve } from 'node:path'
import { type RunningCoordinator, type StartOptions, startCoordinator } from '@tributary/coordinator'
import { TributaryError } from '@tributary/protocol'
import { endOfProcess, hasParent, tellParent } from '../children/parent-channel.ts'
import { whenAborted } from '../children/when-aborted.ts'
import type { CoordinatorOptions } from '../commands/coordinator.ts'
import type { Printer } from '../output/printer.ts'
import { readJson } from '../runs/run-config.ts'

/** Runs a coordinator until this process should end; then closes it, so that nothing waits for a restart. */
export async function serveCoordinator(options: CoordinatorOptions, printer: Printer): Promise<number> {
  const end = endOfProcess()
  const coordinator = await start(options)
  const { url, adminToken } = coordinator
  const dataDir = resolve(options.dataDir)
  const ready = { url, adminToken, dataDir, database: options.databaseUrl ? 'postgres' : 'sqlite' }
  // A parent is told over its own channel; what goes to its log file must not hold the token.
  if (!hasParent())
    printer.result(ready, [
      `The coordinator listens on ${url}`,
      `Data lie in ${dataDir}${options.databaseUrl ? ', records in PostgreSQL' : ''}`,
      ...(adminToken === null
        ? []
        : [
            '',
            'Admin token, shown only now; keep it as you keep a password:',
            adminToken,
            '',
            `Sign in on this machine with: tributary login --url ${url}`,
            `Dashboard: ${url}/#token=${adminToken}`,
          ]),
    ])
  await tellParent({ type: 'coordinatorReady', url, adminToken })
  await whenAborted(end)
  await coordinator.close()
  return 0
}

async function start({
  host,
  port,
  dataDir,
  databaseUrl,
  testData,
  schema,
  logLevel,
  trustProxy,
}: CoordinatorOptions): Promise<RunningCoordinator> {
  const rows = await testRows(testData, schema)
  const options: StartOptions = {
    host,
    port,
    dataDir,
    testData: rows ?? null,
    logLevel,
    ...(trustProxy === undefined ? {} : { trustProxy }),
  }
  try {
    return await startCoordinator(databaseUrl ? { ...options, databaseUrl } : options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new TributaryError('config_invalid', { setting: 'port', reason: message }, { cause: error })
    throw error
  }
}

async function testRows(testData: string | undefined, schema: string | undefined): Promise<StartOptions['testData']> {
  if (testData === undefined) return null
  if (testData === 'mnist') return { kind: 'mnist', rows: null }
  if (schema === undefined)
    throw new TributaryError('config_invalid', { setting: 'schema', reason: 'test data in a file need --schema FILE' })
  return { kind: 'table', file: resolve(testData), schema: await readJson(schema) }
}

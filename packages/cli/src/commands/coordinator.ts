import { type Command, Option } from 'commander'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { port } from './values.ts'

export interface CoordinatorOptions {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly databaseUrl?: string
  readonly testData?: string
  readonly schema?: string
  readonly trustProxy?: string
  readonly logLevel: string
}

export function defineCoordinatorCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'coordinator',
    description: 'run a coordinator until SIGTERM or Ctrl-C; its first start prints the admin token, once',
    examples: [
      'tributary coordinator --data-dir /srv/tributary',
      'tributary coordinator --host 0.0.0.0 --port 7420 --data-dir /srv/tributary --test-data mnist',
      'tributary coordinator --test-data held-out.csv --schema schema.json --log-level warn',
      'TRIBUTARY_PUBLIC_URL=https://fl.example.org tributary coordinator --trust-proxy loopback',
      'DATABASE_URL=postgres://tributary@db/tributary tributary coordinator --data-dir /srv/tributary',
    ],
  })
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', port, 7420)
    .option('--data-dir <folder>', 'where models, updates and the database lie', '.tributary/coordinator')
    .addOption(new Option('--database-url <url>', 'postgres://… instead of SQLite in the data folder').env('DATABASE_URL'))
    .option('--test-data <data>', 'rows to measure each model on: "mnist" (its 10,000 test images) or a file')
    .option('--schema <file>', 'what the columns of the test data mean')
    .addOption(
      new Option(
        '--trust-proxy <addresses>',
        'reverse proxies that say for whom they call (X-Forwarded-For, -Proto): addresses, ranges, "loopback", "linklocal", ' +
          '"uniquelocal", separated by commas; without it every caller counts as its own address',
      ).env('TRIBUTARY_TRUST_PROXY'),
    )
    .addOption(
      new Option('--log-level <level>', 'what the log on stderr holds')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info'),
    )
  defineAction<CoordinatorOptions>(command, surroundings, async ({ options, printer }) => {
    const { serveCoordinator } = await import('../coordinator/serve.ts')
    return serveCoordinator(options, printer)
  })
}

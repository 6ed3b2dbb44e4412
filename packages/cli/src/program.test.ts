import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Command, CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from './program.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const program = () => createProgram({ finish: () => {} })

interface Ended {
  code: number
  stdout: string
  stderr: string
}
const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env } })) }
  } catch (error) {
    const { code, stdout, stderr } = error as Ended
    return { code, stdout, stderr }
  }
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}
const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`

/** What --help prints, with the text after the options. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (more) => {
      text += more
    },
  })
  command.outputHelp()
  return text
}

describe('every command', () => {
  const commands = allCommands(program())

  it('is there', () => {
    expect(commands.map(pathOf)).toEqual(
      expect.arrayContaining(
        [
          'demo',
          'coordinator',
          'join',
          'login',
          'logout',
          ...['create', 'list', 'show'].map((name) => `federation ${name}`),
          ...['create', 'list', 'revoke'].map((name) => `invite ${name}`),
          ...['create', 'list', 'disable', 'enable', 'reset-password'].map((name) => `user ${name}`),
          ...['create', 'list', 'show', 'watch', 'start', 'pause', 'resume', 'cancel', 'extend', 'exclude'].map(
            (name) => `run ${name}`,
          ),
          ...['list', 'get'].map((name) => `model ${name}`),
          'key-service',
          'fingerprint',
          'predict',
          ...['create', 'list', 'show', 'watch', 'parties', 'pause', 'resume', 'cancel'].map((name) => `vertical ${name}`),
          ...['verify', 'show'].map((name) => `audit ${name}`),
        ].map((path) => `tributary ${path}`),
      ),
    )
  })

  it.each(commands.map((command) => [pathOf(command), command] as const))(
    '%s shows examples of itself and the exit codes',
    (path, command) => {
      const help = helpOf(command)
      const [, examples = ''] = help.split('\nExamples:\n')
      const lines = examples.split('\n').filter((line) => line.startsWith('  $ '))
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) expect(line).toContain(path)
      expect(help).toContain('Exit codes: 0 ok')
      expect(command.description()).not.toBe('')
    },
  )

  it.each(commands.map((command) => [pathOf(command), command] as const))(
    '%s has examples that parse',
    async (_path, command) => {
      const [, examples = ''] = helpOf(command).split('\nExamples:\n')
      for (const line of examples.split('\n').filter((text) => text.startsWith('  $ '))) {
        const args = wordsOf(line.slice(4))
        await expect(parseOnly(args), line).resolves.toBeUndefined()
      }
    },
  )

  it.each(commands.filter(({ commands: below }) => below.length === 0).map((command) => [pathOf(command), command] as const))(
    '%s takes --json and --language',
    (_path, command) => {
      const names = command.options.map(({ long }) => long)
      expect(names).toContain('--json')
      expect(names).toContain('--language')
      expect(names).not.toContain('--token')
    },
  )
})

/** An example's words: without remark, redirections and leading environment. */
function wordsOf(line: string): string[] {
  const [bare = ''] = line.split(/ +#| [<>] /)
  const words = [...bare.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return words.slice(words.indexOf('tributary') + 1)
}

/** Parses without acting; rejects for wrong usage. */
async function parseOnly(args: readonly string[]): Promise<void> {
  const fresh = program()
  for (const command of allCommands(fresh)) {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} })
    if (command.commands.length === 0) command.action(() => {})
  }
  try {
    await fresh.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error
  }
}

describe('the program as a process', () => {
  it('prints help quickly, without TensorFlow and the coordinator', async () => {
    const loaded = `
      import { registerHooks } from 'node:module'
      const seen = []
      registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) })
      process.on('exit', () => console.error(seen.filter((name) => /tfjs|socket.io|zod|prisma|@tributary/.test(name)).join()))
      process.argv = [process.argv[0], 'tributary', '--help']
      await import(${JSON.stringify(new URL('./main.ts', import.meta.url).href)})`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', loaded])
    expect(stdout).toContain('Usage: tributary')
    expect(stderr.trim()).toBe('')
  })

  it('ends with 2 for wrong usage, and says so in JSON', async () => {
    const { code, stdout, stderr } = await run(['run', 'create', '--rounds', 'many', '--json'])
    expect(code).toBe(2)
    expect(stderr).toContain('Expected a whole number')
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'config_invalid' } })
    expect((await run(['demmo'])).code).toBe(2)
  })

  it('ends with 4 and the catalogue in the asked language when nobody answers', async () => {
    const url = 'http://127.0.0.1:9'
    const env = { TRIBUTARY_TOKEN: 'none', XDG_CONFIG_HOME: '/nonexistent', LC_ALL: 'zh_CN.UTF-8' }
    const { code, stdout, stderr } = await run(['federation', 'list', '--url', url, '--json'], env)
    expect(code).toBe(4)
    expect(stderr).toContain('无法连接协调端')
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'unreachable', retryable: true } })
    const english = await run(['federation', 'list', '--url', url, '--language', 'en'], env)
    expect(english.stderr).toContain('does not answer')
    expect(english.stdout).toBe('')
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { temporaryFolder } from './small-federation.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

export interface Started {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  /** The exit code, null after a signal. */
  readonly ended: Promise<number | null>
}

interface StartOptions {
  readonly input?: string
  /** More of the environment. */
  readonly more?: NodeJS.ProcessEnv
}

/** Commands as a person types them: real processes in one folder, with settings and data of their own. */
export class CommandLine {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #remove: () => Promise<void>
  readonly #running: Started[] = []

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, env: NodeJS.ProcessEnv) {
    this.folder = folder.path
    this.#remove = folder.remove
    this.#env = {
      ...process.env,
      XDG_CONFIG_HOME: join(folder.path, 'config'),
      XDG_DATA_HOME: join(folder.path, 'data'),
      LC_ALL: 'C',
      ...env,
    }
  }

  static async open(env: NodeJS.ProcessEnv = {}): Promise<CommandLine> {
    return new CommandLine(await temporaryFolder(), env)
  }

  /** A program of ours that goes on running. */
  start(file: string, args: readonly string[], { input = '', more = {} }: StartOptions = {}): Started {
    const child = spawn(process.execPath, [file, ...args], { cwd: this.folder, env: { ...this.#env, ...more } })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (text) => {
      said.stdout += text
    })
    child.stderr.on('data', (text) => {
      said.stderr += text
    })
    child.stdin.end(input)
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
    const one = { child, said, ended }
    this.#running.push(one)
    return one
  }

  /** A command of `tributary` that goes on running. */
  startCommand = (args: readonly string[], options?: StartOptions): Started => this.start(main, args, options)

  /** Runs a command with --json to its end; the value is the last line of stdout, and there is no other. */
  tributary = async (args: readonly string[], options?: StartOptions) => {
    const { said, ended } = this.startCommand([...args, '--json'], options)
    const code = await ended
    const lines = said.stdout.trimEnd().split('\n')
    expect(lines, said.stderr).toHaveLength(1)
    return { code, value: JSON.parse(lines[0] ?? ''), stderr: said.stderr }
  }

  async close(): Promise<void> {
    for (const { child, ended } of this.#running) {
      child.kill('SIGKILL')
      await ended
    }
    await this.#remove()
  }
}

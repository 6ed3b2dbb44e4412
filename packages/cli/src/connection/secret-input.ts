import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** A secret from standard input: asked for without echo on a terminal, else all that is piped in. */
export async function readSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).trim()
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', (line) => resolve(line.trim()))
      lines.once('close', () => resolve(''))
      lines.once('SIGINT', () => process.exit(130))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

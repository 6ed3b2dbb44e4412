import { describe, expect, it } from 'vitest'
import { createPrinter } from './printer.ts'

function terminals() {
  const written = { stdout: '', stderr: '' }
  const terminal = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
    },
  })
  return { written, stdout: terminal('stdout'), stderr: terminal('stderr') }
}

describe('createPrinter', () => {
  it('writes exactly one JSON value to stdout with --json, and everything for people to stderr', () => {
    const { written, stdout, stderr } = terminals()
    const printer = createPrinter(true, stdout, stderr)
    printer.line('round 1')
    printer.result({ accuracy: 0.98, text: 'two\nlines' }, ['never shown'])
    expect(written.stdout.endsWith('\n')).toBe(true)
    expect(written.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(written.stdout)).toEqual({ accuracy: 0.98, text: 'two\nlines' })
    expect(written.stderr).toBe('round 1\n')
  })

  it('writes lines to stdout without', () => {
    const { written, stdout, stderr } = terminals()
    const printer = createPrinter(false, stdout, stderr)
    printer.line('round 1')
    printer.result({ a: 1 }, ['one', 'two'])
    expect(written).toEqual({ stdout: 'round 1\none\ntwo\n', stderr: '' })
  })
})

import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createPrinter } from './printer.ts'
import { createProgressView } from './progress-view.ts'

describe('createProgressView without a terminal', () => {
  it('prints one line for all participants, at most every five seconds', () => {
    let text = ''
    let now = 0
    const stdout = {
      write: (more: string) => {
        text += more
      },
    }
    const view = createProgressView(createPrinter(false, stdout, stdout), new Writable(), () => now)
    const show = (fraction: number) =>
      view.show([
        { name: 'a', fraction, doing: 'training' },
        { name: 'b', fraction: 1, doing: 'sent' },
      ])
    show(0.1)
    now = 4_000
    show(0.4)
    expect(text).toBe('')
    now = 5_500
    show(0.55)
    show(0.56)
    expect(text).toBe('  a 55 % training · b 100 % sent\n')
    view.line('Round 1 closed')
    expect(text.endsWith('Round 1 closed\n')).toBe(true)
  })
})

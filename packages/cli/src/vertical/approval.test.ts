import { PassThrough } from 'node:stream'
import type { VerticalRun } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { approvalOf } from './approval.ts'
import { manifest } from './testing/manifest-fixture.ts'

const { signal } = new AbortController()
const run = (consented: string | null = null) =>
  ({ parties: ['bank-a', 'bank-b'].map((name) => ({ name, consented: name === consented })) }) as VerticalRun

function terminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  let said = ''
  output.on('data', (text) => {
    said += text
  })
  return { input, output, said: () => said }
}

const questions = (text: string): number => text.split('[y/N]').length - 1
const untilAsked = async (said: () => string, times: number) => {
  while (questions(said()) < times) await new Promise((resolve) => setImmediate(resolve))
}

describe('an approval', () => {
  it.each([
    ['y', true],
    [' YES ', true],
    ['', false],
    ['n', false],
    ['yeah', false],
  ])('takes %j as %s', async (word, expected) => {
    const { input, output, said } = terminal()
    const answer = approvalOf({}, 'bank-a', signal, { input, output })(manifest, run())
    await untilAsked(said, 1)
    for (const { fingerprint } of manifest.parties) expect(said()).toContain(fingerprint)
    input.write(`${word}\n`)
    expect(await answer).toBe(expected)
  })

  it('asks for one run after another', async () => {
    const { input, output, said } = terminal()
    const approve = approvalOf({}, 'bank-a', signal, { input, output })
    const answers = [approve(manifest, run()), approve(manifest, run())]
    await untilAsked(said, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(questions(said())).toBe(1)
    input.write('n\n')
    await untilAsked(said, 2)
    input.write('y\n')
    expect(await Promise.all(answers)).toEqual([false, true])
  })

  it('is given beforehand, or cannot be asked for without a terminal', async () => {
    const { input, output, said } = terminal()
    expect(await approvalOf({ approve: true }, 'bank-a', signal, { input, output })(manifest, run())).toBe(true)
    expect(said()).toBe('')
    expect(() => approvalOf({}, 'bank-a', signal, { input: new PassThrough(), output })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  })

  it('waits for a person of this very party, where it is to be given in the dashboard', async () => {
    const approve = approvalOf({ approveInDashboard: true }, 'bank-a', signal)
    expect([await approve(manifest, run()), await approve(manifest, run('bank-b'))]).toEqual([null, null])
    expect(await approve(manifest, run('bank-a'))).toBe(true)
    expect(() => approvalOf({ approve: true, approveInDashboard: true }, 'bank-a', signal)).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    )
  })
})

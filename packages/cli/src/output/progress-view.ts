import { MultiBar, type SingleBar } from 'cli-progress'
import type { Printer } from './printer.ts'

/** What one participant does now. */
export interface ParticipantState {
  readonly name: string
  /** 0..1 of the training of this round. */
  readonly fraction: number
  /** For people: "training, 1,200 rows/s". */
  readonly doing: string
}

/** Shows what each participant does; lines printed through it do not break it. */
export interface ProgressView {
  show(states: Iterable<ParticipantState>): void
  line(text?: string): void
  stop(): void
}

/** A bar for each participant where lines can be drawn over; else one line for all every few seconds. */
export const createProgressView = (
  printer: Printer,
  stream: NodeJS.WritableStream,
  now: () => number = Date.now,
): ProgressView => (printer.live ? bars(stream) : lines(printer, now))

function bars(stream: NodeJS.WritableStream): ProgressView {
  const multi = new MultiBar({
    stream,
    format: '{name} [{bar}] {percentage} % {doing}',
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    autopadding: true,
    // Ctrl-C is the command's own to handle.
    gracefulExit: false,
    fps: 5,
  })
  const known = new Map<string, SingleBar>()
  return {
    show(states) {
      for (const { name, fraction, doing } of states) {
        const bar = known.get(name) ?? multi.create(100, 0, { name: name.padEnd(16), doing })
        known.set(name, bar)
        bar.update(Math.round(fraction * 100), { name: name.padEnd(16), doing })
      }
    },
    line(text = '') {
      if (known.size === 0) stream.write(`${text}\n`)
      else multi.log(`${text}\n`)
    },
    stop: () => multi.stop(),
  }
}

const LINES_EVERY_MS = 5_000

function lines(printer: Printer, now: () => number): ProgressView {
  let last = now()
  return {
    show(states) {
      if (now() - last < LINES_EVERY_MS) return
      last = now()
      const text = [...states].map(({ name, fraction, doing }) => `${name} ${Math.round(fraction * 100)} % ${doing}`)
      if (text.length > 0) printer.line(`  ${text.join(' · ')}`)
    },
    line: (text) => printer.line(text),
    stop: () => {},
  }
}

import { Needles, SHORTEST } from '../harness/needles.ts'

/**
 * Every cell of a CSV's features in the forms in which it could leave: its text, the text of the number that training uses, both in
 * base64 at any place, and neighbouring cells as floats in memory.
 */
export function cellNeedles(csv: string): Needles {
  const needles = new Needles()
  const add = (kind: string, bytes: Buffer) => {
    // A shorter one would be found by chance; each cell has longer forms too.
    if (bytes.length >= SHORTEST) needles.add(kind, bytes)
  }
  const [, ...lines] = csv.trim().split('\n')
  for (const line of lines) {
    const cells = line.split(',').slice(0, -1)
    for (const cell of cells) {
      for (const text of new Set([cell, String(Number(cell)), String(Math.fround(Number(cell)))])) {
        add('a cell as text', Buffer.from(text))
        add('a cell as UTF-16', Buffer.from(text, 'utf16le'))
        for (const form of base64Forms(text)) add('a cell in base64', Buffer.from(form))
      }
    }
    const values = cells.map(Number)
    for (let at = 0; at + 2 <= values.length; at += 1) {
      const pair = values.slice(at, at + 2)
      add('cells as float32', Buffer.from(Float32Array.from(pair).buffer))
      add('cells as float64', Buffer.from(Float64Array.from(pair).buffer))
      add('cells as float32, big-endian', Buffer.from(Float32Array.from(pair).buffer).swap32())
    }
  }
  return needles
}

/** What stands for the text in base64, whatever stands before and after it. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.from('\0'.repeat(before) + text).toString('base64')
    // Letters that also hold bits of what stands before or after are left out.
    return whole.slice(before === 0 ? 0 : before + 1, Math.floor(((before + text.length) * 8) / 6))
  })
}

import { PartyDatabase } from '../store/database.ts'
import { openPartyStore } from '../store/party-store.ts'
import { EMPTY_COMMIT } from '../store/run-commit.ts'
import { charter } from './small-charter.ts'

/** A program of its own: makes one commit, then dies before the n-th statement of another. Arguments: folder, n. */
const [folder = '', nth = '1'] = process.argv.slice(2)

let statements = Number.NEGATIVE_INFINITY
class Watched extends PartyDatabase {
  override change(sql: string, ...values: (string | number | Uint8Array | null)[]): void {
    statements += 1
    if (statements === Number(nth)) process.kill(process.pid, 'SIGKILL')
    super.change(sql, ...values)
  }
}

const hash = (digit: string) => digit.repeat(64)
const bytes = (text: string) => new TextEncoder().encode(text)
const letter = (seq: number) =>
  ({ receiver: 'b', seq, sha256: hash(String(seq)), kind: 'u', step: 1, bytes: bytes('x') }) as const

const store = await openPartyStore({
  folder,
  lock: { passphrase: 'correct horse battery' },
  keyCost: 16,
  openDatabase: (path) => new Watched(path),
})
store.decide('run_00000001', 'approved', charter)
const run = store.run('run_00000001')
run.commit({ ...EMPTY_COMMIT, state: '"old"', outgoing: [letter(1)] })
statements = 0
run.commit({
  ...EMPTY_COMMIT,
  state: '"new"',
  received: {
    cursor: 1,
    sender: 'b',
    seq: 1,
    sha256: hash('e'),
    kind: 'd',
    step: 1,
    content: bytes('c'),
    refusal: null,
    heads: [],
    receipts: [],
    told: [],
  },
  outgoing: [letter(2)],
  keep: [{ blob: 'new', parts: [bytes('y')] }],
})
store.close()

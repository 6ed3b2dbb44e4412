import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** The operator steers; an auditor (a party) reads the log. */
export type KeyServiceRole = 'operator' | 'auditor'

const savedSchema = z.strictObject({ operator: z.string().length(64), auditor: z.string().length(64) })
const PREFIX: Readonly<Record<KeyServiceRole, string>> = { operator: 'trb_ko_', auditor: 'trb_ka_' }

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
const newToken = (role: KeyServiceRole): string => PREFIX[role] + randomBytes(32).toString('base64url')

/** Tokens of this service: only their hashes are kept, in `tokens.json` of the data folder. */
export class Tokens {
  readonly #file: string
  readonly #hashes: Readonly<Record<KeyServiceRole, string>>
  /** Both tokens in clear at the start that made them, null ever after. */
  readonly first: Readonly<Record<KeyServiceRole, string>> | null

  private constructor(file: string, hashes: Readonly<Record<KeyServiceRole, string>>, first: Tokens['first']) {
    this.#file = file
    this.#hashes = hashes
    this.first = first
  }

  /** New ones, when there are none yet; nothing is written. @throws TributaryError `config_invalid` when the file is damaged */
  static load(folder: string): Tokens {
    const file = join(folder, 'tokens.json')
    if (!existsSync(file)) {
      const first = { operator: newToken('operator'), auditor: newToken('auditor') }
      const hashes = { operator: hashOf(first.operator), auditor: hashOf(first.auditor) }
      return new Tokens(file, hashes, first)
    }
    try {
      return new Tokens(file, savedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), null)
    } catch (cause) {
      throw new TributaryError('config_invalid', { setting: 'dataDir', reason: `${file} is damaged` }, { cause })
    }
  }

  /** From here on new ones are the service's: said once all else of a start has succeeded, for only that start shows them. */
  keep(): void {
    if (this.first !== null) writeDurably(this.#file, JSON.stringify(this.#hashes))
  }

  /** @throws TributaryError `unauthenticated` */
  roleOf(token: string): KeyServiceRole {
    const hash = Buffer.from(hashOf(token), 'hex')
    for (const role of ['operator', 'auditor'] as const)
      if (timingSafeEqual(hash, Buffer.from(this.#hashes[role], 'hex'))) return role
    throw new TributaryError('unauthenticated')
  }
}

function writeDurably(file: string, text: string): void {
  const temporary = `${file}.tmp`
  const handle = openSync(temporary, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(temporary, file)
}

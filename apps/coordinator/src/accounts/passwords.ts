import { randomBytes, randomInt } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { SHORTEST_PASSWORD, TributaryError } from '@tributary/protocol'

/** OWASP's first choice for argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane. The library's default kind is argon2id. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
/** Hashings at once: each holds 19 MiB and a thread that reading files needs too. */
const AT_ONCE = 2
/** Hashings that wait; beyond them sign-ins are refused for a moment rather than piled up. */
const MOST_WAITING = 64

/** Hashes and checks passwords, off the event loop and never more than a few at once. */
export class Passwords {
  /** Checked in the place of a hash that is not there, so that an unknown name takes as long as a known one. */
  readonly #nobody: Promise<string>
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor() {
    this.#nobody = this.hash(randomBytes(32).toString('base64url'))
    // Who checks a password hears of it; before that nobody listens.
    this.#nobody.catch(() => {})
  }

  /** argon2id in PHC form. @throws unavailable when too many wait */
  hash(password: string): Promise<string> {
    return this.#turn(() => hash(password.normalize('NFC'), PARAMETERS))
  }

  /** @param stored null: there is no password, and the answer, false, takes as long. @throws unavailable when too many wait */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const against = stored ?? (await this.#nobody)
    const right = await this.#turn(() => verify(against, password.normalize('NFC')))
    return right && stored !== null
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING) throw new TributaryError('unavailable')
      // Whoever ends hands its turn on, so the count stays.
      await new Promise<void>((go) => this.#waiting.push(go))
    } else this.#running += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

/** Length is what counts; beside it only what is no password at all is refused. @throws password_weak */
export function requireGoodPassword(password: string, name: string): void {
  const plain = password.normalize('NFKC').toLowerCase()
  const short = [...password.normalize('NFC')].length < SHORTEST_PASSWORD
  const fromName = plain.replaceAll(name, '').trim() === ''
  const onePiece = /^(.{1,6}?)\1+$/su.test(plain)
  if (short || fromName || onePiece) throw new TributaryError('password_weak', { minimum: SHORTEST_PASSWORD })
}

/** Letters and digits that are not mistaken for each other. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password to hand over once: 20 signs, 99 random bits, in groups that can be read out. */
export function chosenPassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return Array.from({ length: 4 }, group).join('-')
}

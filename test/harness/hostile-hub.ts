import type { Fetch } from '@tributary/client'
import { createSha256, type Mail, mailSchema } from '@tributary/protocol'
import { z } from 'zod'

/** A message as the hub announces it, and what it hands out for it. */
export interface Letter {
  readonly mail: Mail
  readonly bytes: Uint8Array
}

/** What a hostile hub makes of a genuine letter to this party; `known` are all letters that went by it. */
export type Forge = (letter: Letter, party: string, known: readonly Letter[]) => readonly Letter[]

/** Announces these bytes under their true hash. */
export const announced = (mail: Mail, bytes: Uint8Array): Letter => ({
  mail: { ...mail, sha256: createSha256().update(bytes).hex(), bytes: bytes.length },
  bytes,
})

/** Stands between parties and hub as the hub itself could: it hands out what it likes and can sign for nobody. */
export class HostileHub {
  /** null is honest. */
  forge: Forge | null = null
  /** Changes any other answer. */
  answer: ((path: string, json: unknown, party: string) => unknown) | null = null
  readonly known: Letter[] = []
  readonly #forged = new Map<string, Uint8Array<ArrayBuffer>>()

  fetchOf(party: string): Fetch {
    return async (url, init) => {
      const { pathname } = new URL(url)
      const forged = this.#forged.get(pathname.split('/').at(-1) ?? '')
      if (forged !== undefined && pathname.includes('/messages/'))
        return new Response(forged, { headers: { 'content-length': String(forged.length) } })
      const response = await fetch(url, init)
      if (!response.ok || init.method !== 'GET') return response
      if (pathname.endsWith('/inbox')) return this.#inbox(url, init, party, await response.json())
      if (this.answer === null || pathname.includes('/messages/')) return response
      return Response.json(this.answer(pathname, await response.json(), party))
    }
  }

  async #inbox(url: string, init: RequestInit, party: string, json: unknown): Promise<Response> {
    const list: Mail[] = []
    for (const mail of z.array(mailSchema).parse(json)) {
      const path = new URL(url)
      path.search = ''
      path.pathname = path.pathname.replace('/inbox', `/messages/${mail.sha256}`)
      const answer = await fetch(path, init)
      const letter = { mail, bytes: new Uint8Array(await answer.arrayBuffer()) }
      const letters = this.forge === null ? [letter] : this.forge(letter, party, this.known)
      if (answer.ok) this.known.push(letter)
      for (const { mail: told, bytes } of letters) {
        if (bytes !== letter.bytes) this.#forged.set(told.sha256, new Uint8Array(bytes))
        list.push(told)
      }
    }
    return Response.json(list)
  }
}

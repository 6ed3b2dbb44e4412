import { routes, SESSION_COOKIE, type User } from '@tributary/protocol'
import type { BrowserContext } from 'playwright-core'

export const PASSWORD = 'seven small otters sing'

export interface NewPerson {
  readonly name: string
  readonly role: 'admin' | 'researcher' | 'institution'
  readonly federation?: string | null
  readonly participant?: string | null
  readonly mustChangePassword?: boolean
}

/** An account of a person, made by whoever has this admin token. */
export async function createPerson(url: string, adminToken: string, person: NewPerson): Promise<User> {
  const response = await fetch(url + routes.users, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: PASSWORD, mustChangePassword: false, ...person }),
  })
  if (!response.ok) throw new Error(`${person.name}: ${await response.text()}`)
  return (await response.json()) as User
}

export interface SignedInPerson {
  readonly cookie: string
  readonly csrf: string
}

/** A session of the person, and in a context its cookie: pages of it are signed in. */
export async function signInPerson(url: string, name: string, context?: BrowserContext): Promise<SignedInPerson> {
  const response = await fetch(url + routes.session, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: PASSWORD }),
  })
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
  const value = new RegExp(`${SESSION_COOKIE}=([^;]+)`).exec(response.headers.get('set-cookie') ?? '')?.[1] ?? ''
  await context?.addCookies([{ name: SESSION_COOKIE, value, url, httpOnly: true, sameSite: 'Strict' }])
  const { csrf } = (await response.json()) as { csrf: string }
  return { cookie: `${SESSION_COOKIE}=${value}`, csrf }
}

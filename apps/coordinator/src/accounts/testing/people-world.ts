import {
  type CreateUser,
  CSRF_HEADER,
  type FederationId,
  type Role,
  routes,
  SESSION_COOKIE,
  type Session,
  type UserWithPassword,
} from '@tributary/protocol'
import type { LightMyRequestResponse as Response } from 'fastify'
import { describe } from 'vitest'
import type { BuildOptions } from '../../coordinator.ts'
import { POSTGRES_TEST_VARIABLE, postgresTestSchema } from '../../storage/postgres-test-schema.ts'
import { type Call, type HttpWorld, httpWorld } from '../../testing/http-world.ts'

export const PASSWORD = 'correct horse battery staple'

/** A browser of a test: it keeps the cookie and sends what the dashboard sends. */
export interface Browser {
  readonly cookie: string
  readonly session: Session
  call(url: string, call?: Call): Promise<Response>
}

export interface PeopleWorld extends HttpWorld {
  user(change: Partial<CreateUser> & { name: string; role: Role }): Promise<UserWithPassword>
  attempt(name: string, password: string, headers?: Record<string, string>): Promise<Response>
  signIn(name: string, password?: string): Promise<Browser>
  browser(answer: Response): Browser
  /** An account of this role with a session. */
  person(role: Role, federation: FederationId | null, change?: Partial<CreateUser>): Promise<Browser>
}

let serial = 0

export async function peopleWorld(options: Partial<BuildOptions> = {}): Promise<PeopleWorld> {
  const world = await httpWorld(options)
  const user: PeopleWorld['user'] = async (change) => {
    const body = { password: PASSWORD, mustChangePassword: false, ...change }
    const answer = await world.call(routes.users, { method: 'POST', token: world.admin, body })
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return answer.json<UserWithPassword>()
  }
  const attempt: PeopleWorld['attempt'] = (name, password, headers = {}) =>
    world.call(routes.session, { method: 'POST', body: { name, password }, headers })
  const browser = (answer: Response): Browser => {
    if (answer.statusCode !== 200) throw new Error(answer.body)
    const session = answer.json<Session>()
    const cookie = `${SESSION_COOKIE}=${cookieOf(answer)?.value ?? ''}`
    return {
      cookie,
      session,
      call: (url, call = {}) =>
        world.call(url, {
          ...call,
          headers: {
            cookie,
            ...((call.method ?? 'GET') === 'GET' ? {} : { [CSRF_HEADER]: session.csrf, origin: 'http://localhost:80' }),
            ...call.headers,
          },
        }),
    }
  }
  const signIn: PeopleWorld['signIn'] = async (name, password = PASSWORD) => browser(await attempt(name, password))
  return {
    ...world,
    user,
    attempt,
    signIn,
    browser,
    person: async (role, federation, change = {}) => {
      serial += 1
      const { name } = await user({ name: `${role}-${serial}`, role, federation, ...change })
      return signIn(name)
    },
  }
}

export const cookieOf = (answer: Response) => answer.cookies.find(({ name }) => name === SESSION_COOKIE)

/** The same tests on SQLite and, where there is a server, on PostgreSQL. */
export function onBothDatabases(
  name: string,
  tests: (start: (options?: Partial<BuildOptions>) => Promise<PeopleWorld>) => void,
): void {
  describe(`${name} on SQLite`, () => tests((options) => peopleWorld(options)))
  const server = process.env[POSTGRES_TEST_VARIABLE]
  describe.skipIf(server === undefined)(`${name} on PostgreSQL (${POSTGRES_TEST_VARIABLE})`, () =>
    tests(async (options) => {
      const { databaseUrl, drop } = postgresTestSchema(server ?? '')
      const world = await peopleWorld({ ...options, databaseUrl })
      return {
        ...world,
        close: async () => {
          await world.close()
          await drop()
        },
      }
    }),
  )
}

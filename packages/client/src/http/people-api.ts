import {
  adminAuditPageSchema,
  type ChangeUser,
  type CreateUser,
  routes,
  userSchema,
  userWithPasswordSchema,
} from '@tributary/protocol'
import { z } from 'zod'
import type { CoordinatorApi } from './coordinator-api.ts'
import { callForJson } from './json-call.ts'

/** People of a coordinator as its admins manage them. Each call is made once; all methods throw as CoordinatorApi's do. */
export class PeopleApi {
  readonly #api: CoordinatorApi

  constructor(api: CoordinatorApi) {
    this.#api = api
  }

  /** Of the whole coordinator, or of the admin's federation. */
  users(signal?: AbortSignal) {
    return callForJson(this.#api.peer, z.array(userSchema), { method: 'GET', path: routes.users, signal })
  }

  /** Without a password the coordinator chooses one; the answer holds it this once. */
  createUser(user: CreateUser, signal?: AbortSignal) {
    return callForJson(this.#api.peer, userWithPasswordSchema, { method: 'POST', path: routes.users, json: user, signal })
  }

  /** @returns the account after the change; with a password when that was reset */
  changeUser(account: string, change: ChangeUser, signal?: AbortSignal) {
    const call = { method: 'PATCH', path: routes.user(account), json: change, signal } as const
    return callForJson(this.#api.peer, userWithPasswordSchema, call)
  }

  /** Newest first. */
  audit(query: { before?: number; limit?: number } = {}, signal?: AbortSignal) {
    return callForJson(this.#api.peer, adminAuditPageSchema, { method: 'GET', path: routes.audit, query, signal })
  }
}

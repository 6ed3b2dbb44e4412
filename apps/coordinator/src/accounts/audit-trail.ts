import { type AdminAuditAction, errorBodySchema, federationIdSchema } from '@tributary/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Caller } from '../access/caller.ts'
import type { AccountsStore, NewAuditRecord } from '../storage/accounts-store.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** An administrative action: what is done or refused here goes into the audit log. */
    audit?: {
      readonly action: AdminAuditAction
      /** Fields of the request's body that are written down; never a secret. */
      readonly pick: readonly string[]
      /** True where the route itself writes what was done, in the transaction of the change. */
      readonly within?: boolean
    }
  }
  interface FastifyRequest {
    /** Its entry in the audit log has been begun. */
    audited: boolean
  }
}

/** Refusals of one account that are written down in an hour: a program gone wild must not fill the log. */
const MOST_REFUSALS = 100
const HOUR_MS = 3_600_000

export type AuditPart = Pick<NewAuditRecord, 'action'> &
  Partial<Pick<NewAuditRecord, 'federation' | 'target' | 'details' | 'result' | 'code'>>

/** An entry about what this caller did just now. */
export function auditEntry(caller: Caller | null, address: string, at: Date, part: AuditPart): NewAuditRecord {
  return {
    at,
    account: caller?.id ?? null,
    name: caller?.name ?? null,
    by: caller?.by ?? 'nobody',
    address,
    federation: caller?.federation ?? null,
    target: null,
    details: {},
    result: 'done',
    code: null,
    ...part,
  }
}

const answerPart = z.object({
  id: z.string().optional().catch(undefined),
  account: z.string().optional().catch(undefined),
  federation: federationIdSchema.nullish().catch(undefined),
})
const targetSchema = z.string().regex(/^(acc|fed|inv|run|tok)_[0-9a-z]{8,40}$/)

/**
 * Writes administrative actions of these routes into the audit log before their answer leaves. When that cannot be written, the
 * answer is an error, though the action is done: it stands in its own place, and no one is told that all is well.
 */
export function auditRoutes(app: FastifyInstance, people: AccountsStore, now: () => number): void {
  const refusals = new RefusalBudget(now)
  app.addHook('onSend', async (request, reply, payload) => {
    const { audit } = request.routeOptions.config
    const caller = request.account
    // What cannot be written makes this hook throw, and the error's answer comes through here again.
    if (audit === undefined || caller === null || request.audited) return payload
    const refused = reply.statusCode >= 400
    if (!refused && audit.within) return payload
    if (refused && !refusals.take(caller.id)) return payload
    request.audited = true
    const answer = readAnswer(payload)
    await people.addAudit(
      auditEntry(caller, request.ip, new Date(now()), {
        action: audit.action,
        ...placeOf(request, caller, answer),
        details: pickFrom(request.body, audit.pick),
        result: reply.statusCode >= 500 ? 'failed' : refused ? 'refused' : 'done',
        code: refused ? (errorBodySchema.safeParse(answer).data?.code ?? null) : null,
      }),
    )
    return payload
  })
}

function readAnswer(payload: unknown): unknown {
  try {
    return typeof payload === 'string' ? JSON.parse(payload) : null
  } catch {
    return null
  }
}

function placeOf({ params }: FastifyRequest, caller: Caller, answer: unknown): Pick<NewAuditRecord, 'federation' | 'target'> {
  const { id, account, federation } = answerPart.safeParse(answer).data ?? {}
  const named = z.record(z.string(), z.string()).safeParse(params).data ?? {}
  const candidates = [id, account, named.run, named.invite, named.account, named.token, named.federation]
  const target = candidates.find((candidate) => targetSchema.safeParse(candidate).success) ?? null
  const inPath = federationIdSchema.safeParse(named.federation).data
  return { target: target as NewAuditRecord['target'], federation: federation ?? inPath ?? caller.federation }
}

const pickFrom = (body: unknown, fields: readonly string[]): Record<string, unknown> =>
  typeof body !== 'object' || body === null
    ? {}
    : Object.fromEntries(
        Object.entries(body)
          .filter(([field, value]) => fields.includes(field) && value !== undefined)
          .map(([field, value]) => [field, brief(value)]),
      )

/** A refused body may hold anything of any length. */
const brief = (value: unknown): unknown =>
  typeof value === 'string' ? value.slice(0, 500) : typeof value === 'number' || typeof value === 'boolean' ? value : null

class RefusalBudget {
  readonly #now: () => number
  readonly #counts = new Map<string, { count: number; endsAt: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  take(account: string): boolean {
    const now = this.#now()
    const known = this.#counts.get(account)
    const window = known === undefined || known.endsAt <= now ? { count: 0, endsAt: now + HOUR_MS } : known
    window.count += 1
    this.#counts.set(account, window)
    return window.count <= MOST_REFUSALS
  }
}

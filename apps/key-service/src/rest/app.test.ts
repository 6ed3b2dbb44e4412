import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditEntry, createIdentity, publicKeysOf, verifyAuditLog } from '@tributary/crypto'
import { type AuditEntry, type AuditRecord, fingerprintOf, TributaryError } from '@tributary/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { Tokens } from '../access/tokens.ts'
import { RefusalLog } from '../refusal-log.ts'
import { type Accounts, buildKeyServiceApp, type SignedManifest } from './app.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
const freshFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-keys-'))
  folders.push(folder)
  return folder
}

const identity = createIdentity()
const run = 'run_0123456789'
const manifestSha256 = 'ab'.repeat(32)

function log(): AuditEntry[] {
  const entries: AuditEntry[] = []
  const add = (part: Partial<AuditRecord>) => {
    const prev = entries.at(-1)?.hash ?? '0'.repeat(64)
    const record: AuditRecord = {
      seq: entries.length + 1,
      prev,
      run: manifestSha256,
      step: 0,
      keyId: 'k0',
      party: 'keys',
      kind: 'keyed',
      requestSha256: null,
      ciphertextsSha256: null,
      numbersReturned: 0,
      responseSha256: null,
      quotaLeft: 0,
      code: null,
      at: '2026-11-24T00:00:00.000Z',
      ...part,
    }
    entries.push(auditEntry(record, identity))
  }
  const request = 'cd'.repeat(32)
  add({})
  add({ party: 'host', kind: 'opening', requestSha256: request, numbersReturned: 5, quotaLeft: 195 })
  add({ party: 'guest', kind: 'opening', requestSha256: request, numbersReturned: 3, quotaLeft: 117 })
  add({ party: 'host', kind: 'refused', requestSha256: request, quotaLeft: 195, code: 'key_quota' })
  add({ step: 1, party: 'host', kind: 'opening', requestSha256: request, numbersReturned: 5, quotaLeft: 190 })
  return entries
}

const entries = log()
const charter = { manifest: { parties: [] }, manifestSha256 } as unknown as SignedManifest

async function world(change: Partial<Accounts> = {}) {
  const aborted: string[] = []
  const tokens = Tokens.load(freshFolder())
  const accounts: Accounts = {
    name: 'keys',
    fingerprint: fingerprintOf(publicKeysOf(identity)),
    keys: publicKeysOf(identity),
    runs: () => [run],
    charter: (asked) => (asked === run ? charter : null),
    auditLog: () => entries,
    working: () => true,
    abort: async (asked, reason) => void aborted.push(`${asked}: ${reason}`),
    ...change,
  }
  const logged: unknown[] = []
  const refusals = new RefusalLog({ warn: (line: unknown) => void logged.push(line) })
  const app = await buildKeyServiceApp({ accounts, tokens, refusals })
  const call = (url: string, token: string | null, payload?: object) =>
    app.inject({
      method: payload === undefined ? 'GET' : 'POST',
      url,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    })
  return { app, call, aborted, logged, tokens, operator: tokens.first?.operator ?? '', auditor: tokens.first?.auditor ?? '' }
}

describe("the key service's tokens", () => {
  it('are shown once, kept as hashes in a file of their owner, and work after a restart', () => {
    const folder = freshFolder()
    expect(Tokens.load(folder).first).not.toBeNull()
    const first = Tokens.load(folder)
    first.keep()
    const { operator, auditor } = first.first ?? { operator: '', auditor: '' }
    const text = readFileSync(join(folder, 'tokens.json'), 'utf8')
    expect(text).not.toContain(operator)
    expect(text).not.toContain(auditor)
    expect(statSync(join(folder, 'tokens.json')).mode & 0o777).toBe(0o600)
    const again = Tokens.load(folder)
    expect(again.first).toBeNull()
    again.keep()
    expect(readFileSync(join(folder, 'tokens.json'), 'utf8')).toBe(text)
    expect([again.roleOf(operator), again.roleOf(auditor)]).toEqual(['operator', 'auditor'])
    expect(() => again.roleOf(`${operator}x`)).toThrow(TributaryError)
    writeFileSync(join(folder, 'tokens.json'), '{"operator":')
    expect(() => Tokens.load(folder)).toThrow(/damaged/)
  })
})

describe("the key service's interface", () => {
  it('shows nothing of a run without a token, and nothing of it to a wrong one', async () => {
    const { call } = await world()
    for (const url of ['/api/v1/runs', `/api/v1/runs/${run}`, `/api/v1/runs/${run}/audit`, '/api/v1/identity', '/metrics'])
      for (const token of [null, 'trb_ko_wrong', 'trb_a_admin']) {
        const answer = await call(url, token)
        expect([url, answer.statusCode, answer.json().code]).toEqual([url, 401, 'unauthenticated'])
      }
    expect((await call('/healthz', null)).statusCode).toBe(200)
  })

  it('logs whom it refused and why, without the token that was tried', async () => {
    const { call, auditor, logged } = await world()
    await call('/api/v1/runs', auditor)
    expect(logged).toEqual([])
    await call('/api/v1/runs', 'trb_ko_wrong')
    await call('/api/v1/runs/run_9999999999/audit', auditor)
    expect(logged).toEqual([
      { code: 'unauthenticated', from: '127.0.0.1' },
      { code: 'not_found', from: '127.0.0.1' },
    ])
  })

  it('accounts for openings by party, read off the log', async () => {
    const { call, auditor } = await world()
    const [account] = (await call('/api/v1/runs', auditor)).json()
    expect(account).toMatchObject({ run, entries: 5, step: 1, ended: false, head: { seq: 5, hash: entries[4]?.hash } })
    expect(account.openings).toEqual({
      host: { numbers: 10, quotaLeft: 190, refused: 1 },
      guest: { numbers: 3, quotaLeft: 117, refused: 0 },
    })
  })

  it('hands the whole log to an auditor, who can verify it', async () => {
    const { call, auditor } = await world()
    const { keys, entries: received } = (await call(`/api/v1/runs/${run}/audit`, auditor)).json()
    expect(verifyAuditLog(received, keys).head.hash).toBe(entries[4]?.hash)
    expect((await call('/api/v1/runs/run_9999999999/audit', auditor)).json()).toMatchObject({ code: 'not_found' })
  })

  it('lets only the operator end a run, with a reason', async () => {
    const { call, auditor, operator, aborted } = await world()
    const url = `/api/v1/runs/${run}/abort`
    expect((await call(url, auditor, { reason: 'wrong table' })).json()).toMatchObject({ code: 'forbidden' })
    expect((await call(url, operator, { reason: ' ' })).json()).toMatchObject({ code: 'bad_request' })
    expect(aborted).toEqual([])
    expect((await call(url, operator, { reason: 'wrong table' })).statusCode).toBe(200)
    expect(aborted).toEqual([`${run}: wrong table`])
  })

  it('says that it is not ready when it has stopped taking part, and renders its description', async () => {
    const { call, auditor } = await world({ working: () => false })
    expect((await call('/readyz', null)).statusCode).toBe(503)
    expect(Object.keys((await call('/openapi.json', null)).json().paths)).toContain('/api/v1/runs/{run}/audit')
    const metrics = (await call('/metrics', auditor)).body
    expect(metrics).toContain('tributary_key_service_audit_entries{kind="opening"} 3')
    expect(metrics).toContain('tributary_key_service_numbers_opened 13')
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { auditSeqs, entry, someSession, someToken, storedUser } from './accounts-fixtures.ts'
import type { AccountsStore, AuditRecord, UserRecord } from './accounts-store.ts'
import { refusal } from './expected-refusal.ts'
import type { StoreSetup } from './store-contract.ts'
import { later, START, someHash, storedFederation, storedParticipant } from './store-fixtures.ts'

/** People, tokens, single sign-on, locks, audit. */
export function accountsContract(setup: () => StoreSetup): void {
  describe('people', () => {
    let people: AccountsStore
    const seqs = () => auditSeqs(people)
    const stored = (change: Partial<UserRecord> = {}) => storedUser(people, change)
    beforeEach(() => {
      people = setup().store.people
    })

    it('keeps users as they were made, with their entry in the audit log', async () => {
      const { store } = setup()
      const federation = await storedFederation(store)
      const { id: participant } = await storedParticipant(store, federation.id, 'hospital-a')
      const identity = { issuer: 'https://id', subject: null, email: 'li@example.org', linked: false }
      const user = await stored({ name: '李伟', role: 'institution', federation: federation.id, participant, identity })
      const admin = await stored({ role: 'admin' })
      expect(await people.user(user.id)).toEqual(user)
      expect(await people.userByName('李伟')).toEqual(user)
      expect(await people.userByName('somebody')).toBeNull()
      expect(await people.users({ federation: federation.id })).toEqual([user])
      expect((await people.users({})).map(({ id }) => id).sort()).toEqual([user.id, admin.id].sort())
      expect(await seqs()).toEqual([1, 2])
    })

    it('refuses a name or an enrolment that is taken, and leaves nothing of it, not even a gap in the audit log', async () => {
      const identity = { issuer: 'https://id', subject: null, email: 'li@example.org', linked: false }
      const user = await stored({ identity })
      await expect(stored({ name: user.name })).rejects.toEqual(refusal('account_name_taken'))
      await expect(stored({ name: 'other', identity })).rejects.toEqual(refusal('oidc_taken'))
      await expect(stored({ name: 'nul\u0000' })).rejects.toEqual(refusal('bad_request'))
      expect(await people.userByName('other')).toBeNull()
      await stored()
      expect(await seqs()).toEqual([1, 2])
    })

    it('numbers the audit log without a gap, whoever writes at the same moment', async () => {
      const same = await stored()
      await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) =>
          n % 3 === 0 ? stored({ name: same.name }) : people.addAudit(entry({ details: { n } })),
        ),
      )
      expect(await seqs()).toEqual(Array.from({ length: 9 }, (_, n) => n + 1))
    })

    it('pages the audit log from the newest, all of it or one federation', async () => {
      const { id: federation } = await storedFederation(setup().store)
      for (let n = 1; n <= 5; n += 1)
        await people.addAudit(
          entry({ details: { n, '': ['一'] }, ...(n % 2 === 0 ? { federation, result: 'refused', code: 'forbidden' } : {}) }),
        )
      const page = await people.audit({ limit: 2 })
      expect([page.headSeq, page.entries.map(({ seq }) => seq)]).toEqual([5, [5, 4]])
      expect(page.entries[1]).toEqual({
        ...entry({ federation, result: 'refused', code: 'forbidden', details: { n: 4, '': ['一'] } }),
        seq: 4,
      } satisfies AuditRecord)
      expect((await people.audit({ limit: 9, before: 4 })).entries.map(({ seq }) => seq)).toEqual([3, 2, 1])
      expect((await people.audit({ limit: 9, federation })).entries.map(({ seq }) => seq)).toEqual([4, 2])
    })

    it('keeps tokens by their hash until long after they are revoked', async () => {
      const user = await stored()
      const token = someToken(user.id)
      const newer = someToken(user.id, { createdAt: later(1) })
      for (const one of [token, newer]) await people.createToken(one, entry())
      expect(await people.tokenByHash(token.tokenHash)).toEqual({ token, user })
      expect(await people.tokenByHash(someHash())).toBeNull()
      await people.touchToken(token.id, later(3))
      await people.revokeToken(token.id, later(4), entry())
      await people.revokeToken(token.id, later(5), entry())
      const revoked = { ...token, lastUsedAt: later(3), revokedAt: later(4) }
      expect(await people.tokens(user.id)).toEqual([newer, revoked])
      expect(await people.token(token.id)).toEqual(revoked)
      expect(await seqs()).toEqual([1, 2, 3, 4])
    })

    it('links who is enrolled once, the subject before the address, and only at that issuer', async () => {
      const issuer = 'https://id'
      const byMail = await stored({ identity: { issuer, subject: null, email: 'a@example.org', linked: false } })
      const bySubject = await stored({ identity: { issuer, subject: 's-2', email: null, linked: false } })
      expect(await people.userBySubject(issuer, 's-2')).toBeNull()
      expect(await people.linkIdentity('https://other', 's-1', 'a@example.org')).toBeNull()
      expect((await people.linkIdentity(issuer, 's-2', 'a@example.org'))?.id).toBe(bySubject.id)
      const linked = await people.linkIdentity(issuer, 's-1', 'a@example.org')
      expect(linked).toEqual({ ...byMail, identity: { issuer, subject: 's-1', email: null, linked: true } })
      expect((await people.userBySubject(issuer, 's-1'))?.id).toBe(byMail.id)
      // The address opens nothing for another subject any more.
      expect(await people.linkIdentity(issuer, 's-3', 'a@example.org')).toBeNull()
    })

    it('gives a single sign-on under way back once', async () => {
      const attempt = {
        idHash: someHash(),
        provider: 'oidc',
        state: 's',
        nonce: 'n',
        verifier: 'v',
        returnTo: '/runs?q=一',
        expiresAt: later(9),
      }
      await people.createAttempt(attempt)
      const taken = await Promise.all([people.takeAttempt(attempt.idHash), people.takeAttempt(attempt.idHash)])
      expect(taken.filter((one) => one !== null)).toEqual([attempt])
    })

    it('counts every one of many tries at once, locks, forgives and forgets', async () => {
      const policy = { lockMs: (failures: number) => (failures >= 3 ? 10_000 * (failures - 2) : 0), forgetMs: 60_000 }
      const tries = await Promise.all(Array.from({ length: 8 }, () => people.countTry('account:x', START, policy)))
      expect(tries.filter((until) => until === null)).toHaveLength(3)
      expect(tries.filter((until) => until !== null).every((until) => until.getTime() === later(10).getTime())).toBe(true)
      expect(await people.locks(['account:x', 'account:y'], later(9))).toEqual(new Map([['account:x', later(10)]]))
      // Durable: another handle knows it too.
      const again = await setup().reopen()
      expect(await again.people.countTry('account:x', later(9), policy)).toEqual(later(10))
      await again.close()
      expect(await people.countTry('account:x', later(10), policy)).toBeNull()
      expect(await people.countTry('account:x', later(11), policy)).toEqual(later(30))
      await people.forgiveTry('account:x', later(12), false)
      expect(await people.countTry('account:x', later(12), policy)).toBeNull()
      expect(await people.countTry('account:x', later(13), policy)).toEqual(later(32))
      await people.forgiveTry('account:x', later(14), true)
      for (const at of [14, 15]) expect(await people.countTry('account:x', later(at), policy)).toBeNull()
      // Two failures long ago, then these are the first.
      for (const at of [80, 81, 82]) expect(await people.countTry('account:x', later(at), policy)).toBeNull()
      expect(await people.countTry('account:x', later(83), policy)).toEqual(later(92))
    })

    it('keeps one key of a name, whoever is first', async () => {
      const keys = await Promise.all(['a', 'b', 'c'].map((fresh) => people.key('pseudonyms', fresh)))
      expect(new Set(keys).size).toBe(1)
      expect(await people.key('pseudonyms', 'd')).toBe(keys[0])
      expect(await people.key('other', 'd')).toBe('d')
    })

    it('removes what has expired and nothing else', async () => {
      const user = await stored()
      const [old, live] = [someSession(user.id, { expiresAt: later(5) }), someSession(user.id)]
      for (const session of [old, live]) await people.startSession(session, null, null, entry())
      const policy = { lockMs: () => 1_000, forgetMs: 60_000 }
      await people.countTry('a', START, policy)
      await people.purge({ sessions: later(6), attempts: later(6), failures: later(6) })
      expect(await people.session(old.idHash)).toBeNull()
      expect(await people.session(live.idHash)).not.toBeNull()
    })
  })
}

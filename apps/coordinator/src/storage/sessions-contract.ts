import type { AccountId } from '@tributary/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { auditSeqs, entry, someSession, storedUser } from './accounts-fixtures.ts'
import type { AccountsStore, UserRecord } from './accounts-store.ts'
import { refusal } from './expected-refusal.ts'
import type { StoreSetup } from './store-contract.ts'
import { later } from './store-fixtures.ts'

/** Sessions, and what ends them. */
export function sessionsContract(setup: () => StoreSetup): void {
  describe('sessions', () => {
    let people: AccountsStore
    const seqs = () => auditSeqs(people)
    const stored = (change: Partial<UserRecord> = {}) => storedUser(people, change)
    beforeEach(() => {
      people = setup().store.people
    })

    it('starts, replaces, touches and ends sessions', async () => {
      const user = await stored()
      const [first, second] = [someSession(user.id), someSession(user.id)]
      await people.startSession(first, user.passwordHash, null, entry())
      expect(await people.session(first.idHash)).toEqual({ session: first, user: { ...user, lastSignInAt: later(1) } })
      await people.startSession(second, null, first.idHash, entry())
      expect(await people.session(first.idHash)).toBeNull()
      await people.touchSession(second.idHash, later(7))
      await people.touchSession(second.idHash, later(6))
      expect((await people.session(second.idHash))?.session.lastSeenAt).toEqual(later(7))
      await people.endSession(second.idHash, entry())
      await people.endSession(second.idHash, entry())
      expect(await people.session(second.idHash)).toBeNull()
      expect(await seqs()).toEqual([1, 2, 3, 4])
    })

    it('starts no session by a password that was another by then, or for somebody who was disabled', async () => {
      const user = await stored({ passwordHash: 'old' })
      await people.changeUser(user.id, { passwordHash: 'new' }, null, null)
      const [late, current, byProvider] = [someSession(user.id), someSession(user.id), someSession(user.id)]
      await expect(people.startSession(late, 'old', null, entry())).rejects.toEqual(refusal('credentials_wrong'))
      await people.startSession(current, 'new', null, entry())
      // A late sign-in ends nobody's session, either.
      await expect(people.startSession(late, 'old', current.idHash, entry())).rejects.toEqual(refusal('credentials_wrong'))
      await people.startSession(byProvider, null, null, entry())
      await people.changeUser(user.id, { disabledAt: later(2) }, byProvider.idHash, null)
      for (const hash of ['new', null])
        await expect(people.startSession(late, hash, null, entry())).rejects.toEqual(refusal('credentials_wrong'))
      expect(await people.session(late.idHash)).toBeNull()
      expect(await people.session(byProvider.idHash)).not.toBeNull()
      expect((await people.user(user.id))?.lastSignInAt).toEqual(later(1))
      expect(await seqs()).toEqual([1, 2, 3])
    })

    it('leaves no session of the old password, whoever is faster', async () => {
      for (let n = 0; n < 10; n += 1) {
        const user = await stored({ passwordHash: 'old' })
        const sessions = [someSession(user.id), someSession(user.id), someSession(user.id)]
        const [first, ...others] = sessions.map((session) => () => people.startSession(session, 'old', null, entry()))
        const change = () => people.changeUser(user.id, { passwordHash: 'new' }, null, entry())
        await Promise.allSettled([first, change, ...others].map((call) => call?.()))
        expect(await Promise.all(sessions.map(({ idHash }) => people.session(idHash)))).toEqual([null, null, null])
      }
    })

    it('ends every session but one with a change of its user', async () => {
      const user = await stored()
      const other = await stored()
      const [kept, ended, theirs] = [someSession(user.id), someSession(user.id), someSession(other.id)]
      for (const session of [kept, ended, theirs]) await people.startSession(session, null, null, entry())
      const changed = await people.changeUser(user.id, { passwordHash: 'new', mustChangePassword: true }, kept.idHash, entry())
      expect(changed).toMatchObject({ passwordHash: 'new', mustChangePassword: true })
      const there = async () =>
        Promise.all([kept, ended, theirs].map(async ({ idHash }) => (await people.session(idHash)) !== null))
      expect(await there()).toEqual([true, false, true])
      await people.changeUser(user.id, { disabledAt: later(2), role: 'admin' }, null, null)
      expect(await there()).toEqual([false, false, true])
      expect(await people.user(user.id)).toMatchObject({ disabledAt: later(2), role: 'admin' })
      expect(await people.changeUser('acc_nobody0000' as AccountId, { role: 'admin' }, null, entry())).toBeNull()
      expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6])
    })
  })
}

import { beforeEach, describe, expect, it } from 'vitest'
import { refusal } from './expected-refusal.ts'
import type { Store } from './store.ts'
import type { StoreSetup } from './store-contract.ts'
import {
  later,
  START,
  someAccount,
  someFederation,
  someHash,
  someInvite,
  someParticipant,
  storedFederation,
  storedParticipant,
} from './store-fixtures.ts'

/** Accounts, federations, invites, participants. */
export function accessContract(setup: () => StoreSetup): void {
  describe('access', () => {
    let store: Store
    beforeEach(() => {
      store = setup().store
    })

    it('finds an account by its token hash until it is revoked', async () => {
      const account = someAccount()
      await store.createAccount(account)
      const revoked = someAccount({ revokedAt: START })
      await store.createAccount(revoked)
      expect(await store.accountByTokenHash(account.tokenHash)).toEqual(account)
      expect(await store.accountByTokenHash(revoked.tokenHash)).toBeNull()
      expect(await store.accountByTokenHash(someHash())).toBeNull()
      expect(await store.countAccounts('admin')).toBe(1)
      expect(await store.countAccounts('researcher')).toBe(0)
    })

    it('knows who presents a token, and at once that its participant has left', async () => {
      const { id } = await storedFederation(store)
      const tokenHash = someHash()
      expect(await store.credential(tokenHash)).toBeNull()
      const [invite, member] = [someInvite(id), someParticipant(id, 'hospital-a')]
      await store.createInvite(invite)
      const account = someAccount({ role: 'institution', federation: id, participant: member.id, tokenHash })
      await store.redeemInvite(invite.id, later(1), account, member)
      for (let n = 0; n < 2; n += 1) expect(await store.credential(tokenHash)).toEqual({ account, left: false })
      await store.updateParticipant(member.id, { leftAt: later(4) })
      for (let n = 0; n < 2; n += 1) expect(await store.credential(tokenHash)).toEqual({ account, left: true })
      const admin = someAccount()
      await store.createAccount(admin)
      expect(await store.credential(admin.tokenHash)).toEqual({ account: admin, left: false })
    })

    it('refuses a federation name that is taken', async () => {
      await store.createFederation(someFederation('hospitals'))
      await expect(store.createFederation(someFederation('hospitals'))).rejects.toEqual(refusal('federation_name_taken'))
      expect((await store.federations()).map((f) => f.name)).toEqual(['hospitals'])
    })

    it('redeems an invite once, with its account and participant', async () => {
      const { id } = await storedFederation(store)
      const invite = someInvite(id)
      await store.createInvite(invite)
      expect(await store.inviteByCodeHash(invite.codeHash)).toEqual(invite)
      const member = someParticipant(id, 'hospital-a')
      const account = someAccount({ role: 'institution', federation: id, participant: member.id })
      await store.redeemInvite(invite.id, later(1), account, member)
      expect(await store.participants(id)).toEqual([member])
      expect(await store.accountByTokenHash(account.tokenHash)).toEqual(account)
      expect((await store.invite(invite.id))?.usedAt).toEqual(later(1))
      await expect(store.redeemInvite(invite.id, later(2), someAccount(), someParticipant(id, 'hospital-b'))).rejects.toEqual(
        refusal('invite_used'),
      )
      expect(await store.participants(id)).toHaveLength(1)
    })

    it('lets one of two redeem an invite at the same moment', async () => {
      const { id } = await storedFederation(store)
      const invite = someInvite(id)
      await store.createInvite(invite)
      const results = await Promise.allSettled(
        ['a', 'b'].map((label) => {
          const member = someParticipant(id, label)
          const account = someAccount({ role: 'institution', federation: id, participant: member.id })
          return store.redeemInvite(invite.id, later(1), account, member)
        }),
      )
      expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1)
      expect(results.find((r) => r.status === 'rejected')?.reason).toEqual(refusal('invite_used'))
      expect(await store.participants(id)).toHaveLength(1)
      expect(await store.countAccounts('institution')).toBe(1)
    })

    it('refuses an invite that expired or was revoked, and a name that is taken without using the invite up', async () => {
      const { id } = await storedFederation(store)
      const [expired, revoked, good] = [someInvite(id), someInvite(id), someInvite(id)]
      for (const invite of [expired, revoked, good]) await store.createInvite(invite)
      await storedParticipant(store, id, 'hospital-a')
      await store.revokeInvite(revoked.id, START)
      const redeem = (invite: typeof good, when: Date, label: string) =>
        store.redeemInvite(invite.id, when, someAccount(), someParticipant(id, label))
      await expect(redeem(expired, later(60), 'x')).rejects.toEqual(refusal('invite_expired'))
      await expect(redeem(revoked, later(1), 'x')).rejects.toEqual(refusal('invite_revoked'))
      await expect(redeem(good, later(1), 'hospital-a')).rejects.toEqual(refusal('participant_name_taken'))
      expect(await store.invite(good.id)).toEqual(good)
      await redeem(good, later(59), 'hospital-b')
    })

    it('refuses a token that is in use, without using the invite up', async () => {
      const { id } = await storedFederation(store)
      const invite = someInvite(id)
      await store.createInvite(invite)
      const known = someAccount()
      await store.createAccount(known)
      const member = someParticipant(id, 'hospital-a')
      const account = someAccount({ role: 'institution', federation: id, participant: member.id, tokenHash: known.tokenHash })
      await expect(store.redeemInvite(invite.id, later(1), account, member)).rejects.toEqual(refusal('bad_request'))
      expect(await store.invite(invite.id)).toEqual(invite)
      expect(await store.participants(id)).toEqual([])
    })

    it('leaves a used invite used when it is revoked', async () => {
      const { id } = await storedFederation(store)
      await storedParticipant(store, id, 'hospital-a')
      const [invite] = await store.invites(id)
      if (invite === undefined) throw new Error('no invite')
      await store.revokeInvite(invite.id, later(5))
      expect((await store.invite(invite.id))?.revokedAt).toBeNull()
    })

    it('frees the name of one who has left, and keeps both apart', async () => {
      const { id } = await storedFederation(store)
      const first = await storedParticipant(store, id, 'hospital-a')
      await store.updateParticipant(first.id, { leftAt: later(4) })
      const second = someParticipant(id, 'hospital-a', { joinedAt: later(5) })
      const invite = someInvite(id)
      await store.createInvite(invite)
      const account = someAccount({ role: 'institution', federation: id, participant: second.id })
      await store.redeemInvite(invite.id, later(5), account, second)
      expect(await store.participants(id)).toEqual([{ ...first, leftAt: later(4) }, second])
      await store.updateParticipant(first.id, { lastSeenAt: later(6) })
      await expect(storedParticipant(store, id, 'hospital-a')).rejects.toEqual(refusal('participant_name_taken'))
      await store.updateParticipant(second.id, { leftAt: later(7) })
      await storedParticipant(store, id, 'hospital-a')
      expect(await store.participants(id)).toHaveLength(3)
    })

    it('changes what is told of a participant, and nothing else', async () => {
      const { id } = await storedFederation(store)
      const member = await storedParticipant(store, id, 'hospital-a')
      const change = { samples: 2 ** 40, backend: 'wasm', lastSeenAt: later(3), clientVersion: '0.1.0' }
      await store.updateParticipant(member.id, change)
      expect(await store.participant(member.id)).toEqual({ ...member, ...change })
      await store.updateParticipant(member.id, { leftAt: later(4) })
      expect(await store.participant(member.id)).toEqual({ ...member, ...change, leftAt: later(4) })
    })
  })
}

import { memoryIdentityStore } from '../identity/memory-identity-store.ts'
import { type JoinOptions, joinFederation, type Participation } from '../index.node.ts'
import type { FakeCoordinator } from './fake-coordinator.node.ts'
import { DATA, type EventRecorder, type FakeTrainer, hastyClock } from './participant-fixture.ts'

interface World {
  readonly fake: FakeCoordinator
  readonly trainer: FakeTrainer
  readonly seen: EventRecorder
}

/** Takes part at the fake coordinator, as its member `a` unless another credential is given. */
export function joined({ fake, trainer, seen }: World, options: Partial<JoinOptions> = {}): Promise<Participation> {
  const credential = options.invite === undefined && options.token === undefined ? { token: fake.addMember('a').token } : {}
  return joinFederation({
    url: fake.url,
    data: DATA,
    trainer: trainer.train,
    identity: memoryIdentityStore(),
    clock: hastyClock(),
    onEvent: seen.record,
    ...credential,
    ...options,
  })
}

import type { TributaryError } from '@tributary/protocol'

/** A party of the demo ended for good; says which. */
export class PartyFailure extends Error {
  override readonly name = 'PartyFailure'
  readonly party: string
  readonly error: TributaryError

  constructor(party: string, error: TributaryError) {
    super(error.message)
    this.party = party
    this.error = error
  }
}

import type { Manifest, ManifestParty } from '@tributary/protocol'

/** Parties with ids, in the manifest's order of names: each hands sets to the one after it, the last to the first. */
export const ringOf = (manifest: Manifest): readonly ManifestParty[] =>
  manifest.parties.filter((party) => party.role !== 'key-service')

export interface RingPlace {
  /** m: parties in the ring. */
  readonly size: number
  readonly next: string
  readonly previous: string
  /** Steps from `owner` to here; 0 for the own set, null for who is not in the ring. */
  distanceFrom(owner: string): number | null
}

export function placeInRing(manifest: Manifest, me: string): RingPlace {
  const names = ringOf(manifest).map((party) => party.name)
  const size = names.length
  const at = names.indexOf(me)
  const nameAt = (index: number) => names[(index + size) % size] ?? ''
  return {
    size,
    next: nameAt(at + 1),
    previous: nameAt(at - 1),
    distanceFrom(owner) {
      const start = names.indexOf(owner)
      return start < 0 || at < 0 ? null : (at - start + size) % size
    },
  }
}

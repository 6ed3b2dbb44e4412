/** A party's own rows, before alignment, in the order of its file. All arrays are of the same length. */
export interface PartyTable {
  readonly ids: readonly string[]
  /** Line of each row in its file, for messages. */
  readonly lines: readonly number[]
  readonly names: readonly string[]
  /** Feature columns in doubles, on shared memory so that workers see them without a copy. */
  readonly columns: readonly Float64Array[]
  /** Label party only. */
  readonly label: Float64Array | null
  /** Known to all parties; null without. */
  readonly rowWeights: Float64Array | null
}

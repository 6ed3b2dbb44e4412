/** Rows of one statement, of seven values at most: both databases take 32,766 parameters. */
const LARGEST = 500

/** A list in groups for one statement each: of the same key, and small enough. */
export function statementGroups<T>(list: Iterable<T>, keyOf: (item: T) => string = () => ''): [T, ...T[]][] {
  const groups: [T, ...T[]][] = []
  const open = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    const group = open.get(key)
    if (group !== undefined && group.length < LARGEST) group.push(item)
    else {
      const fresh: [T, ...T[]] = [item]
      groups.push(fresh)
      open.set(key, fresh)
    }
  }
  return groups
}

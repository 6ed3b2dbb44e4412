/** A setting by its path, as `training.epochs`. */
export type Flat = ReadonlyMap<string, string>

export function flatten(value: unknown, path = ''): Map<string, string> {
  const flat = new Map<string, string>()
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value))
      for (const [key, text] of flatten(inner, path === '' ? name : `${path}.${name}`)) flat.set(key, text)
    return flat
  }
  flat.set(path, JSON.stringify(value) ?? 'undefined')
  return flat
}

/** Paths at which the settings are not all the same. */
export function differing(settings: readonly Flat[]): string[] {
  const paths = [...new Set(settings.flatMap((flat) => [...flat.keys()]))].sort()
  return paths.filter((path) => new Set(settings.map((flat) => flat.get(path))).size > 1)
}

/** Groups of what differs by its seed alone; `key` is all of the settings but the seed. */
export function bySeed<Item>(items: readonly Item[], settings: (item: Item) => Flat): Item[][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = JSON.stringify([...settings(item)].filter(([path]) => path !== 'seed').sort())
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
}

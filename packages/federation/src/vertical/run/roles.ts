import type { Manifest, VerticalSettings } from '@tributary/protocol'

/** Parties with rows: feature parties and the label party, in the manifest's order. */
export const dataParties = ({ parties }: Manifest): readonly string[] =>
  parties.filter(({ role }) => role !== 'key-service').map(({ name }) => name)

export const featureParties = ({ parties }: Manifest): readonly string[] =>
  parties.filter(({ role }) => role === 'feature').map(({ name }) => name)

const nameOfRole = ({ parties }: Manifest, wanted: 'label' | 'key-service'): string =>
  parties.find(({ role }) => role === wanted)?.name ?? ''
export const labelPartyName = (manifest: Manifest): string => nameOfRole(manifest, 'label')
export const keyServiceName = (manifest: Manifest): string => nameOfRole(manifest, 'key-service')

export const everyoneBut = (me: string, { parties }: Manifest): readonly string[] =>
  parties.filter(({ name }) => name !== me).map(({ name }) => name)

/** p_j as declared in the manifest. */
export const declaredFeatures = ({ parties }: Manifest, party: string): number =>
  parties.find(({ name }) => name === party)?.features ?? 0

/** m: parties with columns. */
export const partiesWithColumns = ({ parties }: Manifest): number =>
  parties.filter(({ role, features }) => role !== 'key-service' && features > 0).length

export const predictionReceiver = (manifest: Manifest): string => manifest.settings.predictionReceiver ?? labelPartyName(manifest)

/** Taylor logistic regression is least squares on 2y with λ' = 8λ. */
export const effectiveLambda = ({ task, lambda }: VerticalSettings): number => (task === 'logistic' ? 8 * lambda : lambda)

/** Fewest rows of a run: enough that no party's columns could be solved for. */
export const fewestRows = ({ parties, settings }: Manifest): number =>
  Math.max(settings.minimumRows, ...parties.map(({ features }) => (features > 0 ? 10 * (features + 1) : 0)))

/** T·p_j counts numbers: T ≤ min(40, ⌊n/p_j⌋) openings of each feature. */
export const stepCap = ({ settings }: Manifest, rows: number, features: number): number =>
  Math.min(40, settings.maxSteps, features > 0 ? Math.floor(rows / features) : 40)

import { fileURLToPath } from 'node:url'

/** One institution's table of a real data set that is split by columns. */
export interface ExampleTable {
  readonly name: string
  readonly role: 'feature' | 'label'
  /** CSV, plain or gzip, with a header. */
  readonly path: string
  readonly idColumn: string
  readonly labelColumn: string | null
}

export interface VerticalExample {
  readonly name: VerticalExampleName
  readonly about: string
  readonly task: 'linear' | 'logistic'
  /** True when the label has two values, so that an area under the ROC curve makes sense. */
  readonly binary: boolean
  readonly rows: number
  readonly tables: readonly ExampleTable[]
}

export const verticalExampleNames = ['breast', 'diabetes', 'credit'] as const
export type VerticalExampleName = (typeof verticalExampleNames)[number]

const path = (file: string) => fileURLToPath(new URL(`../fixtures/vertical/${file}`, import.meta.url))
const pair = (host: string, guest: string, label: string): readonly ExampleTable[] => [
  { name: 'host', role: 'feature', path: path(host), idColumn: 'id', labelColumn: null },
  { name: 'guest', role: 'label', path: path(guest), idColumn: 'id', labelColumn: label },
]

const examples: Readonly<Record<VerticalExampleName, VerticalExample>> = {
  breast: {
    name: 'breast',
    about: 'breast cancer (Wisconsin): 20 measures at one hospital, 10 and the diagnosis at another',
    task: 'linear',
    binary: true,
    rows: 569,
    tables: pair('breast_hetero_host.csv', 'breast_hetero_guest.csv', 'y'),
  },
  diabetes: {
    name: 'diabetes',
    about: 'diabetes progression after a year: 5 measures at one clinic, 5 and the progression at another',
    task: 'linear',
    binary: false,
    rows: 442,
    tables: pair('diabetes_host.csv', 'diabetes_guest.csv', 'progression'),
  },
  credit: {
    name: 'credit',
    about: 'default of credit cards (Taiwan): 10 columns at one bank, 13 and the default at another',
    task: 'linear',
    binary: true,
    rows: 30_000,
    tables: pair('default_credit_hetero_host.csv.gz', 'default_credit_hetero_guest.csv.gz', 'y'),
  },
}

/** Tables that come with the product; licences are in the folder's README. */
export const verticalExample = (name: VerticalExampleName): VerticalExample => examples[name]

import { countClasses, type Dataset } from '@tributary/data'
import type { Recipe } from '../reading/messages.ts'
import { ask } from '../reading/reader.ts'

/** Rows that were read once and can be read again: the page keeps them only until training takes them. */
export interface ConnectedData {
  readonly rows: number
  readonly featureShape: readonly number[]
  /** Rows of each class, by its name; null for regression. */
  readonly perClass: readonly { readonly name: string; readonly rows: number }[] | null
  /** The rows, theirs who asks: the first time those that were read, later read again. */
  take(): Promise<Dataset>
}

/** @throws TributaryError `data_*`, `config_invalid` */
export async function connect(recipe: Recipe, signal: AbortSignal): Promise<ConnectedData> {
  const dataset = await ask({ do: 'read', recipe }, signal)
  const { count: rows, featureShape, classes, labels } = dataset
  const names = classNames(recipe)
  const perClass =
    classes === null
      ? null
      : countClasses(labels, classes).map((count, place) => ({ name: names[place] ?? String(place), rows: count }))
  let first: Dataset | null = dataset
  return {
    rows,
    featureShape,
    perClass,
    async take() {
      const held = first ?? (await ask({ do: 'read', recipe }))
      first = null
      return held
    },
  }
}

function classNames(recipe: Recipe): readonly string[] {
  if (recipe.kind !== 'table') return recipe.form.classes
  const { label } = recipe.schema
  return label?.type === 'category' ? label.categories : []
}

import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { PartyOutcome } from '@tributary/federation'
import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'
import { partyOutcomeSchema } from '../store/outcome-schema.ts'

/** What a party keeps of a run that is done, as it stands in `outcomes/<run>.json`. */
export interface SavedOutcome extends PartyOutcome {
  readonly run: string
  readonly manifestSha256: string
  readonly original: OriginalUnits
}

/**
 * The party's part of the model for columns as they stand in its file: score_j = constant + Σ weight·x. The sum of all parties'
 * scores is the prediction in units of the standardised label (for logistic regression the logit); the label party makes it
 * intercept + labelDeviation·sum.
 */
export interface OriginalUnits {
  /** w/sd by column; 0 for columns that were dropped. */
  readonly weights: Readonly<Record<string, number>>
  /** −Σ weight·mean. */
  readonly constant: number
}

export function originalUnits({ names, weights, means, deviations, dropped }: PartyOutcome): OriginalUnits {
  const byName: Record<string, number> = {}
  for (const name of dropped) byName[name] = 0
  let constant = 0
  for (const [index, name] of names.entries()) {
    const weight = (weights[index] ?? 0) / (deviations[index] ?? 1)
    byName[name] = weight
    constant -= weight * (means[index] ?? 0)
  }
  return { weights: byName, constant }
}

export const savedOutcome = (run: string, manifestSha256: string, outcome: PartyOutcome): SavedOutcome => ({
  run,
  manifestSha256,
  ...outcome,
  original: originalUnits(outcome),
})

const savedOutcomeSchema: z.ZodType<SavedOutcome> = partyOutcomeSchema.extend({
  run: z.string(),
  manifestSha256: z.string(),
  original: z.object({ weights: z.record(z.string(), z.number()), constant: z.number() }),
})

/** What a party saved of a run in `outcomes/RUN.json`. @throws TributaryError `data_unreadable` */
export async function readOutcome(file: string): Promise<SavedOutcome> {
  try {
    return savedOutcomeSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new TributaryError('data_unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}

/** Written whole or not at all; the same outcome again changes nothing. */
export async function saveOutcome(folder: string, outcome: SavedOutcome): Promise<string> {
  const outcomes = join(folder, 'outcomes')
  await mkdir(outcomes, { recursive: true, mode: 0o700 })
  const file = join(outcomes, `${outcome.run}.json`)
  const temporary = `${file}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(outcome, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  return file
}

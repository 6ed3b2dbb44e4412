import { readFile } from 'node:fs/promises'
import { featureNames, parseTableSchema } from '@tributary/data'
import { type ModelConfig, type RunConfig, runConfigSchema, TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** The flags of `run create`. */
export interface RunFlags {
  readonly config?: string
  readonly model?: ModelConfig['name']
  readonly schema?: string
  readonly mnist?: true
  readonly inputShape?: readonly number[]
  readonly outputs?: number
  readonly hidden?: readonly number[]
  readonly rounds?: number
  readonly epochs?: number
  readonly batch?: number | null
  readonly optimiser?: string
  readonly learningRate?: number
  readonly form?: 'parameters' | 'gradients'
  readonly weighting?: 'samples' | 'uniform'
  readonly serverLearningRate?: number
  readonly fraction?: number
  readonly minimum?: number
  readonly overSelection?: number
  readonly deadline?: number
  readonly patience?: number
  readonly seed?: number
}

const DEFAULT_ROUNDS = 10
const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })

/**
 * A run's config from a JSON file, from flags, or from a file with flags over it. What is not said gets the protocol's defaults.
 * @throws TributaryError `config_invalid`, `data_unreadable`
 */
export async function runConfigOf(flags: RunFlags): Promise<RunConfig> {
  const base = flags.config === undefined ? {} : await readJsonObject(flags.config)
  const config = {
    ...base,
    ...(await modelOf(flags, base.model)),
    ...(flags.config === undefined || flags.rounds !== undefined ? { rounds: flags.rounds ?? DEFAULT_ROUNDS } : {}),
    ...section('training', base, {
      epochs: flags.epochs,
      batchSize: flags.batch,
      optimiser: flags.optimiser,
      learningRate: flags.learningRate,
    }),
    ...strategyOf(flags, base),
    ...section('selection', base, {
      fraction: flags.fraction,
      minimum: flags.minimum,
      overSelection: flags.overSelection,
    }),
    ...given({ deadlineSeconds: flags.deadline, patienceSeconds: flags.patience, seed: flags.seed }),
  }
  const parsed = runConfigSchema.safeParse(config)
  if (!parsed.success) throw invalid(flags.config ?? 'run', z.prettifyError(parsed.error))
  return parsed.data
}

type JsonObject = Readonly<Record<string, unknown>>

const given = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** A part of the config, only when the file or a flag speaks of it. */
function section(name: string, base: JsonObject, values: JsonObject): JsonObject {
  const said = given(values)
  if (Object.keys(said).length === 0) return {}
  return { [name]: { ...(base[name] as JsonObject | undefined), ...said } }
}

function strategyOf(flags: RunFlags, base: JsonObject): JsonObject {
  const { form, weighting, serverLearningRate } = flags
  const strategy = section('strategy', base, { form, weighting, serverLearningRate })
  return 'strategy' in strategy ? { strategy: { name: 'fedavg', ...(strategy.strategy as JsonObject) } } : {}
}

/** The model: its name, and sizes from --schema, --mnist or --input-shape and --outputs. */
async function modelOf(flags: RunFlags, base: unknown): Promise<JsonObject> {
  const { model: name, hidden } = flags
  const sizes = await sizesOf(flags)
  if (name === undefined && sizes === null && hidden === undefined) {
    if (base !== undefined) return {}
    throw invalid('model', 'name one with --model, or give a file with --config')
  }
  if (sizes === null && base === undefined)
    throw invalid('model', 'say what it learns from: --mnist, --schema FILE, or --input-shape and --outputs')
  return { model: { ...(base as JsonObject | undefined), ...given({ name, hidden }), ...sizes } }
}

async function sizesOf({ schema, mnist, inputShape, outputs, model }: RunFlags): Promise<JsonObject | null> {
  const ways = [schema, mnist, inputShape ?? outputs].filter((way) => way !== undefined)
  if (ways.length > 1) throw invalid('model', '--schema, --mnist and --input-shape exclude each other')
  if (mnist) return { inputShape: [28, 28, 1], outputs: 10 }
  if (schema !== undefined) return sizesOfTable(schema, model)
  return inputShape === undefined && outputs === undefined ? null : given({ inputShape, outputs })
}

/** A number to predict is one output; so are two classes for logistic regression, else each class is one. */
async function sizesOfTable(file: string, model: string | undefined): Promise<JsonObject> {
  const schema = parseTableSchema(await readJson(file))
  const classes = schema.label?.type === 'category' && model !== 'logistic' ? schema.label.categories.length : 1
  return { inputShape: [featureNames(schema).length], outputs: classes }
}

export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new TributaryError('data_unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}

async function readJsonObject(file: string): Promise<JsonObject> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(await readJson(file))
  if (!parsed.success) throw invalid(file, 'expected a JSON object')
  return parsed.data
}

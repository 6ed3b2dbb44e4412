import { z } from 'zod'

const concentration = z.number().positive().max(1e6)

/** How rows are dealt to clients, to simulate how data lie at institutions. */
export const partitionConfigSchema = z.discriminatedUnion('kind', [
  /** Each client's rows are a random sample of all. */
  z.strictObject({ kind: z.literal('iid') }),
  /** Each client has its own mix of classes; a smaller alpha skews more. */
  z.strictObject({
    kind: z.literal('dirichlet'),
    alpha: concentration,
    /** No client ends with fewer rows than this. */
    minimumRows: z.int().min(1).max(1_000_000).default(1),
  }),
  /** Each client has slices of the rows sorted by label; 2 in McMahan et al. 2017. */
  z.strictObject({ kind: z.literal('shards'), shardsPerClient: z.int().min(1).max(100_000).default(2) }),
  /** Each client's rows are a random sample, but the clients' sizes differ; a smaller alpha skews more. */
  z.strictObject({ kind: z.literal('quantity'), alpha: concentration }),
])
export type PartitionConfig = z.input<typeof partitionConfigSchema>
export type Partitioner = PartitionConfig

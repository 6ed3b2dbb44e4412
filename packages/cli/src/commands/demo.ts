import { type Command, Option } from 'commander'
import type { DemoModel } from '../demo/recipes.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { integer, port, positive, seed } from './values.ts'

export interface DemoOptions {
  readonly rounds: number
  readonly exit?: true
  readonly seed: number
  readonly model?: DemoModel
  readonly institutions: number
  readonly port: number
  readonly alpha: number
  readonly dataDir: string
  readonly language?: string
}

export function defineDemoCommand(program: Command, surroundings: Surroundings): void {
  const command = defineCommand(program, {
    name: 'demo',
    description:
      'run a live federation on this machine: a coordinator and institutions, each its own process, learn the digits of MNIST; ' +
      'stays up until Ctrl-C',
    examples: [
      'tributary demo',
      'tributary demo --rounds 5 --exit --json      # for scripts: one JSON line last',
      'tributary demo --model lenet --institutions 8 --alpha 0.1 --seed 7',
    ],
  })
    .option('--rounds <n>', 'rounds to train', integer(1, 10_000), 20)
    .option('--exit', 'end after the last round instead of staying up')
    .option('--seed <seed>', 'of the split, the first model, and all training', seed, 1)
    // The names of demo/recipes.ts, which --help need not load.
    .addOption(
      new Option('--model <model>', 'default: cnn with native TensorFlow, else lenet').choices([
        'cnn',
        'lenet',
        '2nn',
        'softmax',
      ]),
    )
    .option('--institutions <n>', 'how many take part, each its own process', integer(1, 64), 4)
    .option('--port <port>', "of the coordinator; a free one when it's taken", port, 7420)
    .option('--alpha <alpha>', 'how evenly the digits are split (Dirichlet); smaller is more uneven', positive, 0.5)
    .option('--data-dir <folder>', 'each demo keeps its data in a fresh folder below this one', '.tributary/demo')
  defineAction<DemoOptions>(command, surroundings, async ({ options, printer }) => {
    const { runDemo } = await import('../demo/run-demo.ts')
    return runDemo(options, printer)
  })
}

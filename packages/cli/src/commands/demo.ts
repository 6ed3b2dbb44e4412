import { type Command, Option } from 'commander'
import type { DemoModel } from '../demo/recipes.ts'
import type { VerticalSettingsFlags } from '../vertical/run-settings.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'
import { integer, port, positive, seed } from './values.ts'
import { withVerticalSettings } from './vertical-settings-options.ts'

export interface DemoOptions extends VerticalSettingsFlags {
  readonly vertical?: true
  readonly dataset?: 'breast' | 'diabetes' | 'credit'
  readonly featureParties?: number
  readonly rounds: number
  readonly exit?: true
  readonly seed: number
  readonly model?: DemoModel
  readonly institutions: number
  readonly browsers: number
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
      'stays up until Ctrl-C. With --vertical institutions share customers but not columns and train one linear model under ' +
      'homomorphic encryption, with a key service as the third party',
    examples: [
      'tributary demo',
      'tributary demo --rounds 5 --exit --json      # for scripts: one JSON line last',
      'tributary demo --model lenet --institutions 8 --alpha 0.1 --seed 7',
      'tributary demo --browsers 1                   # one of the four seats is yours: open the printed link',
      'tributary demo --vertical --dataset credit --task logistic',
      'tributary demo --vertical --dataset breast --feature-parties 3 --exit --json',
    ],
  })
    .option('--rounds <n>', 'rounds to train', integer(1, 10_000), 20)
    .option('--exit', 'end after the last round instead of staying up')
    .option(
      '--seed <seed>',
      'of the split, the first model, and all training; with --vertical of the order of dealt rows',
      seed,
      1,
    )
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
    .option(
      '--browsers <n>',
      'leave so many of the seats to people with a browser: prints an invite link for each',
      integer(0, 64),
      0,
    )
    .option('--port <port>', "of the coordinator; a free one when it's taken", port, 7420)
    .option('--alpha <alpha>', 'how evenly the digits are split (Dirichlet); smaller is more uneven', positive, 0.5)
    .option('--data-dir <folder>', 'each demo keeps its data in a fresh folder below this one', '.tributary/demo')
    .option(
      '--vertical',
      'split a real table by columns instead, and train under encryption; ends with 0 also when it has not converged, which the ' +
        'result flags and stderr says',
    )
    .addOption(new Option('--dataset <name>', 'with --vertical: default breast').choices(['breast', 'diabetes', 'credit']))
    .option('--feature-parties <n>', "with --vertical: deal the host's columns to so many parties (default: 1)", integer(1, 5))
  withVerticalSettings(command, 'with --vertical: ')
  defineAction<DemoOptions>(command, surroundings, async ({ options, printer }) => {
    if (options.vertical) {
      const { runVerticalDemo } = await import('../demo/vertical/run-vertical-demo.ts')
      return runVerticalDemo(options, printer)
    }
    const { requireHorizontalDemo } = await import('../demo/horizontal-options.ts')
    requireHorizontalDemo(options)
    const { runDemo } = await import('../demo/run-demo.ts')
    return runDemo(options, printer)
  })
}

import { Command } from 'commander'
import { defineAuditCommands } from './commands/audit.ts'
import { defineCoordinatorCommand } from './commands/coordinator.ts'
import { exitCodesHelp, type Surroundings } from './commands/define.ts'
import { defineDemoCommand } from './commands/demo.ts'
import { defineFederationCommands } from './commands/federation.ts'
import { defineFingerprintCommand } from './commands/fingerprint.ts'
import { defineInviteCommands } from './commands/invite.ts'
import { defineJoinCommand } from './commands/join.ts'
import { defineKeyServiceCommand } from './commands/key-service.ts'
import { defineLoginCommands } from './commands/login.ts'
import { defineModelCommands } from './commands/model.ts'
import { definePredictCommand } from './commands/predict.ts'
import { defineRunCommands } from './commands/run.ts'
import { defineUserCommands } from './commands/user.ts'
import { defineVerticalCommands } from './commands/vertical.ts'

const VERSION = '0.1.0'

/** All commands. Nothing heavy is loaded before an action needs it. Usage errors are thrown as CommanderError. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('tributary')
    .description('Federated learning where data stays at its source')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(--help shows the options and examples)')
    .addHelpText(
      'after',
      `\nExamples:\n  $ tributary demo\n  $ tributary run create --help\n\nIn a clone "tributary" stands for: npm run tributary --\n\n${exitCodesHelp}`,
    )
  defineDemoCommand(program, surroundings)
  defineCoordinatorCommand(program, surroundings)
  defineKeyServiceCommand(program, surroundings)
  defineJoinCommand(program, surroundings)
  defineLoginCommands(program, surroundings)
  defineFederationCommands(program, surroundings)
  defineInviteCommands(program, surroundings)
  defineUserCommands(program, surroundings)
  defineRunCommands(program, surroundings)
  defineModelCommands(program, surroundings)
  defineVerticalCommands(program, surroundings)
  defineFingerprintCommand(program, surroundings)
  definePredictCommand(program, surroundings)
  defineAuditCommands(program, surroundings)
  return program
}

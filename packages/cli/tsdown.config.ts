import { program } from '@sidestep/config/tsdown'

export default program(
  { bin: 'src/bin.ts' },
  {
    lazy: ['string-width'],
    together: {
      // What `--version` loads, and everything else.
      start: ['src/start.ts'],
      // What every command loads, with Commander.
      program: ['src/program.ts', 'src/commands/options.ts', 'src/components/component-kind.ts', 'src/components/late-command.ts'],
      // What a question about the project loads.
      project: ['src/project/answer-from-project.ts', 'src/view/flavors-list.ts'],
    },
  },
)

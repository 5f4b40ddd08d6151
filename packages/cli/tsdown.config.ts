import { program } from '@sidestep/config/tsdown'

export default program(
  { bin: 'src/bin.ts' },
  {
    lazy: ['string-width'],
    together: {
      // What every command loads, with Commander.
      program: [
        'src/program.ts',
        'src/commands/families.ts',
        'src/commands/options.ts',
        'src/commands/given-once.ts',
        'src/exit-codes.ts',
        'src/standard-streams.ts',
      ],
      // What a question about the project loads. It alone asks for core: each file that does takes a millisecond.
      components: [
        'src/commands/components.ts',
        'src/components/component-kind.ts',
        'src/components/late-command.ts',
        'src/project/answer-from-project.ts',
        'src/view/flavors-list.ts',
      ],
    },
  },
)

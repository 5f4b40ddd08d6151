/** What `--help` says. */
export const HELP_TEXT = `Usage: pnpm demo [--stack NAME] [--jobs KIND] [--base IMAGE] [options of sidestep run]

Runs the penguins (examples/penguins/src/pipeline.ts): trains a random forest on the 344 Palmer penguins in a job of its own,
and tries it on those that it has not seen.

  --stack NAME   where the job runs, of examples/penguins/sidestep.yaml. Without it: on this machine.
                   sagemaker   on AWS, simulated on this machine: no account, no cost, and gone at the end
                   containers  in a Docker engine, with the registry of: node tools/containers/src/main.ts start
  --jobs KIND    with --stack sagemaker: what a simulated job is
                   process     a process of this machine (default): needs nothing
                   container   a container of its image: needs a Docker engine
  --base IMAGE   with --stack sagemaker: what the image is built on, which has to have Node.js for containers.
                 Default: for processes a stand-in without files, for containers node:24-slim of Docker Hub
  --help         this

All else is for \`sidestep run\`, as --input '{"seed":7}', --verbose and --output json: docs/cli-reference.md has its options.

Examples:
  $ npx -y pnpm@12 demo
  $ npx -y pnpm@12 demo --stack sagemaker
  $ npx -y pnpm@12 demo --stack sagemaker --jobs container --input '{"seed":7}'

Exit codes: those of \`sidestep run\`; 2 too where the demo cannot do what it was asked for.
`

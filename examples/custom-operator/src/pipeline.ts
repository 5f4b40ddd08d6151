// The penguins as they are: a stack decides where a step runs, not the pipeline.
export { default } from '@sidestep/example-penguins/src/pipeline.ts'

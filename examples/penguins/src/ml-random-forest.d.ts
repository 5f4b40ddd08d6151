/** The part that the example uses of a package that is installed nowhere but in the step's own environment. */
declare module 'ml-random-forest' {
  export class RandomForestClassifier {
    constructor(options: { readonly seed: number; readonly nEstimators: number })
    train(features: readonly (readonly number[])[], labels: readonly number[]): void
    predict(features: readonly (readonly number[])[]): number[]
    toJSON(): object
  }
}

/** A class that extends nothing makes an object first, even where its constructor returns another: this one does not. */
const NOTHING = null as unknown as new () => object

/**
 * The base of classes whose private field is put on an object that we did not make: a constructor that returns the
 * object makes the subclass define its field there. As fast as a property, and invisible to the application, to
 * `Object.keys`, to a spread and to an inspector.
 */
export class Stampable extends NOTHING {
  // @ts-expect-error There is nothing above it to call.
  // biome-ignore lint/correctness/noUnreachableSuper: likewise
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: see above
    return target
  }
}

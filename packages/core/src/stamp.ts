/**
 * The base of classes whose private field is put on an object that we did not make: a constructor that returns the
 * object makes the subclass define its field there. As fast as a property, and invisible to the application, to
 * `Object.keys`, to a spread and to an inspector.
 */
export class Stampable {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: see above
    return target
  }
}

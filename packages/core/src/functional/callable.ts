/** An object that is a function: `object(x)` is `object.apply(x)`; the class, its fields and instanceof all work. */
export abstract class Callable {
  constructor() {
    const self = Object.setPrototypeOf(
      (...args: readonly unknown[]) => self.apply(...args),
      new.target.prototype,
    )
    // biome-ignore lint/correctness/noConstructorReturn: that is how an instance becomes callable
    return self
  }
}

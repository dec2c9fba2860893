import { type Lifecycle, lifecycleOf } from './lifecycle.ts'

// What every adapter does where it is installed.

/** The member `lifecycle`, for the prototype of what the framework hands to handlers. Whoever assigns to it has it. */
export function lifecycleMember<T extends object>(responseOf: (owner: T) => object): PropertyDescriptor {
  return {
    configurable: true,
    get(this: T): Lifecycle | undefined {
      return lifecycleOf(responseOf(this))
    },
    set(this: T, value: unknown): void {
      Object.defineProperty(this, 'lifecycle', { configurable: true, enumerable: true, writable: true, value })
    },
  }
}

/** One application has one guard. */
export function warnInstalledTwice(): void {
  process.emitWarning('respondOnce() is installed twice on one application; the first one counts.', {
    code: 'RESPOND_ONCE_INSTALLED_TWICE',
  })
}

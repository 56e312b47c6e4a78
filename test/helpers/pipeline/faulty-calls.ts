/** Lets processes go on call by call, and makes some calls fail. */
import { TickerlakeError } from '../../../core/errors.ts';
import type { SteppedProcess } from '../stepped.ts';
import type { Dice, Injection } from './dice.ts';

/** The answer of a call did not come; what the caller makes of it is in `isRetriedByClient`. */
class CallFailed extends TickerlakeError {
  readonly isRetriedByClient: boolean;

  constructor(isRetriedByClient: boolean) {
    super('STORE_UNAVAILABLE', 'connection reset');
    this.isRetriedByClient = isRetriedByClient;
  }
}

/** A store whose calls are sometimes sent twice, as AWS clients do: the first may have taken effect unseen. */
export function retryingClient<T extends object>(store: T): T {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]): unknown => {
        const call = (): unknown => Reflect.apply(member, target, values);
        const answer = call();
        if (!(answer instanceof Promise)) return answer;
        return answer.catch((error: unknown) => {
          if (error instanceof CallFailed && error.isRetriedByClient) return call();
          throw error;
        });
      };
    },
  });
}

export interface FailureKinds {
  /** Every how many calls one fails, on average. */
  readonly oneIn: number;
  readonly failed: Injection;
  readonly answerLost: Injection;
  readonly retried?: Injection;
}

/** Lets one call of a process go on, or fail before or after it took effect. */
export async function stepOrFail(process: SteppedProcess, dice: Dice, kinds: FailureKinds): Promise<void> {
  if (!dice.strikesOneIn(kinds.oneIn)) {
    await process.step(dice.below(16));
    return;
  }
  const isRetried = dice.isOneIn(2);
  const hadTakenEffect = await process.step(dice.below(16), new CallFailed(isRetried));
  if (hadTakenEffect === undefined) return;
  dice.count(hadTakenEffect ? kinds.answerLost : kinds.failed);
  if (isRetried && kinds.retried !== undefined) dice.count(kinds.retried);
}

/**
 * Schedules of EventBridge rules and EventBridge Scheduler, and of services that have their own. They fire only once they are
 * started: a demo brings its own events.
 */
import type { ScheduleExpression } from './schedule-expression.ts';

interface Timed {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** The text of the expression, for people. */
  readonly text: string;
}

/** A schedule that invokes a function. */
export interface Schedule extends Timed {
  readonly targetArn: string;
  /** Role that invokes the target; a rule invokes as EventBridge itself. */
  readonly roleName?: string;
  /** Makes the event for a firing at this moment. */
  readonly event: (atMs: number) => unknown;
}

/** A schedule of something else, as a crawler has one. */
export interface OwnSchedule extends Timed {
  readonly act: () => void;
}

/** Invokes the schedule's target; it never rejects. */
type Fire = (schedule: Schedule, payload: Buffer) => Promise<void>;

/** setTimeout holds at most this long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Schedules {
  private readonly fire: Fire;
  private readonly schedules: (Schedule | OwnSchedule)[] = [];
  private readonly timers = new Map<Timed, NodeJS.Timeout>();
  private running = false;

  constructor(fire: Fire) {
    this.fire = fire;
  }

  add(schedule: Schedule | OwnSchedule): void {
    this.schedules.push(schedule);
    if (this.running) this.arm(schedule, Date.now());
  }

  get all(): readonly (Schedule | OwnSchedule)[] {
    return this.schedules;
  }

  start(): void {
    this.running = true;
    for (const schedule of this.schedules) this.arm(schedule, Date.now());
  }

  stop(): void {
    this.running = false;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private arm(schedule: Schedule | OwnSchedule, afterMs: number): void {
    const atMs = schedule.expression.next(afterMs);
    if (atMs === undefined) return;
    const waitMs = Math.max(0, atMs - Date.now());
    const timer = setTimeout(
      () => {
        if (waitMs > LONGEST_TIMER_MS) {
          this.arm(schedule, afterMs);
          return;
        }
        if ('act' in schedule) schedule.act();
        else void this.fire(schedule, Buffer.from(JSON.stringify(schedule.event(atMs))));
        this.arm(schedule, atMs);
      },
      Math.min(waitMs, LONGEST_TIMER_MS),
    );
    this.timers.set(schedule, timer);
  }
}

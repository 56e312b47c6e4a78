/** Schedules of EventBridge rules and EventBridge Scheduler. They fire only once they are started: a demo brings its own events. */
import type { ScheduleExpression } from './schedule-expression.ts';

export interface Schedule {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** The text of the expression, for people. */
  readonly text: string;
  readonly targetArn: string;
  /** Role that invokes the target; a rule invokes as EventBridge itself. */
  readonly roleName?: string;
  /** Makes the event for a firing at this moment. */
  readonly event: (atMs: number) => unknown;
}

/** Invokes the schedule's target; it never rejects. */
type Fire = (schedule: Schedule, payload: Buffer) => Promise<void>;

/** setTimeout holds at most this long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Schedules {
  private readonly fire: Fire;
  private readonly schedules: Schedule[] = [];
  private readonly timers = new Map<Schedule, NodeJS.Timeout>();
  private running = false;

  constructor(fire: Fire) {
    this.fire = fire;
  }

  add(schedule: Schedule): void {
    this.schedules.push(schedule);
    if (this.running) this.arm(schedule, Date.now());
  }

  get all(): readonly Schedule[] {
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

  private arm(schedule: Schedule, afterMs: number): void {
    const atMs = schedule.expression.next(afterMs);
    if (atMs === undefined) return;
    const waitMs = Math.max(0, atMs - Date.now());
    const timer = setTimeout(
      () => {
        if (waitMs > LONGEST_TIMER_MS) {
          this.arm(schedule, afterMs);
          return;
        }
        void this.fire(schedule, Buffer.from(JSON.stringify(schedule.event(atMs))));
        this.arm(schedule, atMs);
      },
      Math.min(waitMs, LONGEST_TIMER_MS),
    );
    this.timers.set(schedule, timer);
  }
}

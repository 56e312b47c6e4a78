import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import type { ApiFailure } from '../api/request.ts';
import type { Answer } from '../api/use-answer.ts';

/** After so long it is said what is waited for. */
const SLOW_AFTER_MS = 2_000;

interface LoadingProps {
  /** What is asked for, as it stands after "Waiting for": `the newest records`. */
  readonly waitingFor: string;
}

export function Loading({ waitingFor }: LoadingProps) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
    }, SLOW_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <div className="loading" role="status" aria-busy="true">
      <span className={isSlow ? '' : 'visually-hidden'}>
        {isSlow ? `Still waiting for ${waitingFor} …` : `Waiting for ${waitingFor}`}
      </span>
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  );
}

interface FailureProps {
  readonly error: Pick<ApiFailure, 'message' | 'hint'>;
  readonly onRetry?: () => void;
}

/** What went wrong, and the next thing to try. */
export function Failure({ error, onRetry }: FailureProps) {
  return (
    <div className="failure" role="alert">
      <p className="failure-message">{error.message}</p>
      {error.hint !== undefined && <p>{error.hint}</p>}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
}

/** Nothing to show, and what that means. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface AnsweredProps<T> extends LoadingProps {
  readonly answer: Answer<T>;
  readonly children: (data: T) => ReactNode;
}

/** What is made of an answer, once there is one; until then that it is waited for, or why there is none. */
export function Answered<T>({ answer, waitingFor, children }: AnsweredProps<T>) {
  const { data, error } = answer;
  const retry = () => {
    void answer.refetch();
  };
  if (data === undefined && error === null) return <Loading waitingFor={waitingFor} />;
  return (
    <>
      {error !== null && <Failure error={error} onRetry={retry} />}
      {data !== undefined && children(data)}
    </>
  );
}

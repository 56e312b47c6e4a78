import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';

interface PageProps {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

let isFirstPage = true;

/** A page: its heading is the document's title, and takes the focus when one comes from another page. */
export function Page({ title, aside, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · tickerlake`;
  }, [title]);
  useEffect(() => {
    if (!isFirstPage) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirstPage = false;
  }, []);
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </div>
      {children}
    </main>
  );
}

interface ScrollRegionProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Something wider than the page: it scrolls by itself, by keyboard too. */
export function ScrollRegion({ label, className = '', children }: ScrollRegionProps) {
  return (
    <section className={`scroll-region ${className}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

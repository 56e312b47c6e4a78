import { Link, useLocation } from 'wouter';
import { useAlarms, useLake } from '../api/use-answer.ts';
import { ConnectionIndicator } from './connection-indicator.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

const PAGES = [
  { path: '/', title: 'Pipeline' },
  { path: '/market', title: 'Market' },
  { path: '/sql', title: 'SQL' },
  { path: '/topics', title: 'Topics' },
  { path: '/quarantine', title: 'Quarantine' },
  { path: '/logs', title: 'Logs' },
  { path: '/alarms', title: 'Alarms' },
] as const;

export function Header() {
  const [location] = useLocation();
  const lake = useLake();
  return (
    <header className="header">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Link href="/" className="brand">
        tickerlake
      </Link>
      <span className="stage" title={lake.data === undefined ? undefined : describeLake(lake.data)}>
        {lake.data?.stage ?? '…'}
      </span>
      <nav aria-label="Pages">
        {PAGES.map(({ path, title }) => (
          <Link key={path} href={path} aria-current={isWithin(location, path) ? 'page' : undefined}>
            {title}
            {path === '/alarms' && <FiringCount />}
          </Link>
        ))}
      </nav>
      <div className="header-end">
        <ConnectionIndicator />
        <ThemeSwitch />
      </div>
    </header>
  );
}

function FiringCount() {
  const alarms = useAlarms();
  const firing = alarms.data?.filter(({ state }) => state === 'ALARM').length ?? 0;
  return firing === 0 ? null : (
    <span className="count" data-tone="bad">
      {firing}
      <span className="visually-hidden"> firing</span>
    </span>
  );
}

function isWithin(location: string, path: string): boolean {
  return path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
}

function describeLake(lake: {
  readonly region: string;
  readonly endpoint: string;
  readonly bootstrapServers: string;
}) {
  return `${lake.region}, endpoint ${lake.endpoint}, Kafka ${lake.bootstrapServers}`;
}

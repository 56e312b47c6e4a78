import { Link } from 'wouter';
import { Page } from './page.tsx';
import { Empty } from './states.tsx';

export function NotFoundPage() {
  return (
    <Page title="No such page">
      <Empty title="The console has no page of this address.">
        <p>
          <Link href="/">The pipeline</Link> is where everything starts.
        </p>
      </Empty>
    </Page>
  );
}

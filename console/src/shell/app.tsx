import { QueryClientProvider } from '@tanstack/react-query';
import { Route, Switch } from 'wouter';
import { AlarmsPage } from '../alarms/alarms-page.tsx';
import { queryClient } from '../api/client.ts';
import { LogsPage } from '../logs/logs-page.tsx';
import { MarketPage } from '../market/market-page.tsx';
import { PipelinePage } from '../pipeline/pipeline-page.tsx';
import { QuarantinePage } from '../quarantine/quarantine-page.tsx';
import { SqlPage } from '../sql/sql-page.tsx';
import { RecordPage } from '../topics/record-page.tsx';
import { TopicPage } from '../topics/topic-page.tsx';
import { TopicsPage } from '../topics/topics-page.tsx';
import { ConnectionNotice } from './connection-indicator.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { NotFoundPage } from './not-found-page.tsx';

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Header />
      <ConnectionNotice />
      <Switch>
        <Route path="/" component={PipelinePage} />
        <Route path="/market/:symbol?">{({ symbol }) => <MarketPage symbol={symbol} />}</Route>
        <Route path="/sql" component={SqlPage} />
        <Route path="/topics" component={TopicsPage} />
        <Route path="/topics/:topic">{({ topic }) => <TopicPage key={topic} topic={topic} />}</Route>
        <Route path="/topics/:topic/:partition/:offset">
          {({ topic, partition, offset }) => (
            <RecordPage topic={topic} partition={Number(partition)} offset={Number(offset)} />
          )}
        </Route>
        <Route path="/quarantine" component={QuarantinePage} />
        <Route path="/logs">
          <LogsPage />
        </Route>
        <Route path="/logs/*">{(params) => <LogsPage name={params['*']} />}</Route>
        <Route path="/alarms" component={AlarmsPage} />
        <Route component={NotFoundPage} />
      </Switch>
      <Footer />
    </QueryClientProvider>
  );
}

import { createRoot } from 'react-dom/client';
import { eventStream } from './api/events.ts';
import { App } from './shell/app.tsx';

const root = document.getElementById('console');
if (root === null) throw new Error('index.html has no #console');
eventStream.start();
createRoot(root).render(<App />);

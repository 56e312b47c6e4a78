import { useMemo } from 'react';
import type { Pipeline } from '../../api.ts';
import { useActivity, usePipeline } from '../api/use-answer.ts';
import { Choice } from '../shell/choice.tsx';
import { Page } from '../shell/page.tsx';
import { Answered } from '../shell/states.tsx';
import { useSearchParam } from '../shell/use-search-param.ts';
import { Headline } from './headline.tsx';
import { Legend } from './legend.tsx';
import { NodePanel } from './node-panel.tsx';
import { NodeTable } from './node-table.tsx';
import { PipelineGraph } from './pipeline-graph.tsx';
import { recordsWay } from './records-way.ts';
import { ResourceTable } from './resource-table.tsx';

const FORMS = [
  { value: '', title: 'A record’s way' },
  { value: 'everything', title: 'Everything' },
  { value: 'table', title: 'Table' },
] as const;

type Form = (typeof FORMS)[number]['value'];

/** `/?node=…&as=table`: where records are, from the topic to SQL. */
export function PipelinePage() {
  const pipeline = usePipeline();
  const [asked, setForm] = useSearchParam('as');
  const form = FORMS.find(({ value }) => value === asked)?.value ?? '';
  return (
    <Page title="Pipeline" aside={<Choice label="Shown" options={FORMS} value={form} onChange={setForm} />}>
      <Answered answer={pipeline} waitingFor="the templates of the lake">
        {(data) => <PipelineView pipeline={data} form={form} />}
      </Answered>
    </Page>
  );
}

function PipelineView({ pipeline, form }: { readonly pipeline: Pipeline; readonly form: Form }) {
  const activity = useActivity().data;
  const [selectedId, select] = useSearchParam('node');
  const way = useMemo(() => recordsWay(pipeline), [pipeline]);
  const selected = pipeline.nodes.find(({ id }) => id === selectedId);
  const close = () => {
    select('');
    // Back to where it was opened.
    document.querySelector<SVGElement>(`[data-node="${CSS.escape(selectedId)}"]`)?.focus();
  };
  return (
    <>
      <Headline pipeline={pipeline} activity={activity} />
      {form === 'table' ? (
        <NodeTable pipeline={pipeline} activity={activity} onSelect={select} />
      ) : (
        <PipelineGraph
          pipeline={form === '' ? way : pipeline}
          activity={activity}
          selected={selected?.id}
          onSelect={select}
        />
      )}
      <Legend />
      {selected !== undefined && (
        <NodePanel node={selected} activity={activity?.nodes[selected.id]} onClose={close} />
      )}
      <ResourceTable resources={pipeline.resources} />
    </>
  );
}

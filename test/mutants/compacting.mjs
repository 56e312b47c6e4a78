const COMPACTION = 'glue-scripts/tickerlake_jobs/compaction.py';
const CUT = 'glue-scripts/tickerlake_jobs/cut.py';
const SCHEDULES = 'pytest test_each_row_is_shown_once_at_any_moment';

export const compacting = [
  {
    name: 'view moved before history is committed',
    file: COMPACTION,
    find: '    merged = history.merge(plan, held, note)',
    replace: '    view.move(plan.reach)\n    merged = history.merge(plan, held, note)',
    tests: [SCHEDULES],
  },
  {
    name: 'curated files tagged before the view moved',
    file: COMPACTION,
    find: '    cut = held.cut if merged is None else merged.cut\n',
    replace:
      '    cut = held.cut if merged is None else merged.cut\n' +
      '    if early := _files(receipt for receipt in plan.above if is_covered(receipt, cut)):\n        lake.tag(early)\n',
    tests: [SCHEDULES],
  },
  {
    name: 'receipts followed across a gap',
    file: CUT,
    find: 'elif receipt.start <= held or receipt.start == end + 1:',
    replace: 'elif receipt.start > NOTHING:',
    tests: ['pytest test_the_cut_goes_to_the_first_gap'],
  },
  {
    name: 'late receipts left out',
    file: COMPACTION,
    find: 'plan = make_plan(above, late, ',
    replace: 'plan = make_plan(above, (), ',
    tests: [SCHEDULES],
  },
  {
    name: 'fills in the range of a run left out',
    file: CUT,
    find: '    merged.extend(fill for fill in fills if fill.start <= reach.get(fill.log, NOTHING))\n',
    replace: '',
    tests: [SCHEDULES],
  },
  {
    name: 'view moved past what came while the run merged',
    file: COMPACTION,
    find: 'if came and attempt < ATTEMPTS:',
    replace: 'if came and attempt > ATTEMPTS:',
    tests: ['pytest test_what_comes_while_a_run_merges_is_merged_before_the_view_moves'],
  },
  {
    name: 'files tagged that the view still reads',
    file: COMPACTION,
    find: 'until = done if is_behind else held.cut',
    replace: 'until = held.cut',
    tests: ['pytest test_files_that_the_view_still_reads_are_not_tagged'],
  },
  {
    name: 'a conflict taken for success',
    file: COMPACTION,
    find: 'if attempt == ATTEMPTS:\n                raise\n',
    replace:
      'if attempt == ATTEMPTS:\n                raise\n            return Outcome(before={}, after={})\n',
    tests: ['pytest test_compaction'],
  },
];

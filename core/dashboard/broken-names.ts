/**
 * Finds names in the definition of an analysis or a dashboard that stand for nothing. QuickSight finds them when it is deployed at
 * best, and when somebody looks at worst: a visual that names a lost column is an empty box.
 * https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardVersionDefinition.html
 */
import type { DataSetColumn, DataSetColumnType } from './columns.ts';

/** Columns of each data set, by the identifier that the definition knows it by. */
export type KnownDataSets = ReadonlyMap<string, readonly Pick<DataSetColumn, 'name' | 'type'>[]>;

type Node = Readonly<Record<string, unknown>>;

/**
 * @param definition as CloudFormation has it
 * @returns a line for each, with what there is instead; none if all is well
 */
export function findBrokenNames(definition: unknown, dataSets: KnownDataSets): string[] {
  return new Inspection(isNode(definition) ? definition : {}, dataSets).findings();
}

/** What a field or filter needs the type of its column to be. */
const TYPES_OF: Readonly<Record<string, readonly DataSetColumnType[]>> = {
  CategoricalDimensionField: ['STRING'],
  CategoryFilter: ['STRING'],
  DateDimensionField: ['DATETIME'],
  DateMeasureField: ['DATETIME'],
  NumericalDimensionField: ['INTEGER', 'DECIMAL'],
  NumericalMeasureField: ['INTEGER', 'DECIMAL'],
  NumericEqualityFilter: ['INTEGER', 'DECIMAL'],
  NumericRangeFilter: ['INTEGER', 'DECIMAL'],
  RelativeDatesFilter: ['DATETIME'],
  TimeEqualityFilter: ['DATETIME'],
  TimeRangeFilter: ['DATETIME'],
};

/** Properties that are an id of what they stand in, with what people call it. */
const IDS: Readonly<Record<string, string>> = {
  SheetId: 'sheet',
  VisualId: 'visual',
  FilterGroupId: 'filter group',
  FilterId: 'filter',
  FilterControlId: 'filter control',
  ParameterControlId: 'parameter control',
};

class Inspection {
  private readonly definition: Node;
  private readonly dataSets: KnownDataSets;
  private readonly calculated: readonly { readonly dataSet: string; readonly name: string }[];
  private readonly parameters: ReadonlySet<string>;
  /** By kind: `visual` -> ids. */
  private readonly ids = new Map<string, string[]>();
  /** Visuals, controls and text boxes by sheet. */
  private readonly elements = new Map<string, Set<string>>();
  private readonly found: string[] = [];

  constructor(definition: Node, dataSets: KnownDataSets) {
    this.definition = definition;
    const declared = nodesOf(definition['DataSetIdentifierDeclarations']).map(({ Identifier }) => Identifier);
    this.dataSets = new Map([...dataSets].filter(([identifier]) => declared.includes(identifier)));
    for (const identifier of declared.filter((each) => !dataSets.has(each as string)))
      this.found.push(
        `data set ${quoted(identifier)} is declared, and there is none: ${list(dataSets.keys())}`,
      );
    this.calculated = nodesOf(definition['CalculatedFields']).map((field) => ({
      dataSet: String(field['DataSetIdentifier']),
      name: String(field['Name']),
    }));
    this.parameters = new Set(
      nodesOf(definition['ParameterDeclarations'])
        .flatMap((declaration) => Object.values(declaration).filter(isNode))
        .map(({ Name }) => String(Name)),
    );
  }

  findings(): string[] {
    this.collectIds(this.definition);
    this.checkIds();
    for (const sheet of nodesOf(this.definition['Sheets']))
      this.elements.set(String(sheet['SheetId']), elementsOf(sheet));
    this.visit(this.definition, { place: '', parent: '', fields: undefined, sheet: undefined });
    return [...new Set(this.found)];
  }

  private collectIds(node: Node): void {
    for (const [kind, id] of ownIds(node)) this.ids.set(kind, [...(this.ids.get(kind) ?? []), id]);
    for (const child of childrenOf(node)) this.collectIds(child.node);
  }

  private checkIds(): void {
    for (const [kind, ids] of this.ids)
      for (const id of twice(ids))
        this.found.push(`${kind} ${quoted(id)} is there twice: give one another id`);
    for (const name of twice(this.calculated.map(({ dataSet, name: each }) => `${dataSet}.${each}`)))
      this.found.push(`calculated field ${quoted(name)} is there twice: rename one`);
  }

  private visit(node: Node, context: Context): void {
    const here = this.contextOf(node, context);
    this.checkColumn(node, here);
    this.checkParameters(node, here);
    this.checkScope(node, here);
    this.checkFields(node, here);
    this.checkExpression(node, here);
    this.checkElement(node, here);
    for (const { name, node: child } of childrenOf(node)) this.visit(child, { ...here, parent: name });
  }

  private contextOf(node: Node, context: Context): Context {
    const [[kind, id] = []] = ownIds(node);
    const place = kind === undefined ? context.place : `${context.place}${kind} ${quoted(id)}: `;
    // The sheet's own visuals and layout, and the fields of a visual's own wells.
    const sheet = kind === 'sheet' && 'Visuals' in node ? id : context.sheet;
    const fields = kind === 'visual' ? definedFields(node) : context.fields;
    return { ...context, place, sheet, fields };
  }

  private checkColumn(node: Node, { place, parent }: Context): void {
    const [dataSet, name] = [textOf(node, 'DataSetIdentifier'), textOf(node, 'ColumnName')];
    if (dataSet === undefined || parent === 'DataSetIdentifierDeclarations') return;
    const columns = this.dataSets.get(dataSet);
    if (columns === undefined) {
      this.report(
        place,
        `data set ${quoted(dataSet)} is not declared; there are ${list(this.dataSets.keys())}`,
      );
    } else if (name !== undefined && !this.hasField(dataSet, name)) {
      const names = columns.map((column) => column.name);
      this.report(
        place,
        `column ${quoted(name)} is not in data set ${quoted(dataSet)}, which has ${list(names)}`,
      );
    }
  }

  private hasField(dataSet: string, name: string): boolean {
    return (
      (this.dataSets.get(dataSet) ?? []).some((column) => column.name === name) ||
      this.calculated.some((field) => field.dataSet === dataSet && field.name === name)
    );
  }

  private checkParameters(node: Node, { place }: Context): void {
    const named = [textOf(node, 'SourceParameterName'), textOf(node, 'ParameterName')].filter(
      (name) => name !== undefined,
    );
    // In titles and other texts: <<$symbol>>
    const inText = Object.values(node).flatMap((value) =>
      typeof value === 'string' ? [...value.matchAll(/<<\$(\w+)>>/g)].map(([, name = '']) => name) : [],
    );
    for (const name of [...named, ...inText]) this.checkParameter(name, place);
  }

  private checkParameter(name: string, place: string): void {
    if (this.parameters.has(name)) return;
    this.report(place, `parameter ${quoted(name)} is not declared; there are ${list(this.parameters)}`);
  }

  /** What a control filters, and where a filter applies. */
  private checkScope(node: Node, { place, parent }: Context): void {
    const filter = textOf(node, 'SourceFilterId');
    if (filter !== undefined) this.checkId('filter', filter, place);
    if (parent !== 'SheetVisualScopingConfigurations') return;
    const visuals = this.elements.get(String(node['SheetId']));
    if (visuals === undefined) {
      this.report(
        place,
        `sheet ${quoted(node['SheetId'])} is not there; there are ${list(this.elements.keys())}`,
      );
      return;
    }
    for (const id of (node['VisualIds'] ?? []) as unknown[])
      if (!visuals.has(String(id)))
        this.report(
          place,
          `visual ${quoted(id)} is not on sheet ${quoted(node['SheetId'])}, which has ${list(visuals)}`,
        );
  }

  private checkId(kind: string, id: string, place: string): void {
    const known = this.ids.get(kind) ?? [];
    if (!known.includes(id))
      this.report(place, `${kind} ${quoted(id)} is not there; there are ${list(known)}`);
  }

  /** A visual sorts and labels by the fields of its own wells, each of a type that its well takes. */
  private checkFields(node: Node, { place, parent, fields }: Context): void {
    const id = textOf(node, 'FieldId');
    if (id !== undefined && fields !== undefined && !fields.includes(id))
      this.report(place, `field ${quoted(id)} is in none of its field wells, which have ${list(fields)}`);
    const [types, column] = [TYPES_OF[parent], node['Column']];
    if (types === undefined || !isNode(column)) return;
    const [dataSet = '', name] = [textOf(column, 'DataSetIdentifier'), textOf(column, 'ColumnName')];
    const type = this.dataSets.get(dataSet)?.find((each) => each.name === name)?.type;
    if (type !== undefined && !types.includes(type))
      this.report(place, `column ${quoted(name)} is ${type}, and a ${parent} takes ${types.join(' or ')}`);
  }

  /** `{field}` and `${parameter}` of calculated fields; text in single quotes is text. */
  private checkExpression(node: Node, { place }: Context): void {
    const [expression, name] = [textOf(node, 'Expression'), textOf(node, 'Name')];
    if (expression === undefined) return;
    const dataSet = textOf(node, 'DataSetIdentifier');
    const where = name === undefined ? place : `${place}calculated field ${quoted(name)}: `;
    const code = expression.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
    const sources = dataSet === undefined ? [...this.dataSets.keys()] : [dataSet];
    for (const [, dollar, reference = ''] of code.matchAll(/(\$?)\{([^}]*)\}/g)) {
      if (dollar === '$') this.checkParameter(reference, where);
      else if (!sources.some((source) => this.hasField(source, reference)))
        this.report(where, `there is no column or calculated field ${quoted(reference)} in ${list(sources)}`);
    }
  }

  private checkElement(node: Node, { place, sheet }: Context): void {
    const id = textOf(node, 'ElementId');
    if (id === undefined || sheet === undefined) return;
    const elements = this.elements.get(sheet) ?? new Set();
    if (!elements.has(id))
      this.report(
        place,
        `its layout places ${quoted(id)}, which is not on the sheet: it has ${list(elements)}`,
      );
  }

  private report(place: string, problem: string): void {
    this.found.push(`${place}${problem}`);
  }
}

interface Context {
  /** `sheet "prices": visual "candles": ` */
  readonly place: string;
  /** Name of the property that holds the node, or the list with it. */
  readonly parent: string;
  /** Ids of the fields in the wells of the visual that the node is part of. */
  readonly fields: readonly string[] | undefined;
  /** Id of the sheet that the node is part of. */
  readonly sheet: string | undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where there is none, or only CloudFormation knows it. */
function textOf(node: Node, property: string): string | undefined {
  const value = node[property];
  return typeof value === 'string' ? value : undefined;
}

function nodesOf(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function childrenOf(node: Node): { readonly name: string; readonly node: Node }[] {
  return Object.entries(node).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => ({ name, node: child })),
  );
}

/** Ids that a node has by itself: a scope names a sheet without being one, so it has visuals' ids or a scope beside. */
function ownIds(node: Node): [kind: string, id: string][] {
  if ('Scope' in node) return [];
  return Object.entries(IDS).flatMap(([property, kind]) =>
    typeof node[property] === 'string' ? [[kind, node[property]]] : [],
  );
}

/** Fields of a visual's wells: what has an id and a column or an expression. All others with an id refer to them. */
function definedFields(node: Node): string[] {
  const own =
    'FieldId' in node && ('Column' in node || 'Expression' in node) ? [String(node['FieldId'])] : [];
  return [...own, ...childrenOf(node).flatMap((child) => definedFields(child.node))];
}

/** Ids of what a layout may place: visuals, controls, text boxes, images. */
function elementsOf(sheet: Node): Set<string> {
  const placed = ['Visuals', 'FilterControls', 'ParameterControls'].flatMap((list) =>
    nodesOf(sheet[list]).flatMap((each) => childrenOf(each).flatMap((child) => ownIds(child.node))),
  );
  const plain = [...nodesOf(sheet['TextBoxes']), ...nodesOf(sheet['Images'])].flatMap((each) =>
    [each['SheetTextBoxId'], each['SheetImageId']].filter((id) => id !== undefined).map(String),
  );
  return new Set([...placed.map(([, id]) => id), ...plain]);
}

function twice(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

const quoted = (name: unknown): string => JSON.stringify(name);
const list = (names: Iterable<string>): string => [...names].join(', ') || 'none';

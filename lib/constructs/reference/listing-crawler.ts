import { CfnClassifier, CfnCrawler } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { locations } from '../../../core/layout.ts';
import { LISTING_TABLES } from '../../../core/names.ts';
import type { GlueEncryption } from '../jobs/glue-encryption.ts';
import type { LakeCatalog } from '../lake/lake-catalog.ts';
import type { LakeStorage } from '../lake/lake-storage.ts';
import { EventAlarm } from '../operations/event-alarm.ts';

export interface ListingCrawlerProps {
  readonly name: string;
  readonly storage: LakeStorage;
  readonly catalog: LakeCatalog;
  readonly encryption: GlueEncryption;
}

/** A custom classifier knows one delimiter, so there are two: NASDAQ's own files have bars, those of others commas. */
const DELIMITERS = { comma: ',', pipe: '|' } as const;

/** Before the name of each table that this crawler makes; the folder's name follows. */
const TABLE_PREFIX = LISTING_TABLES.dropped.slice(0, -LISTING_TABLES.dimension.length);

/** Bucket, `reference/`, folder: a table for the folder, whatever lies in it. */
const TABLE_LEVEL = 3;

/** Brings listing files into the catalog as they were dropped. */
export class ListingCrawler extends Construct {
  readonly crawlerName: string;

  constructor(scope: Construct, id: string, props: ListingCrawlerProps) {
    super(scope, id);
    const { name, storage, catalog, encryption } = props;
    const folder = locations.reference(LISTING_TABLES.dimension);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      description: `What crawler ${name} may do`,
    });
    storage.lake.grantList(role);
    storage.lake.grantGetUnder(role, folder);
    catalog.grantCrawl(role, TABLE_PREFIX);
    encryption.addCrawlerLog(this, role);

    const classifiers = Object.entries(DELIMITERS).map(([kind, delimiter]) =>
      this.addClassifier(kind, `${name}-${kind}`, delimiter),
    );
    const crawler = new CfnCrawler(this, 'Resource', {
      name,
      description: 'Listing files as they were dropped',
      role: role.roleArn,
      databaseName: catalog.databaseName,
      tablePrefix: TABLE_PREFIX,
      classifiers: classifiers.map(({ ref }) => ref),
      targets: { s3Targets: [{ path: storage.lake.s3UrlForObject(folder) }] },
      // Files that are gone have been loaded, or replaced: the table stays.
      schemaChangePolicy: { updateBehavior: 'UPDATE_IN_DATABASE', deleteBehavior: 'LOG' },
      recrawlPolicy: { recrawlBehavior: 'CRAWL_EVERYTHING' },
      // https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html and crawler-table-level.html
      configuration: JSON.stringify({
        Version: 1,
        Grouping: {
          TableGroupingPolicy: 'CombineCompatibleSchemas',
          TableLevelConfiguration: TABLE_LEVEL,
        },
      }),
      crawlerSecurityConfiguration: encryption.configurationName,
    });
    crawler.node.addDependency(role);
    this.crawlerName = crawler.ref;
    new EventAlarm(this, 'Failed', {
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Crawler State Change'],
        detail: { crawlerName: [name], state: ['Failed'] },
      },
      summary: 'Dropped listing files could not be crawled',
      section: 'listing-refused',
    });
  }

  /** https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html#custom-classifier-csv */
  private addClassifier(kind: string, name: string, delimiter: string): CfnClassifier {
    return new CfnClassifier(this, `Classifier-${kind}`, {
      csvClassifier: {
        name,
        delimiter,
        quoteSymbol: '"',
        containsHeader: 'PRESENT',
        // A file of the other delimiter is one column to this one: not its own.
        allowSingleColumn: false,
        disableValueTrimming: false,
      },
    });
  }
}

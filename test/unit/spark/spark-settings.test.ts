import { describe, expect, test } from '@jest/globals';
import { scriptArguments } from '../../../local/spark/script-arguments.ts';
import { parseConf, renderSettings, sparkSettings } from '../../../local/spark/spark-settings.ts';

const AROUND = {
  classpath: '/jars/*',
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-central-1',
  scratch: '/run/scratch',
};

describe("Glue's --conf", () => {
  test('holds several settings, each but the first after a --conf of its own', () => {
    const conf =
      'spark.sql.extensions=a.B --conf spark.sql.catalog.glue_catalog=c.D  --conf spark.x=k=v w --conf spark.y=';
    expect([...parseConf(conf)]).toEqual([
      ['spark.sql.extensions', 'a.B'],
      ['spark.sql.catalog.glue_catalog', 'c.D'],
      ['spark.x', 'k=v w'],
      ['spark.y', ''],
    ]);
  });

  test('may begin with --conf and may be empty', () => {
    expect([...parseConf('--conf a=b')]).toEqual([['a', 'b']]);
    expect([...parseConf('')]).toEqual([]);
  });

  test('is refused where it is no name and value', () => {
    expect(() => parseConf('a=b --conf nothing')).toThrow('nothing is no setting of Spark');
  });
});

describe('the settings of a run', () => {
  test("take the template's over those for comfort, and never leave this machine", () => {
    const settings = sparkSettings(
      'spark.sql.shuffle.partitions=9 --conf spark.master=yarn --conf spark.hadoop.fs.s3a.endpoint=https://s3.amazonaws.com',
      AROUND,
    );
    expect(settings.get('spark.sql.shuffle.partitions')).toBe('9');
    expect(settings.get('spark.master')).toBe('local[4]');
    expect(settings.get('spark.hadoop.fs.s3a.endpoint')).toBe('http://127.0.0.1:4566');
  });

  test("add the machine's options of the JVM to the template's", () => {
    const settings = sparkSettings('spark.driver.extraJavaOptions=-Dx=y', AROUND);
    expect(settings.get('spark.driver.extraJavaOptions')).toBe(
      '-Dx=y "-Djava.io.tmpdir=/run/scratch" -XX:-UsePerfData -XX:+UseParallelGC',
    );
  });

  test('are written as Java reads properties', () => {
    expect(renderSettings(new Map([['spark.x', String.raw`a\b`]]))).toBe('spark.x a\\\\b\n');
  });
});

describe('the arguments of a script', () => {
  test("are the job's and the run's, without those that Glue takes itself", () => {
    const given = {
      '--conf': 'a=b',
      '--extra-py-files': 's3://assets/x.zip',
      '--enable-metrics': 'true',
      '--job-bookmark-option': 'job-bookmark-disable',
      '--topic': 'quotes',
    };
    expect(scriptArguments('compact', 'jr_1', given)).toEqual([
      '--job-bookmark-option',
      'job-bookmark-disable',
      '--topic',
      'quotes',
      '--JOB_NAME',
      'compact',
      '--JOB_RUN_ID',
      'jr_1',
    ]);
  });

  test('that switch on what is not here are refused by name', () => {
    expect(() => scriptArguments('compact', 'jr_1', { '--extra-jars': 's3://x/y.jar' })).toThrow(
      'argument --extra-jars is not known to the runner',
    );
  });
});

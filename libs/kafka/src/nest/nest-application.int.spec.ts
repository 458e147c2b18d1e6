import { afterAll, describe, expect, it } from '@jest/globals';
import { Controller, Module, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { testServers, testTopicPrefix } from '@ponte/testing';
import { concatMap, of, type Observable } from 'rxjs';
import { eventually, makeTopic, numbered, recordsOf, sendAll, sleep, valueOf } from '../consuming.spec-support.js';
import {
  connectKafka,
  HandedBackErrors,
  WaitingRecordsServer,
  type KafkaConfig,
  type WaitingRecords,
} from '../index.js';

const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);
const refusal = new Error('the database is away');
const seen: string[] = [];
let refusals = 1;
let finished = 0;

@Controller()
@UseFilters(new HandedBackErrors())
class RecordsController {
  @EventPattern('promised')
  async promised(@Payload() waiting: WaitingRecords): Promise<void> {
    if (waiting.kind !== 'records') return;
    if (refusals > 0) {
      refusals -= 1;
      throw refusal;
    }
    await sleep(50);
    seen.push(...recordsOf(waiting).map(valueOf));
  }

  @EventPattern('observed')
  observed(@Payload() waiting: WaitingRecords): Observable<void> {
    return of(1, 2).pipe(
      concatMap(async (part) => {
        await sleep(50);
        if (waiting.kind === 'records' && part === 2) finished += recordsOf(waiting).length;
      }),
    );
  }
}

@Module({ controllers: [RecordsController] })
class RecordsModule {}

afterAll(() => kafka.close());

describe('a Nest application', () => {
  it('takes waiting records by topic, awaits what its handlers return, and repeats what they refuse', async () => {
    await makeTopic(kafka, 2, 'promised');
    await makeTopic(kafka, 2, 'observed');
    const failures: unknown[] = [];
    const strategy = new WaitingRecordsServer({
      kafka: config,
      groupId: 'nest',
      instanceName: 'spec',
      backoff: { firstMs: 10, longestMs: 10 },
      onHandlerFailed: (error) => failures.push(error),
    });
    const states: string[] = [];
    strategy.status.subscribe((state) => states.push(state));
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(RecordsModule, { strategy, logger: false });
    await app.listen();
    await sendAll(config, 'promised', [...numbered(0, 2), ...numbered(1, 1)]);
    await sendAll(config, 'observed', numbered(1, 2));
    await eventually('all records', () => seen.length === 3 && finished === 2);
    expect([...seen].sort()).toEqual(['0-0', '0-1', '1-0']);
    expect(failures).toEqual([refusal]);
    expect(strategy.report()).toMatchObject({ state: 'joined', groupId: 'nest', losses: 0, lastError: null });
    expect(strategy.report().partitions).toEqual(
      new Map([
        ['promised', [0, 1]],
        ['observed', [0, 1]],
      ]),
    );
    await app.close();
    expect(states).toEqual(['joining', 'joined', 'stopped']);
  });
});

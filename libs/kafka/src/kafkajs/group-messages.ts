import type { MessageToProduce } from './lean-produce.js';

interface GroupOptions {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly MessageToProduce[];
  readonly partitioner: (args: {
    readonly topic: string;
    readonly partitionMetadata: readonly unknown[];
    readonly message: MessageToProduce;
  }) => number;
}

/** The messages of each partition, in their order. Kafkajs' own copies all that it has of a partition for each one more. */
export function groupMessages(options: GroupOptions): Record<number, MessageToProduce[]> {
  const { topic, partitionMetadata, messages, partitioner } = options;
  const groups: Record<number, MessageToProduce[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  return groups;
}

import { Injectable } from '@nestjs/common';
import { Commands, type Answer, type Asked } from '../commands/commands.js';
import type { Catalogue } from './catalogue.js';
import { decideCatalogue, type CatalogueCommand } from './decide.js';

/** Carries commands on the catalogue to their decider, and answers with what became of what they name. */
@Injectable()
export class CatalogueCommands {
  constructor(private readonly commands: Commands) {}

  /**
   * @param command made of the command's id, which ids of new things come from
   * @param resource what the command's subject looks like in the API
   */
  async run<Body>(
    asked: Asked,
    command: (commandId: string) => CatalogueCommand,
    resource: (catalogue: Catalogue, id: string) => Body,
  ): Promise<Answer<Body>> {
    return this.commands.run(asked, {
      decide: (set, id) => decideCatalogue(command(id), set.catalogue),
      answer: (set, id) => resource(set.catalogue, command(id).id),
    });
  }
}

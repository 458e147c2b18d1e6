import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { schemaOf, type Rule } from './rules-to-schema.js';

type DtoClass = new () => object;

/** Where `@ApiProperty` leaves what it was told; on the prototype, by property. */
const API_PROPERTY_KEY = 'swagger/apiModelProperties';

/**
 * Describes every class that carries validation rules by these rules, so that a field's limits are written once. What
 * `@ApiProperty` says of a property is left as it is. Called before the document is made; doing it again adds nothing.
 */
export function describeValidatedClasses(): void {
  // In the order of definition, so that a base class is described before the classes that extend it.
  for (const dto of validatedClasses()) describe(dto);
}

/** class-validator keeps the list to itself, though it is what its own `validate` looks classes up in. */
function validatedClasses(): DtoClass[] {
  const byClass: unknown = Reflect.get(getMetadataStorage(), 'validationMetadatas');
  return byClass instanceof Map ? [...byClass.keys()].filter(isClass) : [];
}

function isClass(target: unknown): target is DtoClass {
  return typeof target === 'function';
}

function describe(dto: DtoClass): void {
  const rules = new Map<string, Rule[]>();
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false)) {
    const known = rules.get(rule.propertyName);
    if (known) known.push(rule);
    else rules.set(rule.propertyName, [rule]);
  }
  for (const [property, ofProperty] of rules) {
    if (Reflect.hasMetadata(API_PROPERTY_KEY, dto.prototype, property)) continue;
    ApiProperty(propertyOptions(dto, property, ofProperty))(dto.prototype, property);
  }
}

function propertyOptions(dto: DtoClass, property: string, rules: readonly Rule[]): ApiPropertyOptions {
  const isList =
    Reflect.getMetadata('design:type', dto.prototype, property) === Array || rules.some((rule) => rule.each);
  const nested = rules.some((rule) => rule.type === 'nestedValidation')
    ? nestedClass(dto, property, isList)
    : undefined;
  const schema = schemaOf(rules);
  if (nested === undefined) return isList ? { ...schema, isArray: true } : schema;
  const { required } = schema;
  return { type: () => nested, isArray: isList, ...(required === undefined ? {} : { required }) };
}

/** class-transformer knows it by `@Type`, and shows it in what it makes of an empty object. */
function nestedClass(dto: DtoClass, property: string, isList: boolean): DtoClass | undefined {
  const made: unknown = Reflect.get(plainToInstance(dto, { [property]: isList ? [{}] : {} }), property);
  const element: unknown = Array.isArray(made) ? made[0] : made;
  if (typeof element !== 'object' || element === null || element.constructor === Object) return undefined;
  return isClass(element.constructor) ? element.constructor : undefined;
}

/** The part of a class-validator rule that says something about a property's schema. */
export interface Rule {
  readonly name?: string;
  readonly type: string;
  readonly constraints?: readonly unknown[];
  /** Of each element of a list. */
  readonly each: boolean;
}

/** The members of an OpenAPI property that rules can imply. */
export interface PropertySchema {
  type?: 'string' | 'integer' | 'number' | 'boolean';
  required?: boolean;
  format?: string;
  pattern?: string;
  enum?: (string | number)[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
}

/** What a rule implies, by the name that class-validator gives it; rules that are not listed imply nothing. */
const IMPLIED: Readonly<Record<string, (constraints: readonly unknown[]) => PropertySchema>> = {
  isString: () => ({ type: 'string' }),
  isNotEmpty: () => ({ minLength: 1 }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isEmail: () => ({ type: 'string', format: 'email' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  isIso8601: () => ({ type: 'string', format: 'date-time' }),
  isDateString: () => ({ type: 'string', format: 'date-time' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isIn: ([options]) => ({ enum: values(options) }),
  isEnum: ([options]) => ({ enum: values(options) }),
  matches: ([pattern]) => ({ type: 'string', ...(pattern instanceof RegExp ? { pattern: pattern.source } : {}) }),
  minLength: ([length]) => numeric('minLength', length),
  maxLength: ([length]) => numeric('maxLength', length),
  isLength: ([min, max]) => ({ ...numeric('minLength', min), ...numeric('maxLength', max) }),
  min: ([limit]) => numeric('minimum', limit),
  max: ([limit]) => numeric('maximum', limit),
  arrayMinSize: ([size]) => numeric('minItems', size),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayMaxSize: ([size]) => numeric('maxItems', size),
};

/** Rules by which a value may be absent. */
const OPTIONAL = 'conditionalValidation';

/** @returns what all rules of one property say together */
export function schemaOf(rules: readonly Rule[]): PropertySchema {
  const implied = rules.map((rule) => IMPLIED[rule.name ?? '']?.(rule.constraints ?? []) ?? {});
  const schema = implied.reduce<PropertySchema>((all, one) => ({ ...all, ...one }), {});
  return rules.some((rule) => rule.type === OPTIONAL) ? { ...schema, required: false } : schema;
}

function numeric(member: keyof PropertySchema, value: unknown): PropertySchema {
  return typeof value === 'number' ? { [member]: value } : {};
}

/** The options of `@IsIn` are a list, those of `@IsEnum` the enum's object. */
function values(options: unknown): (string | number)[] {
  const list: unknown[] = Array.isArray(options) ? options : Object.values(Object(options));
  return list.filter((option) => typeof option === 'string' || typeof option === 'number');
}

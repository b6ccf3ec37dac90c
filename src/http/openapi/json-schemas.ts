/** Schemas as JSON Schema: those that have a name once, under `components`, all others in place. */
import { z } from 'zod';
import { NAMED_SCHEMAS } from './components.ts';

export type Json = Readonly<Record<string, unknown>>;

const REF = '#/components/schemas/';
/** What a schema in place is called while it is made. */
const IN_PLACE = 'in place';

export class JsonSchemas {
  readonly #registry = z.registry<{ id: string }>();
  /** By their names. */
  readonly named: Json;

  constructor() {
    for (const [id, schema] of Object.entries(NAMED_SCHEMAS)) this.#registry.add(schema, { id });
    this.named = this.#schemas();
  }

  of(schema: z.ZodType): Json {
    const name = this.#registry.get(schema)?.id;
    if (name !== undefined) return { $ref: `${REF}${name}` };
    this.#registry.add(schema, { id: IN_PLACE });
    const made = this.#schemas()[IN_PLACE];
    this.#registry.remove(schema);
    return made ?? {};
  }

  #schemas(): Record<string, Json> {
    // Objects of answers stay open for members to come; those of requests are closed by themselves.
    const uri = (id: string): string => `${REF}${id}`;
    const { schemas } = z.toJSONSchema(this.#registry, { uri, io: 'input' });
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, withoutIds(schema)]),
    );
  }
}

function withoutIds({ $id: _id, $schema: _dialect, ...schema }: Json): Json {
  return schema;
}

/** Of a component, by its name. */
export function refTo(name: string): Json {
  return { $ref: `${REF}${name}` };
}

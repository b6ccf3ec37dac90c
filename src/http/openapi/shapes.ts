/** The parts of an OpenAPI document that are read again here, for the page. */
export type Json = Readonly<Record<string, unknown>>;

/** To a component. */
export type RefJson = Readonly<Record<'$ref', string>>;

export interface HeaderJson {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Json;
}

export interface ParameterJson {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Json;
}

export interface MediaJson {
  readonly schema?: Json;
  /** Of a stream: what each of its values is. OpenAPI 3.1 has no word for that. */
  readonly 'x-lines'?: Json;
}

export type ContentJson = Readonly<Record<string, MediaJson>>;

export interface BodyJson {
  readonly required: boolean;
  readonly description: string;
  readonly content: ContentJson;
}

export interface ResponseJson {
  readonly description: string;
  readonly headers: Readonly<Record<string, RefJson>>;
  readonly content?: ContentJson;
}

export interface OperationJson {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly (ParameterJson | RefJson)[];
  readonly requestBody?: BodyJson;
  readonly responses: Readonly<Record<string, ResponseJson>>;
  readonly 'x-codeSamples': readonly [
    { readonly lang: string; readonly label: string; readonly source: string },
  ];
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationJson>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly headers: Readonly<Record<string, HeaderJson>>;
    readonly parameters: Readonly<Record<string, ParameterJson>>;
    readonly responses: Readonly<Record<string, ResponseJson>>;
  };
}
